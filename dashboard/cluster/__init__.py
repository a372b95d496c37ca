"""The port to whatever runs the workers, and what every adapter behind it guarantees."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.errors import BoostgridError
from shared.sweep import Record


class ScalingRefused(BoostgridError):
    """Raised when the number of workers cannot be set; says who or what decides instead."""


class ProcessState(StrEnum):
    """Where a worker's process, or its pod, stands."""

    #: wanted, not there yet
    STARTING = "starting"
    RUNNING = "running"
    #: told to stop; finishes or hands back what it has
    STOPPING = "stopping"
    #: ended by itself, or cannot be started; tried again after a pause that grows each time
    CRASHED = "crashed"


class WorkerProcess(Record):
    """One process (or pod) that the cluster runs for a worker."""

    #: unique in the cluster, stable while the process lives; a pod's name in Kubernetes
    name: str
    state: ProcessState
    #: None before it starts, and where the cluster does not tell
    pid: int | None = None
    #: how often it came back after a crash
    restarts: int = 0
    started_at: datetime | None = None
    #: why it is not running, in a few words
    detail: str = ""


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
