"""A worker with several engines: each task, and each fold of a trial, is evaluated once and then acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.adapters.embedded import EmbeddedTaskQueue
from shared.adapters.rabbitmq import RabbitTaskQueue
from shared.domain import TrialState
from shared.ports import TaskQueue
from tests.support.engine_evaluators import SUCCEED
from tests.support.engines_bench import EnginesBench
from tests.support.task_queues import becomes

pytestmark = pytest.mark.slow

KEYS, FOLDS = range(8), 3


@pytest.fixture(params=["embedded", "rabbitmq"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> TaskQueue:
    if request.param == "embedded":
        return EmbeddedTaskQueue(tmp_path / "boostgrid.sqlite")
    return RabbitTaskQueue(*map(request.getfixturevalue, ("rabbitmq_url", "rabbitmq_queue_names")))


@pytest.mark.parametrize("engines", [2, 3])
def test_every_fold_of_a_trial_is_evaluated_once(
    engines_bench: Callable[..., EnginesBench], queue: TaskQueue, engines: int
) -> None:
    b = engines_bench(queue, engines)
    tasks = [b.task(key, SUCCEED, SUCCEED, fold=fold) for key in KEYS for fold in range(FOLDS)]
    ids = {trial.trial_id for task in tasks for trial in task.trials}
    b.publish_tasks(tasks)

    b.until_outcomes(len(ids))

    assert {outcome.trial_id for outcome in b.outcomes} == ids
    assert {(outcome.state, outcome.attempts) for outcome in b.outcomes} == {(TrialState.SUCCEEDED, 1)}
    assert sorted(b.evaluated) == sorted((trial_id, str(fold)) for trial_id in ids for fold in range(FOLDS))
    b.worker.step()
    assert becomes(queue, b.address, ready=0, dead=0)


@pytest.mark.parametrize("engines", [2, 3])
def test_whole_trials_are_evaluated_once(
    engines_bench: Callable[..., EnginesBench], queue: TaskQueue, engines: int
) -> None:
    b = engines_bench(queue, engines)
    b.publish(*[SUCCEED] * 20)

    b.until_outcomes(20)

    assert len(set(b.evaluated)) == b.evaluations == 20
