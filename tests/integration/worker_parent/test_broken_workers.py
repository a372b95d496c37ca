"""Several workers, one of which cannot work: the sweep loses nothing by it, on the embedded queue and on RabbitMQ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.embedded import EmbeddedTaskQueue
from shared.adapters.rabbitmq import RabbitTaskQueue
from shared.domain import ErrorCause, TrialError, TrialOutcome, TrialState
from shared.ports import TaskQueue
from shared.testing import InMemoryStore, make_outcome, make_task_of
from tests.support.worker_bench import Bench, Crash, Tell
from worker.protocol import EvaluationRequest, Loading

pytestmark = pytest.mark.slow

TRIALS = 100


@pytest.fixture(params=["embedded", "rabbitmq"])
def open_queue(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], TaskQueue]:
    if request.param == "embedded":
        return lambda: EmbeddedTaskQueue(tmp_path / "b.sqlite")
    url, names = (request.getfixturevalue(name) for name in ("rabbitmq_url", "rabbitmq_queue_names"))
    return lambda: RabbitTaskQueue(url, names)


@pytest.fixture
def crew(open_queue: Callable[[], TaskQueue], tmp_path: Path) -> Iterator[Callable[..., list[Bench]]]:
    """Return a function that makes a broken worker and two that are well, on one store and one queue."""
    made: list[Bench] = []

    def make(**broken: Any) -> list[Bench]:
        store = InMemoryStore()
        for number, changes in enumerate((broken, {}, {})):
            home = tmp_path / f"worker-{number}"
            home.mkdir()
            made.append(Bench(home, **({"store": store, "queue": open_queue()} | changes)))
        return made

    yield make
    for bench in made:
        bench.close()
        with suppress(Exception):
            bench.queue.close()


def cannot(kind: str, message: str) -> Callable[[EvaluationRequest, Tell], tuple[TrialOutcome, ...]]:
    """Return an evaluation that the worker cannot even begin."""
    error = TrialError(cause=ErrorCause.WORKER, type=kind, message=message)
    return lambda request, tell: tuple(
        make_outcome().model_copy(
            update={"trial_id": each.trial_id, "state": TrialState.FAILED, "error": error, "scores": {}}
        )
        for each in request.trials
    )


def die_importing(request: EvaluationRequest, tell: Tell) -> tuple[TrialOutcome, ...]:
    """Die as a native library does whose files are not whole."""
    tell(Loading(library=request.library))
    raise Crash(-11)


def work(crew: list[Bench]) -> None:
    """Let the crew evaluate a sweep; the broken one always goes first."""
    broken, *_ = crew
    sweep = broken.sweep(size=TRIALS)
    tasks = [make_task_of(sweep, key) for key in range(TRIALS)]
    broken.queue.publish(tasks[0].address, tasks)
    for _ in range(4_000):
        for bench in crew:
            bench.worker.step()
            bench.now += 0.1
        if len(broken.outcomes(sweep)) == TRIALS:
            break
    outcomes = broken.outcomes(sweep).values()
    assert len(outcomes) == TRIALS
    assert {(each.state, each.attempts) for each in outcomes} == {(TrialState.SUCCEEDED, 1)}
    assert broken.queue.status([tasks[0].address]).dead == 0


@pytest.mark.parametrize(
    "evaluate",
    [cannot("ImportError", "libgomp.so.1: cannot open shared object file"), die_importing],
    ids=["broken-import", "dies-importing"],
)
def test_a_worker_with_a_broken_library_fails_nothing_and_says_why(
    crew: Callable[..., list[Bench]], evaluate: Any
) -> None:
    workers = crew(evaluate=evaluate)
    work(workers)
    workers[0].pass_time(2.0)
    report = next(each for each in workers[0].store.workers() if each.sickness is not None)
    assert report.sickness is not None
    assert "import" in report.sickness.reason or "libgomp" in report.sickness.reason


def test_a_worker_whose_disk_refuses_the_data_set_fails_nothing(crew: Callable[..., list[Bench]]) -> None:
    workers = crew()
    (workers[0].home / "datasets").write_text("in the way")
    work(workers)
    assert workers[0].requests == []
    assert len(workers[1].requests) + len(workers[2].requests) == TRIALS


def test_a_worker_with_another_version_takes_nothing_and_is_well(crew: Callable[..., list[Bench]]) -> None:
    workers = crew(versions={"xgboost": "3.1.0"})
    work(workers)
    assert workers[0].requests == []
    assert all(each.sickness is None for each in workers[0].store.workers())


def test_a_worker_whose_engine_finds_another_version_refuses_the_sweep(crew: Callable[..., list[Bench]]) -> None:
    workers = crew(evaluate=cannot("Unsuited", "this worker has 3.1.0"))
    work(workers)
    assert len(workers[0].requests) == 1


def test_a_worker_that_gets_well_takes_tasks_again(crew: Callable[..., list[Bench]]) -> None:
    broken, *_ = workers = crew()
    obstacle = broken.home / "datasets"
    obstacle.write_text("in the way")
    sweep = broken.sweep()
    task = make_task_of(sweep)
    broken.queue.publish(task.address, [task])
    for _ in range(500):
        broken.worker.step()
        broken.now += 0.02
        if any(each.sickness for each in broken.store.workers()):
            break
    assert any(each.sickness for each in broken.store.workers())
    obstacle.unlink()
    for _ in range(500):
        broken.worker.step()
        broken.now += 0.1
        if broken.outcomes(sweep):
            break
    assert broken.outcomes(sweep)[task.trials[0].trial_id].attempts == 1
    assert workers[1].requests == []
