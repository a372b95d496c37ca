"""What a worker says of itself while it lives."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.domain import TASK_SCHEMA_VERSION, TaskAddress
from shared.errors import RecordRefused, ServiceUnavailable
from shared.ports import WORKER_TTL_SECONDS, Fleet, Interruption, RunningTask, Sickness, WorkerReport
from worker.parent.engine_pool import Engine

log = logging.getLogger(__name__)

#: the least time between two reports, however much changes, in seconds
SHORTEST_SECONDS = 1.0
#: the most, however little changes: two reports may be lost before the worker counts as gone
LONGEST_SECONDS = WORKER_TTL_SECONDS / 3


@dataclass(frozen=True, slots=True)
class WorkerIdentity:
    """Who a worker is; fixed from its start to its end."""

    worker_id: str
    host: str
    pid: int
    pod: str | None
    engines: int
    threads: int
    versions: dict[str, str] = field(default_factory=dict)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def of_this_process(cls, pod: str | None, engines: int, threads: int, versions: dict[str, str]) -> WorkerIdentity:
        """Return a new identity; a process that is started again in the same place is another worker."""
        host, pid = socket.gethostname(), os.getpid()
        return cls(f"{pod or host}-{pid}-{secrets.token_hex(3)}", host, pid, pod, engines, threads, versions)


class Reporting:
    """Reports about once a second while something changes, and now and then in any case."""

    def __init__(self, fleet: Fleet, identity: WorkerIdentity, clock: Callable[[], float]) -> None:
        self._fleet = fleet
        self._identity = identity
        self._clock = clock
        self._look_at = float("-inf")
        self._sent_at = float("-inf")
        self._sent: object = None
        #: whether it ever said what it runs: the first task may be the one that takes the worker with it
        self._told_of_tasks = False
        #: workers on this machine, or in this pod, this one among them, as far as known
        self.workers_here = 1

    def report_if_due(
        self,
        engines: Iterable[Engine],
        trials_done: int,
        stopping: bool,
        interruption: Interruption | None = None,
        sickness: Sickness | None = None,
        refused: Mapping[str, str] | None = None,
        mute: tuple[TaskAddress, ...] = (),
    ) -> None:
        """Report unless it was done a moment ago or nothing has changed. An outage of the store is logged only."""
        now = self._clock()
        engines = list(engines)
        first = not self._told_of_tasks and any(engine.assignment is not None for engine in engines)
        if now < self._look_at and not first:
            return
        running = tuple(task for engine in engines if (task := _running(engine)) is not None)
        self._told_of_tasks = self._told_of_tasks or bool(running)
        refused = dict(refused or {})
        state = (running, trials_done, stopping, interruption, sickness, refused, mute)
        if state == self._sent and now < self._sent_at + LONGEST_SECONDS:
            return  # what changes next is told at once
        self._look_at = now + SHORTEST_SECONDS
        who = self._identity
        report = WorkerReport(
            worker_id=who.worker_id,
            host=who.host,
            pid=who.pid,
            pod=who.pod,
            started_at=who.started_at,
            reported_at=datetime.now(UTC),
            engines=who.engines,
            threads=who.threads,
            running=running,
            trials_done=trials_done,
            stopping=stopping,
            interruption=interruption,
            versions=who.versions,
            task_version=TASK_SCHEMA_VERSION,
            sickness=sickness,
            refused=refused,
            mute=mute,
        )
        try:
            self._fleet.report(report)
            place = (who.host, who.pod)
            self.workers_here = sum((each.host, each.pod) == place for each in self._fleet.workers())
        except (ServiceUnavailable, RecordRefused) as error:
            self._look_at = self._clock() + LONGEST_SECONDS
            log.warning("could not report: %s", error, extra={"event": "report.failed"})
        else:
            self._sent, self._sent_at = state, now

    def hurry(self) -> None:
        """Report at the next occasion: what begins now may take the worker with it."""
        self._look_at = float("-inf")

    def leave(self) -> None:
        """Take the worker off the list; without the store it goes by itself."""
        try:
            self._fleet.forget_worker(self._identity.worker_id)
        except ServiceUnavailable as error:
            log.warning("could not sign off: %s", error, extra={"event": "report.failed"})


def _running(engine: Engine) -> RunningTask | None:
    assignment, progress = engine.assignment, engine.progress
    if assignment is None or engine.started_at is None:
        return None
    return RunningTask(
        sweep_id=assignment.sweep.sweep_id,
        epoch=assignment.delivery.task.epoch,
        attempt_id=assignment.attempt_id,
        trial_ids=tuple(trial.trial_id for trial in assignment.batch),
        only_fold=assignment.fold,
        params=dict(assignment.batch[0].params),
        started_at=engine.started_at,
        fold=progress.fold if progress else (assignment.fold or 0) + 1,
        folds=assignment.sweep.spec.folds,
        round=progress.round if progress else 0,
        rounds=progress.rounds if progress else 0,
    )
