"""A worker's process as what runs it sees it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.domain.record import Record


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
    #: how often it ended by itself, or could not be started
    restarts: int = 0
    #: of its life before this one; negative is the signal that ended it
    exit_code: int | None = None
    started_at: datetime | None = None
    #: why it is not running, in a few words
    detail: str = ""
