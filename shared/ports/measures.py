"""What a process measures of itself, for whoever collects figures."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

#: upper bounds of durations, in seconds: from a task of small fits to one of hours
_BOUNDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)


class MeasureKind(StrEnum):
    """How the values of a measure go."""

    #: only ever up while the process lives
    COUNTER = "counter"
    #: up and down
    GAUGE = "gauge"
    #: how long something took, each time
    DURATIONS = "durations"


class Durations:
    """Counts durations by their size. One thread notes, any reads."""

    def __init__(self) -> None:
        self.count, self.total = 0, 0.0
        self._counts = [0] * (len(_BOUNDS) + 1)

    def note(self, seconds: float) -> None:
        """Count one."""
        self._counts[bisect_left(_BOUNDS, seconds)] += 1
        self.count += 1
        self.total += seconds

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """Yield each bound with how many were at most that long."""
        yield from zip(_BOUNDS, accumulate(self._counts), strict=False)


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, or one for each value of a label."""

    #: with its unit, as Prometheus names things; a counter's gets `_total` from the adapter
    name: str
    help: str
    kind: MeasureKind = MeasureKind.GAUGE
    #: label value -> number; under the empty string where there is no label
    values: Mapping[str, float] = field(default_factory=dict)
    label: str = ""
    durations: Durations | None = None
