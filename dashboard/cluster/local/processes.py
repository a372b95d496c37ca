"""The cluster of one machine: worker processes that the supervisor of ``python -m dashboard`` keeps."""

from __future__ import annotations

import signal
import socket
from collections import deque
from collections.abc import Collection
from pathlib import Path

from dashboard.cluster import ClusterProcess, ClusterState, LastEnd, ScaledMeanwhile, ScalingRefused
from dashboard.cluster.local.usage import ProcessUsage
from shared.adapters.processes.home import HomeUnusable
from shared.adapters.processes.state_files import LocalFiles
from shared.domain import WorkerProcess

_NOT_SUPERVISED = (
    "This dashboard starts no workers of its own. "
    "To run some on this machine, start it with `python -m dashboard --workers 2`."
)
_NOT_TOLD = (
    "These workers are processes of this machine: rollouts, nodes, events, volumes and quotas are a cluster's, "
    "and nothing limits what a process asks for."
)
_NOT_AUTOMATIC = "Nothing scales the workers of this machine by itself; the slider sets their number."


class LocalProcesses:
    """A Cluster over files in the home folder: it declares what is wanted, and the supervisor follows."""

    def __init__(self, home: Path, maximum: int) -> None:
        self._files = LocalFiles(home)
        self._maximum = maximum
        self._usage = ProcessUsage()

    def state(self) -> ClusterState:
        """Return what is wanted and what the supervisor saw last."""
        observed = self._files.observed()
        wanted = self._files.wanted()
        supervised = observed is not None and observed.is_fresh
        return ClusterState(
            kind="local processes",
            desired=wanted if supervised else 0,
            maximum=max(self._maximum, wanted),
            processes=tuple(
                self._seen_from_here(process)
                for process in (observed.processes if observed is not None and supervised else ())
            ),
            read_only=None if supervised else _NOT_SUPERVISED,
            not_told=_NOT_TOLD if supervised else "",
            stops_idle_first=True,
        )

    def _seen_from_here(self, process: WorkerProcess) -> ClusterProcess:
        code = process.exit_code
        last_end = None if code is None else LastEnd(reason=_reason(code), exit_code=code)
        used = self._usage.of(process.pid)
        return ClusterProcess(**dict(process), node=socket.gethostname(), used=used, last_end=last_end)

    def scale(self, workers: int, shown: int | None = None, idle: Collection[str] = ()) -> None:
        """Declare how many workers are wanted, unless another number than ``shown`` is by now."""
        state = self.state()
        if state.read_only is not None:
            raise ScalingRefused(state.read_only)
        if not state.minimum <= workers <= state.maximum:
            raise ScalingRefused(f"{workers} workers is outside {state.minimum} to {state.maximum}.")
        if shown is not None and state.desired not in (shown, workers):
            raise ScaledMeanwhile(
                f"The number of workers was changed from {shown} to {state.desired} meanwhile, so {workers} was not "
                "sent. Look again and decide anew."
            )
        try:
            self._files.declare(workers)
        except HomeUnusable as error:
            raise ScalingRefused(str(error)) from error

    def set_automatic(self, automatic: bool) -> None:
        """Refuse: nothing scales these workers by itself."""
        raise ScalingRefused(_NOT_AUTOMATIC)

    def set_limits(self, minimum: int, maximum: int, shown: tuple[int, int] | None = None) -> None:
        """Refuse: nothing scales these workers by itself."""
        raise ScalingRefused(_NOT_AUTOMATIC)

    def logs(self, name: str, tail: int = 200, *, container: str | None = None, previous: bool = False) -> str:
        """Return the end of the worker's log file, which goes on over restarts."""
        path = self._files.logs / f"{Path(name).name}.log"
        try:
            with path.open(encoding="utf-8", errors="replace") as lines:
                return "".join(deque(lines, maxlen=tail))
        except FileNotFoundError:
            return ""


def _reason(exit_code: int) -> str:
    """How a process ended, in a cluster's words; a negative code is the signal that ended it."""
    if exit_code >= 0:
        return "Error" if exit_code else "Completed"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"
