"""The cluster of one machine: worker processes that the supervisor of ``python -m dashboard`` keeps."""

from __future__ import annotations

import socket
from collections import deque
from pathlib import Path

from dashboard.cluster import ClusterProcess, ClusterState, ScaledMeanwhile, ScalingRefused
from dashboard.cluster.local_files import LocalFiles
from dashboard.cluster.process_usage import ProcessUsage

_NOT_SUPERVISED = (
    "This dashboard starts no workers of its own. "
    "To run some on this machine, start it with `python -m dashboard --workers 2`."
)


_NOT_TOLD = (
    "These workers are processes of this machine: rollouts, nodes, events, volumes and quotas are a cluster's, "
    "and nothing limits what a process asks for."
)


class LocalProcesses:
    """A Cluster over files in the home folder: it declares what is wanted, and the supervisor follows."""

    def __init__(self, home: Path, maximum: int) -> None:
        self._files = LocalFiles(home)
        self._maximum = maximum
        self._usage = ProcessUsage()

    def state(self) -> ClusterState:
        """Return what is wanted and what the supervisor saw last."""
        observed = self._files.observed()
        desired = self._files.desired()
        supervised = observed is not None and observed.is_fresh
        return ClusterState(
            kind="local processes",
            desired=desired.workers if desired and supervised else 0,
            maximum=max(self._maximum, desired.workers if desired else 0),
            processes=tuple(
                ClusterProcess(**dict(process), node=socket.gethostname(), used=self._usage.of(process.pid))
                for process in (observed.processes if observed is not None and supervised else ())
            ),
            read_only=None if supervised else _NOT_SUPERVISED,
            not_told=_NOT_TOLD if supervised else "",
            stops_idle_first=True,
        )

    def scale(self, workers: int, shown: int | None = None) -> None:
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
        self._files.declare(workers)

    def logs(self, name: str, tail: int = 200, *, container: str | None = None, previous: bool = False) -> str:
        """Return the end of the worker's log file, which goes on over restarts."""
        path = self._files.logs / f"{Path(name).name}.log"
        try:
            with path.open(encoding="utf-8", errors="replace") as lines:
                return "".join(deque(lines, maxlen=tail))
        except FileNotFoundError:
            return ""
