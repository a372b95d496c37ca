"""The queue of a sweep: when there is one, and when it is gone."""

from __future__ import annotations

import pytest

from shared import operations
from shared.catalog import TaskType
from shared.domain import DatasetRef, Priority
from shared.errors import PublishFailed, ServiceUnavailable, TooManySweeps
from shared.testing import InMemoryTaskQueue, make_spec, make_sweep


class AwayQueue(InMemoryTaskQueue):
    """A broker that does not answer."""

    def remove(self, address, if_empty=False):
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Check that it runs.")


def spec(*rates):
    dataset = DatasetRef(name="diabetes", target="target", task=TaskType.REGRESSION)
    return make_spec(dataset=dataset, param_grid={"learning_rate": list(rates or (0.1, 0.2))})


def test_a_launch_notes_its_queue_and_priority(store, queue):
    sweep = operations.launch(spec(), store, queue, priority=Priority.HIGH)
    (queued,) = store.queued_sweeps()
    assert (queued.sweep_id, queued.priority) == (sweep.sweep_id, Priority.HIGH)
    assert queue.addresses() == [sweep.address]


def test_cancelling_leaves_nothing(store, queue):
    sweep = operations.launch(spec(), store, queue)
    operations.cancel(sweep.sweep_id, store, queue)
    assert (queue.addresses(), store.queued_sweeps()) == ([], [])
    assert store.sweep(sweep.sweep_id).cancelled


def test_a_cancel_without_the_broker_cancels_and_leaves_the_queue_to_workers(store, queue):
    sweep = operations.launch(spec(), store, queue)
    assert operations.cancel(sweep.sweep_id, store, AwayQueue()).cancelled
    (queued,) = store.queued_sweeps()
    assert queued.cancelled


def test_a_deletion_without_the_broker_keeps_the_sweep(store, queue):
    sweep = operations.launch(spec(), store, queue)
    with pytest.raises(ServiceUnavailable, match="is not deleted"):
        operations.delete(sweep.sweep_id, store, AwayQueue())
    assert store.sweep(sweep.sweep_id).cancelled
    operations.delete(sweep.sweep_id, store, queue)
    assert (queue.addresses(), store.queued_sweeps()) == ([], [])


def test_a_resume_has_a_queue_of_its_own_and_the_old_one_is_gone(store, queue):
    sweep = operations.launch(spec(), store, queue)
    again = operations.resume(sweep.sweep_id, store, queue)
    assert queue.addresses() == [again.address]
    assert again.epoch == 2


def test_the_501st_launch_is_refused_before_anything_is_stored(store, queue):
    for number in range(operations.MOST_QUEUED_SWEEPS):
        store.save_sweep(make_sweep(f"sweep-{number}", queued=True))
    with pytest.raises(TooManySweeps, match=r"500 sweeps are running.*cancel some"):
        operations.launch(spec(), store, queue)
    assert len(store.summaries()) == operations.MOST_QUEUED_SWEEPS
    assert store.datasets() == []
    store.save_sweep(make_sweep("sweep-0", queued=False))
    operations.launch(spec(), store, queue)


def test_a_publication_whose_sweep_is_cancelled_meanwhile_ends_quietly_and_leaves_no_queue(store, queue):
    class CancelledMeanwhile(InMemoryTaskQueue):
        def publish(self, address, tasks, on_progress=None):
            super().publish(address, tasks)
            operations.cancel(address.sweep_id, store, self)
            raise PublishFailed("the queue of the tasks was removed", 1)

    queue = CancelledMeanwhile()
    assert operations.launch(spec(), store, queue).cancelled
    assert (queue.addresses(), store.queued_sweeps()) == ([], [])
