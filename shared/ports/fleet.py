"""The fleet: what workers say of themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from shared.domain import Record, TaskAddress
from shared.ports.queue import Interruption


class RunningTask(Record):
    """What one engine of a worker does at this moment."""

    sweep_id: str
    epoch: int = 1
    #: what a result of it will carry
    attempt_id: str = ""
    trial_ids: tuple[str, ...]
    #: the one fold that the task is about, from 0; None for all of them
    only_fold: int | None = None
    #: canonical parameters of the first trial
    params: dict[str, Any]
    started_at: datetime
    #: the one it is at, from 1
    fold: int = 1
    folds: int
    round: int = 0
    rounds: int = 0


class Sickness(Record):
    """Why a worker can evaluate nothing at this moment, whatever the trial."""

    reason: str
    since: datetime


class WorkerReport(Record):
    """What a worker says of itself; gone ``WORKER_TTL_SECONDS`` after its last report."""

    worker_id: str
    host: str
    pid: int
    pod: str | None = None
    started_at: datetime
    reported_at: datetime
    engines: int
    threads: int
    running: tuple[RunningTask, ...] = ()
    trials_done: int = 0
    #: whether it was told to stop and is finishing what it has
    stopping: bool = False
    #: what broke its subscription to the queue last
    interruption: Interruption | None = None
    #: of Python and of the libraries that are installed; it is suited for their sweeps only
    versions: dict[str, str] = Field(default_factory=dict)
    #: the version of messages that it reads; None in one from before each sweep had a queue
    task_version: int | None = None
    #: sweep id -> why it could not do it, whatever the versions say
    refused: dict[str, str] = Field(default_factory=dict)
    sickness: Sickness | None = None
    #: the queues that do not answer it while the broker does
    mute: tuple[TaskAddress, ...] = ()


#: how long a worker counts as alive after its last report, in seconds
WORKER_TTL_SECONDS = 15.0
#: how long the last report of a worker that did not leave in order is kept, to say what was lost with it
LAST_REPORTS_KEPT_SECONDS = 86_400.0


class Fleet(Protocol):
    """Keeps the last report of each worker. Every write is idempotent. Each worker writes its own."""

    def report(self, worker: WorkerReport) -> None:
        """Replace what the worker said before."""

    def forget_worker(self, worker_id: str) -> None:
        """Remove a worker that leaves."""

    def workers(self) -> list[WorkerReport]:
        """Return the workers that reported within WORKER_TTL_SECONDS, by id."""

    def last_reports(self, trial_ids: Collection[str]) -> list[WorkerReport]:
        """Return the last reports of workers that fell silent while at any of these trials, the latest first.

        They are kept for LAST_REPORTS_KEPT_SECONDS.
        """
