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

    def status(self, addresses):
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Check that it runs.")


class MuteQueue(InMemoryTaskQueue):
    """A broker that answers, but for one queue."""

    def __init__(self, mute=None):
        super().__init__()
        self.mute = mute

    def remove(self, address, if_empty=False):
        if address == self.mute:
            raise ServiceUnavailable("RabbitMQ", "it does not answer", "Check that most of its nodes run.")
        return super().remove(address, if_empty)


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


def launched_mute(store):
    queue = MuteQueue()
    sweep = operations.launch(spec(), store, queue)
    queue.mute = sweep.address
    return sweep, queue


@pytest.mark.parametrize("again", [operations.resume, operations.retry_failed])
def test_a_sweep_whose_queue_does_not_answer_gets_another_and_leaves_that_one(store, again):
    sweep, queue = launched_mute(store)
    after = again(sweep.sweep_id, store, queue)
    assert (after.epoch, after.published, after.queued) == (2, True, True)
    assert queue.status([after.address]).ready > 0
    assert store.left_queues() == [sweep.address]


def test_a_queue_that_is_left_takes_a_place_until_it_is_gone(store):
    sweep, queue = launched_mute(store)
    for number in range(operations.MOST_QUEUED_SWEEPS - 1):
        store.save_sweep(make_sweep(f"sweep-{number}", queued=True))
    with pytest.raises(TooManySweeps):
        operations.resume(sweep.sweep_id, store, queue)
    assert store.sweep(sweep.sweep_id) == sweep
    store.save_sweep(make_sweep("sweep-0", queued=False))
    operations.resume(sweep.sweep_id, store, queue)
    with pytest.raises(
        TooManySweeps, match=r"^499 sweeps are running.*with 1 queue that did not answer.*500 queues count"
    ):
        operations.launch(spec(0.3), store, queue)


def test_a_sweep_whose_queue_does_not_answer_is_deleted_and_leaves_it(store):
    sweep, queue = launched_mute(store)
    operations.delete(sweep.sweep_id, store, queue)
    assert (store.summaries(), store.left_queues()) == ([], [sweep.address])


def test_a_sweep_whose_queue_does_not_answer_is_cancelled_and_resumed(store):
    sweep, queue = launched_mute(store)
    assert operations.cancel(sweep.sweep_id, store, queue).cancelled
    after = operations.resume(sweep.sweep_id, store, queue)
    assert queue.status([after.address]).ready > 0
    assert store.left_queues() == [sweep.address]


def test_a_publication_that_was_overtaken_leaves_a_queue_that_does_not_answer(store):
    class CancelledMeanwhile(MuteQueue):
        def publish(self, address, tasks, on_progress=None):
            published = super().publish(address, tasks)
            self.mute = address
            operations.cancel(address.sweep_id, store, self)
            return published

    queue = CancelledMeanwhile()
    sweep = operations.launch(spec(), store, queue)
    assert sweep.cancelled
    assert store.left_queues() == [sweep.address]
