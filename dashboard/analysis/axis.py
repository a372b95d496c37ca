"""Where the values of a parameter stand on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import log, log10
from statistics import median

from dashboard.analysis.labels import is_number
from shared.catalog import ParamValue

#: how many steps between values an axis is broken over
_BREAK = 1.6


class AxisKind(StrEnum):
    """How an axis is scaled."""

    LINEAR = "linear"
    #: logarithmic
    LOG = "log"
    #: numbers, and values that are none or have no place among their powers: positions are the axis's own
    BROKEN = "broken"
    CATEGORIES = "categories"


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """An axis of values."""

    kind: AxisKind
    #: of each value: itself where the axis is of numbers, else the axis's own
    positions: tuple[float, ...]
    #: the numbers of the values that begin a part of the axis; lines do not join the parts
    parts: tuple[int, ...]

    @property
    def breaks(self) -> tuple[float, ...]:
        """Where the axis is broken."""
        return tuple((self.positions[at - 1] + self.positions[at]) / 2 for at in self.parts if at)


def value_axis(values: Sequence[ParamValue]) -> ValueAxis:
    """Return the axis of these distinct values, which are in order: numbers by size, None last.

    Among powers of ten, zero and what is below stand before the others, each by itself; none stands after numbers.
    """
    numbers = [float(value) for value in values if isinstance(value, int | float) and is_number(value)]
    by_itself = len(values) - len(numbers)
    below = [number for number in numbers if number <= 0]
    positive = numbers[len(below) :]
    is_log = is_geometric(positive)
    if by_itself > 1 or (by_itself and values[-1] is not None) or len(numbers) < 1 + by_itself:
        return ValueAxis(AxisKind.CATEGORIES, tuple(map(float, range(len(values)))), tuple(range(len(values))))
    if not by_itself and not (is_log and below):
        return ValueAxis(AxisKind.LOG if is_log else AxisKind.LINEAR, tuple(numbers), (0,))
    scaled = [log10(number) for number in positive] if is_log else numbers
    alone = below if is_log else []
    step = median(after - before for before, after in pairwise(scaled))
    first = scaled[0] - _BREAK * step
    before = [first - step * place for place in reversed(range(len(alone)))]
    after = [scaled[-1] + _BREAK * step] * by_itself
    parts = [*range(len(alone) + 1), *[len(values) - 1] * by_itself]
    return ValueAxis(AxisKind.BROKEN, (*before, *scaled, *after), tuple(parts))


def is_geometric(values: Sequence[ParamValue]) -> bool:
    """Whether the values are spread more evenly on a logarithmic axis than on a linear one."""
    numbers = sorted({float(value) for value in values if is_number(value) and value is not None})
    if len(numbers) < 2 or numbers[0] <= 0 or numbers[-1] < 4 * numbers[0]:
        return False
    if len(numbers) == 2:
        return numbers[1] >= 10 * numbers[0]
    return _unevenness([log(number) for number in numbers]) < _unevenness(numbers)


def _unevenness(sorted_numbers: Sequence[float]) -> float:
    gaps = [after - before for before, after in pairwise(sorted_numbers)]
    return max(gaps) / min(gaps)
