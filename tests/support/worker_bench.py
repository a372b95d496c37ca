"""A worker on fakes: queue and store in memory, engines in threads, and a clock that the test moves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from shared.domain import TASK_SCHEMA_VERSION, DatasetInfo, Sweep, Task, TaskAddress, TrialOutcome, new_attempt_id
from shared.ports import Delivery, QueueStatus, RunningTask, Store, WorkerReport
from shared.settings import WorkerSettings
from shared.testing import (
    InMemoryStore,
    InMemoryTaskQueue,
    make_fold_result,
    make_outcome,
    make_roomy_sweep,
    make_task_of,
)
from shared.testing.factories import DATASET_HASH
from worker.engine.serving import serve
from worker.parent.engine_pool import EnginePool
from worker.parent.engine_process import Ending
from worker.parent.memory import Usage
from worker.parent.memory_watch import MemoryWatch
from worker.parent.reporting import WorkerIdentity
from worker.parent.stop_request import StopRequest
from worker.parent.worker import Worker
from worker.protocol import Answer, EvaluationRequest, Progress

Tell = Callable[[Progress], None]
GIB = 2**30
#: seconds after which a worker has surely asked every queue again
_UNTIL_ASKED = 2.5
_PARQUET = b"PAR1 a table PAR1"


def store_table(store: Store) -> None:
    """Store what make_spec's sweep trains on, as far as a worker's parent looks into it."""
    info = DatasetInfo(
        content_hash=DATASET_HASH,
        name="a table",
        rows=1,
        columns={},
        size_bytes=len(_PARQUET),
        stored_at=datetime.now(UTC),
    )
    store.save_dataset(info, _PARQUET)


class Crash(BaseException):
    """Raised in an evaluation: the engine dies with this exit code."""


def succeed(request: EvaluationRequest, tell: Tell) -> tuple[TrialOutcome, ...]:
    """Evaluate at once, with success."""
    return tuple(
        make_outcome().model_copy(update={"trial_id": trial.trial_id, "params": trial.params})
        for trial in request.trials
    )


def succeed_a_fold(request: EvaluationRequest, tell: Tell) -> tuple[Answer, ...]:
    """Evaluate the fold that is asked for, at once: its score is its number."""
    assert request.fold is not None
    return tuple(
        make_fold_result(fold=request.fold, score=request.fold).model_copy(update={"trial_id": trial.trial_id})
        for trial in request.trials
    )


def wait_for(gate: threading.Event) -> Callable[[EvaluationRequest, Tell], tuple[TrialOutcome, ...]]:
    """Return an evaluation that succeeds once the gate is open, and says nothing before."""

    def evaluate(request: EvaluationRequest, tell: Tell) -> tuple[TrialOutcome, ...]:
        assert gate.wait(60)
        return succeed(request, tell)

    return evaluate


def until_stopped(request: EvaluationRequest, tell: Tell) -> tuple[TrialOutcome, ...]:
    """Train until told to stop, or killed."""
    pause = threading.Event()
    for number in range(1, 100_000):
        tell(Progress(fold=1, folds=request.folds, round=number, rounds=100_000))
        pause.wait(0.01)
    raise AssertionError("nobody stopped it")


class ThreadEngine:
    """An engine's real loop in a thread; dies like a process."""

    def __init__(self, pid: int, evaluate: Callable[[EvaluationRequest, Tell], tuple[Answer, ...]]) -> None:
        self.connection, self._theirs = Pipe()
        self.pid = pid
        self.exit_code = 0
        self._evaluate = evaluate
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            serve(self._theirs, self._evaluate)
        except Crash as crash:
            self.exit_code = crash.args[0]
            self._hang_up()
        except SystemExit as leaving:
            self.exit_code = leaving.code
            self._hang_up()

    def _hang_up(self) -> None:
        with socket.socket(fileno=self._theirs.fileno()) as end:
            end.shutdown(socket.SHUT_RDWR)
            end.detach()

    def kill(self) -> None:
        """Act as if killed: nothing more is heard of it."""
        self.exit_code = -9
        if self._thread.is_alive():
            self._hang_up()

    def forget_log(self) -> None:
        """Do nothing: it writes none."""

    def ending(self) -> Ending:
        """Return how it ended."""
        self.connection.close()
        self._thread.join(10)
        self._theirs.close()
        return Ending(self.exit_code, peak_memory_mb=64.0)


class DeadEngine:
    """An engine that dies at its start."""

    def __init__(self, pid: int) -> None:
        self.connection: Connection
        self.connection, theirs = Pipe()
        theirs.close()
        self.pid = pid

    def kill(self) -> None:
        """Do nothing: it is dead."""

    def forget_log(self) -> None:
        """Do nothing: it writes none."""

    def ending(self) -> Ending:
        """Return how it ended."""
        self.connection.close()
        return Ending(1, peak_memory_mb=8.0)


@dataclass
class Bench:
    """A worker and all that it touches."""

    home: Path
    evaluate: Callable[[EvaluationRequest, Tell], tuple[Answer, ...]] = succeed
    engines: int = 1
    worker_id: str = "worker-under-test"
    settings: dict[str, Any] = field(default_factory=dict)
    store: InMemoryStore = field(default_factory=InMemoryStore)
    queue: InMemoryTaskQueue = field(default_factory=InMemoryTaskQueue)
    #: what is installed here
    versions: dict[str, str] = field(default_factory=lambda: {"xgboost": "3.2.0"})
    now: float = 1_000.0
    started: int = 0
    #: what each evaluation was asked for, in order
    requests: list[list[str]] = field(default_factory=list)
    addresses: set[TaskAddress] = field(default_factory=set)
    #: what processes have of memory, by id; the engines' are 1, 2 and so on
    memory: dict[int, Usage] = field(default_factory=dict)
    #: what each engine may write to
    restricted: dict[int, int] = field(default_factory=dict)
    #: starts of engines that fail before one succeeds
    dead_starts: int = 0
    #: starts that the system refuses before it allows one
    refused_starts: int = 0

    def __post_init__(self) -> None:
        self.stop = StopRequest()
        settings = WorkerSettings(**({"home": self.home, "grace_seconds": 60.0} | self.settings))
        identity = WorkerIdentity(self.worker_id, "host", 1, "pod-1", self.engines, 1, dict(self.versions))
        self.pool = EnginePool(self.engines, self._start_engine, lambda: self.now)
        memory = MemoryWatch(
            8 * GIB,
            self.engines,
            lambda: self.now,
            settings.engine_memory_mb,
            measure=lambda pid: self.memory.get(pid, Usage(GIB // 8, GIB // 4)),
            restrict=lambda pid, writable: self.restricted.update({pid: writable}),
        )
        self.worker = Worker(
            settings, identity, self.store, self.queue, self.pool, self.stop, memory, clock=lambda: self.now
        )
        store_table(self.store)

    def _start_engine(self) -> ThreadEngine | DeadEngine:
        if self.refused_starts:
            self.refused_starts -= 1
            raise BlockingIOError("Resource temporarily unavailable")
        self.started += 1
        if self.started <= self.dead_starts:
            return DeadEngine(self.started)

        def evaluate(request: EvaluationRequest, tell: Tell) -> tuple[Answer, ...]:
            self.requests.append([trial.trial_id for trial in request.trials])
            return self.evaluate(request, tell)

        return ThreadEngine(self.started, evaluate)

    def sweep(self, sweep_id: str = "a-sweep-000000", **changes: Any) -> Sweep:
        """Save a sweep whose tasks are queued and return it."""
        sweep = make_roomy_sweep(sweep_id, **{"queued": True, "task_version": TASK_SCHEMA_VERSION} | changes)
        self.store.save_sweep(sweep)
        return sweep

    def task(self, sweep: Sweep, key: object = 0, trials: int = 1, **changes: Any) -> Task:
        """Publish a task of the sweep and return it."""
        task = make_task_of(sweep, key, trials, **changes)
        self.publish([task])
        return task

    def publish(self, tasks: Iterable[Task]) -> None:
        """Publish the tasks, and let so much time pass that the worker looks for them."""
        for task in tasks:
            self.addresses.add(task.address)
            self.queue.publish(task.address, [task])
        self.now += _UNTIL_ASKED

    def status(self) -> QueueStatus:
        """Return the counts over all queues that were published to."""
        return self.queue.status(list(self.addresses))

    def until(self, condition: Callable[[], object]) -> None:
        """Let the worker work until the condition holds."""
        for number in range(500):
            if condition():
                return
            self.worker.step()
            self.now += 0.1 if number > 20 else 0.0  # what was handed back is asked for after a while
        raise AssertionError("it never came true")

    def until_settled(self) -> None:
        """Let the worker work until the queue is empty."""
        self.until(lambda: self.status().ready == self.status().unacknowledged == 0)

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and let the worker see it."""
        self.now += seconds
        self.worker.step()

    def outcomes(self, sweep: Sweep) -> dict[str, TrialOutcome]:
        """Return the sweep's outcomes by trial."""
        return {outcome.trial_id: outcome for outcome in self.store.outcomes(sweep.sweep_id).outcomes}

    def other_worker_runs(self, *trial_ids: str, fold: int | None = None) -> None:
        """Let another worker report these trials, or that fold of them, as running; none: that it is idle."""
        now = datetime.now(UTC)
        running = RunningTask(
            sweep_id="another", trial_ids=trial_ids, only_fold=fold, params={}, started_at=now, folds=3
        )
        self.store.report(_report("another-worker", *([running] if trial_ids else ()), at=now))

    def close(self) -> None:
        """End the engines."""
        for engine in self.pool.engines:
            engine.process.kill()
        self.pool.close()
        self.stop.close()


def lost_delivery(bench: Bench, *, reported: bool = True, pod: str | None = None) -> Delivery:
    """Take a task and lose it, as a worker does that is killed; ``reported``: once it had said what it was at."""
    delivery = bench.queue.consume().take(list(bench.addresses))
    assert delivery is not None
    if reported:
        task, now = delivery.task, datetime.now(UTC)
        running = RunningTask(
            sweep_id=task.sweep_id,
            epoch=task.epoch,
            attempt_id=new_attempt_id(),
            trial_ids=tuple(trial.trial_id for trial in task.trials),
            only_fold=task.fold,
            params={},
            started_at=now,
            folds=3,
        )
        victim = f"victim-{delivery.token}"
        bench.store.report(_report(victim, running, at=now, pod=pod))
        bench.store.silence(victim)
    bench.queue.lose_deliveries()
    bench.now += _UNTIL_ASKED
    return delivery


def _report(worker_id: str, *running: RunningTask, at: datetime, pod: str | None = None) -> WorkerReport:
    return WorkerReport(
        worker_id=worker_id,
        host="elsewhere",
        pid=1,
        pod=pod,
        started_at=at,
        reported_at=at,
        engines=1,
        threads=1,
        running=running,
    )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Return a function that makes a bench; all are closed at the end."""
    made: list[Bench] = []

    def make(**changes: Any) -> Bench:
        made.append(Bench(tmp_path, **changes))
        return made[-1]

    yield make
    for each in made:
        each.close()
