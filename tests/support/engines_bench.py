"""A worker in the test's own process, with engines that are real processes, on any queue; its store is embedded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.embedded import EmbeddedStore
from shared.domain import Sweep, Task, TrialOutcome
from shared.ports import TaskQueue
from shared.settings import WorkerSettings
from shared.testing import make_roomy_sweep, make_task_of
from tests.support.engine_evaluators import home_log
from tests.support.worker_bench import store_table
from worker.parent.engine_pool import EnginePool
from worker.parent.engine_process import ChildProcess
from worker.parent.memory_watch import MemoryWatch
from worker.parent.reporting import WorkerIdentity
from worker.parent.stop_request import StopRequest
from worker.parent.worker import Worker


class EnginesBench:
    """The worker, and what a test does with it."""

    def __init__(
        self, home: Path, queue: TaskQueue, engines: int = 1, memory: int = 24 * 2**30, **settings: Any
    ) -> None:
        self.home = home
        self.queue = queue
        self.store = EmbeddedStore(home / "boostgrid.sqlite")
        store_table(self.store)
        self.sweep: Sweep = make_roomy_sweep()
        self.store.save_sweep(self.sweep)
        self.stop = StopRequest()
        self.worker = Worker(
            WorkerSettings.model_validate({"home": home, "grace_seconds": 0} | settings),
            WorkerIdentity.of_this_process(None, engines, 1, {}),
            self.store,
            queue,
            EnginePool(
                engines, lambda: ChildProcess(1, 16, "tests.support.engine_evaluators:scripted"), time.monotonic
            ),
            self.stop,
            MemoryWatch(memory, engines, time.monotonic),
        )

    def task(self, key: object, *whats: int, fold: int | None = None) -> Task:
        """Return a task of trials that do these things."""
        return make_task_of(self.sweep, key, rounds=whats, fold=fold)

    def publish(self, *whats: int) -> None:
        """Publish a task for each, of one trial that does this."""
        self.queue.publish(self.task(number, what) for number, what in enumerate(whats))

    def until(self, condition: Callable[[], object], seconds: float = 90) -> None:
        """Let the worker work until the condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline
            self.worker.step()

    def until_outcomes(self, number: int) -> None:
        """Let the worker work until so many trials have an outcome."""
        self.until(lambda: len(self.outcomes) == number)

    @property
    def outcomes(self) -> tuple[TrialOutcome, ...]:
        """What is recorded."""
        return self.store.outcomes(self.sweep.sweep_id).outcomes

    @property
    def evaluated(self) -> list[tuple[str, str]]:
        """The trial and the fold, or None, of each evaluation that an engine began."""
        log = home_log(self.home)
        lines = log.read_text().splitlines() if log.exists() else []
        return [(line.split()[0], line.split()[2]) for line in lines]

    @property
    def evaluations(self) -> int:
        """How many evaluations engines began."""
        return len(self.evaluated)

    def close(self) -> None:
        """Let the worker leave."""
        self.stop.ask()
        self.worker.run()
        self.stop.close()
        self.queue.close()
        self.store.close()


@pytest.fixture
def engines_bench(tmp_path: Path) -> Iterator[Callable[..., EnginesBench]]:
    """Return a function that makes a bench on a queue; all are closed at the end."""
    made: list[EnginesBench] = []

    def make(queue: TaskQueue, engines: int = 1, **settings: Any) -> EnginesBench:
        made.append(EnginesBench(tmp_path, queue, engines, **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()
