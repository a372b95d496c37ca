"""The port to whatever runs the workers, and what every adapter behind it guarantees."""

from __future__ import annotations

from typing import Protocol

from shared.domain import Record, WorkerProcess
from shared.errors import BoostgridError


class ScalingRefused(BoostgridError):
    """Raised when the number of workers cannot be set; says who or what decides instead."""


class ClusterState(Record):
    """The cluster at one moment."""

    #: what runs the workers, as the page should call it: ``local processes``, ``Deployment boostgrid-worker``
    kind: str
    #: how many workers are wanted; the processes follow within seconds
    desired: int
    #: what scale accepts
    minimum: int = 0
    maximum: int
    processes: tuple[WorkerProcess, ...] = ()
    #: why scale would be refused and what to do, such as a missing permission by its name; None where it works
    read_only: str | None = None


class Cluster(Protocol):
    """Runs workers: keeps as many processes as are wanted and starts crashed ones again.

    It knows of processes, not of what they do; workers report that to the store. Safe for use from several threads.
    Every method raises ServiceUnavailable where the cluster does not answer.
    """

    def state(self) -> ClusterState:
        """Return what is wanted and what is there. Cheap enough to ask every second."""

    def scale(self, workers: int) -> None:
        """Declare how many workers are wanted and return at once. Declaring the same twice is declaring it once.

        Workers in excess are stopped gracefully, idle ones first; no trial is lost or counted as failed. The number
        outlives the dashboard. Raises ScalingRefused outside minimum..maximum and where ``state().read_only``.
        """

    def logs(self, name: str, tail: int = 200) -> str:
        """Return the last ``tail`` lines of the process of that name; empty where it has written none or is unknown."""
