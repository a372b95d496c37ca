"""Sweeps that are resumed, retried, cancelled and deleted, one act after the other."""

from __future__ import annotations

import pytest

from shared import operations
from shared.domain import ErrorCause, SweepStatus
from shared.errors import DatasetError, InvalidSpec, PublishFailed, SweepNotFound
from shared.operations import launching
from shared.testing import InMemoryTaskQueue
from tests.support.launched import diabetes_spec, drain, finish, summary_of, trial_ids


class BreakingQueue(InMemoryTaskQueue):
    """Refuses after its first task."""

    def publish(self, address, tasks, on_progress=None):
        super().publish(address, [next(iter(tasks))])
        raise PublishFailed("the broker refused a task", confirmed=1)


def test_launch_that_dies_half_way_is_completed_by_resume(store, queue):
    with pytest.raises(PublishFailed, match="1 tasks had been confirmed; resume publishes the rest"):
        operations.launch(diabetes_spec(), store, BreakingQueue())
    (summary,) = store.summaries()
    assert summary.status is SweepStatus.LAUNCHING
    sweep = operations.resume(summary.sweep.sweep_id, store, queue)
    tasks = drain(queue)
    assert (sweep.published, sweep.epoch, len(trial_ids(tasks))) == (True, 2, 3)
    assert {task.epoch for task in tasks} == {2}


def test_resume_of_a_cancelled_sweep_publishes_only_what_is_missing(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    done, *rest = drain(queue)
    finish(store, sweep, [done])
    operations.cancel(sweep.sweep_id, store, queue)
    assert summary_of(store, sweep).status is SweepStatus.CANCELLED
    resumed = operations.resume(sweep.sweep_id, store, queue)
    assert sorted(trial_ids(drain(queue))) == sorted(trial_ids(rest))
    assert not resumed.cancelled
    assert summary_of(store, sweep).status is SweepStatus.RUNNING


def test_resume_with_another_version_of_the_library_is_refused(store, queue, monkeypatch):
    sweep = operations.launch(diabetes_spec(), store, queue)
    monkeypatch.setattr(launching, "launch_version", lambda library: "99.0")
    with pytest.raises(InvalidSpec, match=r"began with XGBoost .* and launches here are for 99\.0"):
        operations.resume(sweep.sweep_id, store, queue)
    assert store.sweep(sweep.sweep_id) == sweep


def test_retry_publishes_only_the_failed_trials(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    good, bad, worse = drain(queue)
    finish(store, sweep, [good])
    finish(store, sweep, [bad], failed=ErrorCause.EVALUATION)
    finish(store, sweep, [worse], failed=ErrorCause.ENGINE_DIED)
    operations.retry_failed(sweep.sweep_id, store, queue)
    assert sorted(trial_ids(drain(queue))) == sorted(trial_ids([bad, worse]))
    assert (summary_of(store, sweep).succeeded, summary_of(store, sweep).failed) == (1, 0)


def test_delete_removes_the_sweep_and_its_outcomes(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    finish(store, sweep, drain(queue))
    operations.delete(sweep.sweep_id, store, queue)
    assert store.summaries() == []
    operations.launch(diabetes_spec(), store, queue)
    assert len(drain(queue)) == 3


@pytest.mark.parametrize(
    "act",
    [
        lambda store, queue: operations.resume("nothing", store, queue),
        lambda store, queue: operations.retry_failed("nothing", store, queue),
        lambda store, queue: operations.cancel("nothing", store, queue),
        lambda store, queue: operations.delete("nothing", store, queue),
        lambda store, queue: next(operations.follow("nothing", store)),
    ],
)
def test_unknown_sweep_is_an_error(store, queue, act):
    with pytest.raises(SweepNotFound, match="nothing"):
        act(store, queue)


def test_a_resume_without_the_data_leaves_the_sweep_as_it_was(store, queue, monkeypatch):
    sweep = operations.cancel(operations.launch(diabetes_spec(), store, queue).sweep_id, store, queue)
    monkeypatch.setattr(store, "datasets", list)
    with pytest.raises(DatasetError, match="no longer stored"):
        operations.resume(sweep.sweep_id, store, queue)
    assert store.sweep(sweep.sweep_id) == sweep
