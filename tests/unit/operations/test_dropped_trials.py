"""Which trials that racing dropped are evaluated again, and for whom."""

from __future__ import annotations

import pytest

from shared import operations
from shared.catalog import Metric
from shared.domain import ErrorCause, SweepStatus
from tests.support.launched import diabetes_spec, drain, finish, summary_of, trial_ids


def test_what_racing_dropped_is_done_for_resume_and_retry(store, queue):
    sweep = operations.launch(diabetes_spec(racing=True), store, queue)
    good, slow, bad = drain(queue)
    finish(store, sweep, [good])
    finish(store, sweep, [slow], dropped_after=2)
    assert summary_of(store, sweep).status is SweepStatus.RUNNING
    operations.resume(sweep.sweep_id, store, queue)
    assert trial_ids(drain(queue)) == trial_ids([bad])
    finish(store, sweep, [bad], failed=ErrorCause.TIMEOUT)
    assert summary_of(store, sweep).status is SweepStatus.FINISHED
    operations.retry_failed(sweep.sweep_id, store, queue)
    assert trial_ids(drain(queue)) == trial_ids([bad])
    assert summary_of(store, sweep).dropped == 1


def test_a_second_race_does_not_evaluate_again_what_the_first_has_dropped(store, queue):
    first = operations.launch(diabetes_spec(racing=True), store, queue)
    good, slow, slower = drain(queue)
    finish(store, first, [good])
    finish(store, first, [slow, slower], dropped_after=2)
    second = operations.launch(diabetes_spec(racing=True), store, queue)
    assert drain(queue) == []
    assert (summary_of(store, second).succeeded, summary_of(store, second).dropped) == (1, 2)
    assert summary_of(store, second).status is SweepStatus.FINISHED
    wider = {"learning_rate": [0.1, 0.2, 0.3, 0.4]}
    operations.launch(diabetes_spec(racing=True, param_grid=wider), store, queue)
    assert [trial.params for task in drain(queue) for trial in task.trials] == [{"learning_rate": 0.4}]


@pytest.mark.parametrize(
    "changes", [{"param_grid": {"learning_rate": [0.1, 0.2]}}, {"racing": False}, {"metrics": [Metric.R2, Metric.RMSE]}]
)
def test_what_a_race_against_others_or_for_another_metric_dropped_is_evaluated(store, queue, changes):
    first = operations.launch(diabetes_spec(racing=True), store, queue)
    tasks = drain(queue)
    finish(store, first, tasks, dropped_after=2)
    second = operations.launch(diabetes_spec(**{"racing": True} | changes), store, queue)
    assert len(trial_ids(drain(queue))) == second.size


def test_the_same_sweep_without_racing_publishes_only_what_racing_dropped(store, queue):
    raced = operations.launch(diabetes_spec(racing=True), store, queue)
    good, slow, slower = drain(queue)
    finish(store, raced, [good])
    finish(store, raced, [slow, slower], dropped_after=2)
    sweep = operations.launch(diabetes_spec(), store, queue)
    assert sorted(trial_ids(drain(queue))) == sorted(trial_ids([slow, slower]))
    finish(store, sweep, [slow, slower])
    for each in (raced, sweep):
        assert (summary_of(store, each).succeeded, summary_of(store, each).dropped) == (3, 0)


def test_a_drop_in_the_place_of_a_failure_is_still_to_be_evaluated_where_there_is_no_race(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    *good, slow = drain(queue)
    finish(store, sweep, good)
    finish(store, sweep, [slow], failed=ErrorCause.TIMEOUT)
    raced = operations.launch(diabetes_spec(racing=True), store, queue)
    assert trial_ids(drain(queue)) == trial_ids([slow])
    finish(store, raced, [slow], dropped_after=2)
    assert summary_of(store, raced).status is SweepStatus.FINISHED
    assert summary_of(store, sweep).status is SweepStatus.RUNNING
    operations.resume(sweep.sweep_id, store, queue)
    assert trial_ids(drain(queue)) == trial_ids([slow])
