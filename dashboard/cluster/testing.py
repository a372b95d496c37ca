"""A Cluster in memory that does at once what is asked, for tests and for looking at the page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dashboard.cluster.port import ScaledMeanwhile, ScalingRefused
from dashboard.cluster.state import Autoscaling, Charge, ClusterProcess, ClusterState
from shared.domain import ProcessState


class FakeCluster:
    """Shows ``desired`` running processes, or those of ``told`` once they are set."""

    def __init__(self, maximum: int = 8) -> None:
        self.maximum = maximum
        self.desired = 0
        self.read_only: str | None = None
        #: what the last scaling was told of processes that have nothing to do
        self.idle: set[str] = set()
        #: what scales by itself; None: nothing
        self.autoscaling: Autoscaling | None = None
        #: fields of the state that are told instead
        self.told: dict[str, Any] = {}
        #: by process name, or by (process, container, previous)
        self.written: dict[str | tuple[str, str | None, bool], str] = {}

    def state(self) -> ClusterState:
        """Return what is there."""
        processes = tuple(
            ClusterProcess(name=f"worker-{number}", state=ProcessState.RUNNING, pid=1000 + number)
            for number in range(1, self.desired + 1)
        )
        state = ClusterState(
            kind="local processes",
            desired=self.desired,
            maximum=self.maximum,
            processes=processes,
            read_only=self.read_only,
            stops_idle_first=True,
            autoscaling=self.autoscaling,
        )
        return state.model_copy(update=self.told)

    def scale(self, workers: int, shown: int | None = None, idle: Collection[str] = ()) -> None:
        """Have as many workers at once."""
        self.idle = set(idle)
        if self.read_only:
            raise ScalingRefused(self.read_only)
        if self.autoscaling is not None and self.autoscaling.charge is not Charge.MANUAL:
            raise ScalingRefused("The autoscaler is in charge.")
        if not 0 <= workers <= self.maximum:
            raise ScalingRefused(f"{workers} workers is outside 0 to {self.maximum}.")
        if shown is not None and self.desired not in (shown, workers):
            raise ScaledMeanwhile(f"The number of workers was changed from {shown} to {self.desired} meanwhile.")
        self.desired = workers

    def set_automatic(self, automatic: bool) -> None:
        """Have it in charge, or not, at once."""
        charge = Charge.AUTOMATIC if automatic else Charge.MANUAL
        self.autoscaling = self._changeable().model_copy(update={"charge": charge, "held_at": None})

    def set_limits(self, minimum: int, maximum: int, shown: tuple[int, int] | None = None) -> None:
        """Have these limits at once."""
        now = self._changeable()
        if shown is not None and (now.minimum, now.maximum) not in (shown, (minimum, maximum)):
            raise ScaledMeanwhile(f"The limits were changed to {now.minimum} and {now.maximum} meanwhile.")
        if minimum > maximum:
            raise ScalingRefused(f"The least ({minimum}) is more than the most ({maximum}).")
        self.autoscaling = now.model_copy(update={"minimum": minimum, "maximum": maximum})

    def _changeable(self) -> Autoscaling:
        if self.autoscaling is None:
            raise ScalingRefused("Nothing scales these workers by itself.")
        if self.autoscaling.read_only:
            raise ScalingRefused(self.autoscaling.read_only)
        return self.autoscaling

    def logs(self, name: str, tail: int = 200, *, container: str | None = None, previous: bool = False) -> str:
        """Return what was written."""
        text = self.written.get((name, container, previous), "" if previous else self.written.get(name, ""))
        return "".join(text.splitlines(keepends=True)[-tail:])
