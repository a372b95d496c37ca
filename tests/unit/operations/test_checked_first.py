"""What an operation refuses it refuses before it touches the sweep; what dies half-way is completed by another try."""

from __future__ import annotations

import pytest

from shared import operations
from shared.catalog import TaskType
from shared.domain import Action, DatasetRef, ErrorCause, SweepStatus
from shared.errors import DatasetError, InvalidSpec, PublishFailed, ServiceUnavailable, SweepNotFound
from shared.operations import launching
from shared.testing import InMemoryTaskQueue, make_outcome, make_spec

RETRY_AND_RESUME = pytest.mark.parametrize("act", [operations.retry_failed, operations.resume])


class AwayQueue(InMemoryTaskQueue):
    """A broker that does not answer."""

    def remove(self, address, if_empty=False):
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Check that it runs.")

    def status(self, addresses):
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Check that it runs.")

    def publish(self, address, tasks, on_progress=None):
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Check that it runs.")


class FailingQueue(InMemoryTaskQueue):
    """Answers, and then refuses or loses what is published."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def publish(self, address, tasks, on_progress=None):
        raise self.error


@pytest.fixture
def sweep(store, queue):
    """A launched sweep of two trials, one of which failed while the other is queued."""
    dataset = DatasetRef(name="diabetes", target="target", task=TaskType.REGRESSION)
    sweep = operations.launch(make_spec(dataset=dataset, param_grid={"learning_rate": [0.1, 0.2]}), store, queue)
    consumer = queue.consume()
    delivery = consumer.take(queue.addresses())
    (trial,) = delivery.task.trials
    store.record(sweep.sweep_id, [make_outcome(trial_id=trial.trial_id, failed=ErrorCause.TIMEOUT)])
    consumer.acknowledge(delivery)
    consumer.close()
    return sweep


def untouched(store, sweep):
    summary = store.summaries([sweep.sweep_id])[0]
    return summary.sweep == sweep and summary.failed == 1


@RETRY_AND_RESUME
def test_another_library_version_refuses_before_anything_is_forgotten(store, queue, sweep, monkeypatch, act):
    monkeypatch.setattr(launching, "launch_version", lambda library: "99.0")
    with pytest.raises(InvalidSpec, match=r"launches here are for 99\.0"):
        act(sweep.sweep_id, store, queue)
    assert untouched(store, sweep)


@RETRY_AND_RESUME
def test_another_way_of_evaluating_refuses_before_anything_is_forgotten(store, queue, sweep, monkeypatch, act):
    monkeypatch.setattr(launching, "EVALUATION_VERSION", 99)
    with pytest.raises(InvalidSpec, match="another version of Boostgrid planned the sweep; launch its spec as a new"):
        act(sweep.sweep_id, store, queue)
    assert untouched(store, sweep)


def test_a_sweep_from_before_the_evaluation_was_noted_is_resumed(store, queue, sweep):
    store.save_sweep(sweep.model_copy(update={"evaluation_version": None}))
    assert operations.resume(sweep.sweep_id, store, queue).published


@RETRY_AND_RESUME
def test_data_that_is_gone_refuses_before_anything_is_forgotten(store, queue, sweep, monkeypatch, act):
    monkeypatch.setattr(store, "datasets", list)
    with pytest.raises(DatasetError, match="no longer stored"):
        act(sweep.sweep_id, store, queue)
    assert untouched(store, sweep)


@RETRY_AND_RESUME
def test_a_parameter_that_the_catalog_has_no_more_refuses_before_anything_is_forgotten(store, queue, sweep, act):
    grid = ({"learning_rate": (0.1, 0.2), "old_one": (1,)},)
    stored = sweep.model_copy(update={"spec": sweep.spec.model_copy(update={"param_grid": grid})})
    store.save_sweep(stored)
    with pytest.raises(
        InvalidSpec, match=r"param_grid\.old_one: is no parameter of XGBoost here; launch its spec as a new"
    ):
        act(sweep.sweep_id, store, queue)
    assert untouched(store, stored)


@RETRY_AND_RESUME
def test_a_broker_that_is_away_refuses_before_anything_is_forgotten(store, sweep, act):
    with pytest.raises(ServiceUnavailable, match="RabbitMQ does not answer"):
        act(sweep.sweep_id, store, AwayQueue())
    assert untouched(store, sweep)


@pytest.mark.parametrize(
    "error", [ServiceUnavailable("RabbitMQ", "gone", "Check it."), PublishFailed("it is full", confirmed=0)]
)
@pytest.mark.parametrize("again", [operations.retry_failed, operations.resume])
def test_a_retry_that_dies_half_way_is_completed(store, queue, sweep, error, again):
    with pytest.raises(type(error), match=f"`python -m shared resume {sweep.sweep_id}`"):
        operations.retry_failed(sweep.sweep_id, store, FailingQueue(error))
    assert store.summaries([sweep.sweep_id])[0].status is SweepStatus.LAUNCHING
    assert again(sweep.sweep_id, store, queue).published
    assert len({trial.trial_id for trial in published(queue, epoch=3)}) == 2


def test_a_retry_that_dies_before_it_forgets_is_completed_by_another(store, queue, sweep, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(store, "forget_failures", interrupted)
        with pytest.raises(KeyboardInterrupt):
            operations.retry_failed(sweep.sweep_id, store, queue)
    summary = store.summaries([sweep.sweep_id])[0]
    assert (summary.failed, summary.status) == (1, SweepStatus.LAUNCHING)
    operations.retry_failed(sweep.sweep_id, store, queue)
    assert len({trial.trial_id for trial in published(queue, epoch=3)}) == 2


@pytest.mark.parametrize(
    "error", [ServiceUnavailable("RabbitMQ", "gone", "Check it."), PublishFailed("it is full", confirmed=0)]
)
def test_a_launch_that_dies_half_way_names_its_sweep_and_resume(store, queue, error):
    dataset = DatasetRef(name="diabetes", target="target", task=TaskType.REGRESSION)
    with pytest.raises(type(error)) as caught:
        operations.launch(make_spec(dataset=dataset), store, FailingQueue(error))
    (summary,) = store.summaries()
    assert f"`python -m shared resume {summary.sweep.sweep_id}`" in str(caught.value)
    assert operations.resume(summary.sweep.sweep_id, store, queue).published


@pytest.mark.parametrize("left", [True, False])
def test_a_deletion_that_was_cut_short_is_completed_and_said_to_be(store, sweep, monkeypatch, left):
    deleted = []
    monkeypatch.setattr(store, "delete_sweep", lambda sweep_id: deleted.append(sweep_id) or left)
    with pytest.raises(SweepNotFound):
        operations.delete("gone-000000", store, InMemoryTaskQueue())
    assert deleted == ["gone-000000"]
    said = [
        (each.action, each.subject, each.before, each.after) for each in store.audit() if each.subject != sweep.sweep_id
    ]
    assert said == ([(Action.DELETE_SWEEP, "gone-000000", "deleted in part", "deleted")] if left else [])


def interrupted(sweep_id):
    raise KeyboardInterrupt


def published(queue, epoch):
    consumer = queue.consume()
    tasks = []
    while delivery := consumer.take(queue.addresses()):
        tasks.append(delivery.task)
        consumer.acknowledge(delivery)
    consumer.close()
    return [trial for task in tasks if task.epoch == epoch for trial in task.trials]
