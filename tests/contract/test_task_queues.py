"""Many queues: which one a task comes from, and how they begin and end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from shared.domain import Task, TaskAddress
from shared.errors import PublishFailed
from shared.ports import TaskConsumer, TaskQueue
from shared.testing import make_task
from tests.support.task_queues import ADDRESS, DELIVERY_LIMIT, OTHER, Adapter, becomes, gets_nothing, status, taken

NOWHERE = TaskAddress(sweep_id="never-published", epoch=1)


def of(address: TaskAddress, key: object = 0, **changes: object) -> Task:
    return make_task(key, address.sweep_id, epoch=address.epoch, **changes)


# --- choosing ----------------------------------------------------------------------------------------------------


def test_the_first_queue_that_has_a_task_gives_it(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, [of(ADDRESS)])
    queue.publish(OTHER, [of(OTHER, key) for key in range(2)])
    consumer = consume()

    first, second, third = taken(consumer, OTHER), taken(consumer, NOWHERE, ADDRESS, OTHER), taken(consumer, OTHER)

    assert [each.address for each in (first, second, third)] == [OTHER, ADDRESS, OTHER]
    assert [each.task.sweep_id for each in (first, second, third)] == [OTHER.sweep_id, ADDRESS.sweep_id, OTHER.sweep_id]


def test_a_queue_that_is_not_named_gives_nothing(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(OTHER, [of(OTHER)])
    consumer = consume()

    assert gets_nothing(consumer, ADDRESS)
    assert consumer.take([]) is None
    assert taken(consumer, OTHER).address == OTHER


def test_epochs_of_a_sweep_are_queues_of_their_own(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    later = TaskAddress(sweep_id=ADDRESS.sweep_id, epoch=2)
    queue.publish(ADDRESS, [of(ADDRESS)])
    queue.publish(later, [of(later)])

    assert taken(consume(), later).task.epoch == 2
    assert queue.remove(later)
    assert taken(consume()).task.epoch == 1


def test_taking_makes_no_queue(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    consumer = consume()
    assert gets_nothing(consumer, NOWHERE)

    queue.publish(ADDRESS, [make_task()])

    assert status(queue, NOWHERE).ready == 0
    assert consumer.acknowledge(taken(consumer, NOWHERE, ADDRESS))


def test_what_is_held_outlasts_asking_a_queue_that_does_not_exist(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer = consume()
    held = taken(consumer)

    assert gets_nothing(consumer, NOWHERE, ADDRESS)
    assert gets_nothing(consume())

    assert consumer.acknowledge(held)
    assert becomes(queue, ready=0)
    assert gets_nothing(consume())


def test_a_queue_that_was_empty_is_heard_again_within_seconds(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [])
    consumer = consume()
    assert gets_nothing(consumer)
    queue.publish(ADDRESS, [make_task()])
    started = time.monotonic()

    taken(consumer)

    assert time.monotonic() - started < 5


def test_a_task_handed_back_goes_to_the_end_of_its_own_queue(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [of(ADDRESS, key) for key in range(3)])
    queue.publish(OTHER, [of(OTHER)])
    consumer = consume()

    assert consumer.requeue(taken(consumer))

    assert [taken(consumer).task for _ in range(3)] == [of(ADDRESS, key) for key in (1, 2, 0)]
    assert becomes(queue, OTHER, ready=1)


@pytest.mark.slow
def test_two_hundred_queues_each_give_what_they_have(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    addresses = [TaskAddress(sweep_id=f"sweep-{number:03}", epoch=1) for number in range(200)]
    for address in addresses:
        queue.publish(address, [of(address)])
    consumer = consume()

    held = [taken(consumer, *addresses) for _ in addresses]

    assert {delivery.address for delivery in held} == set(addresses)
    assert gets_nothing(consumer, *addresses)
    assert all(consumer.acknowledge(delivery) for delivery in held)
    assert becomes(queue, *addresses, ready=0, dead=0)
    assert all(queue.remove(address) for address in addresses)


# --- messages of other versions ----------------------------------------------------------------------------------


def test_messages_of_another_version_wait_for_workers_that_know_them(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, (make_task(key, schema_version=99) for key in range(2_000)))
    queue.publish(OTHER, [of(OTHER)])
    consumer = consume()

    assert gets_nothing(consumer)
    assert taken(consumer, ADDRESS, OTHER).address == OTHER

    assert becomes(queue, ready=2_000, dead=0)


def test_a_message_of_another_version_is_never_dead_however_often_it_is_seen(
    queue_adapter: Adapter, queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [])
    queue_adapter.put(ADDRESS, b'{"schema_version": 99, "sweep": "new words"}')

    for _ in range(2 * DELIVERY_LIMIT):
        consumer = consume()
        assert consumer.take([ADDRESS]) is None
        consumer.close()

    assert becomes(queue, ready=1, dead=0)


# --- removing ----------------------------------------------------------------------------------------------------


def test_a_queue_is_removed_with_all_that_is_in_it(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, (make_task(key) for key in range(12_000)))
    queue.publish(OTHER, [of(OTHER)])

    assert queue.remove(ADDRESS)

    assert status(queue, ADDRESS, OTHER).ready_by_sweep.get(ADDRESS.sweep_id, 0) == 0
    consumer = consume()
    assert taken(consumer, ADDRESS, OTHER).address == OTHER
    assert gets_nothing(consumer, ADDRESS)


def test_removing_what_is_not_there_is_no_error(queue: TaskQueue) -> None:
    assert queue.remove(NOWHERE)
    assert queue.remove(NOWHERE, if_empty=True)


def test_a_queue_with_tasks_stays_where_only_an_empty_one_was_to_go(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [make_task()])
    assert becomes(queue, ready=1)

    assert not queue.remove(ADDRESS, if_empty=True)

    held = taken(consume())
    assert held.task == make_task()
    assert becomes(queue, ready=0)
    assert queue.remove(ADDRESS, if_empty=True), "what is held does not count"


def test_what_is_held_of_a_removed_queue_comes_to_nobody_again(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [make_task(key) for key in range(2)])
    consumer = consume()
    first, second = taken(consumer), taken(consumer)

    queue.remove(ADDRESS)

    assert not consumer.requeue(first), "its queue is gone"
    consumer.acknowledge(second)
    consumer.close()
    queue.publish(ADDRESS, [make_task("later")])
    assert taken(consume()).task == make_task("later")
    assert becomes(queue, ready=0, dead=0)


def test_a_queue_that_was_removed_can_be_published_anew(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    consumer = consume()
    for key in range(3):
        queue.publish(ADDRESS, [make_task(key)])
        assert taken(consumer).task == make_task(key)
        assert queue.remove(ADDRESS)


def test_a_publication_whose_queue_is_removed_fails_and_leaves_no_queue(queue: TaskQueue) -> None:
    def tasks() -> Iterator[Task]:
        for key in range(5_000):
            if key == 3_000:
                queue.remove(ADDRESS)
            yield make_task(key)

    with pytest.raises(PublishFailed, match="queue") as caught:
        queue.publish(ADDRESS, tasks())

    assert caught.value.confirmed <= 3_000
    assert status(queue).ready == 0
    assert queue.publish(ADDRESS, [make_task()]) == 1
    assert becomes(queue, ready=1)


# --- status ------------------------------------------------------------------------------------------------------


def test_the_status_sums_over_the_queues_that_are_named(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    later = TaskAddress(sweep_id=ADDRESS.sweep_id, epoch=2)
    queue.publish(ADDRESS, [make_task(key) for key in range(5)])
    queue.publish(later, [of(later)])
    queue.publish(OTHER, [of(OTHER, key) for key in range(2)])
    consumer = consume()
    held = taken(consumer)

    assert becomes(queue, ADDRESS, later, OTHER, NOWHERE, ADDRESS, ready=7, dead=0)
    counts = status(queue, ADDRESS, later, OTHER)
    assert counts.unacknowledged in (1, None)  # AMQP does not tell
    assert counts.ready_by_sweep == {ADDRESS.sweep_id: 5, OTHER.sweep_id: 2}
    assert status(queue, OTHER).ready == 2
    assert queue.status([]).ready == 0
    consumer.reject(held, "it is wrong")
    assert becomes(queue, OTHER, ready=2, dead=1)


def test_the_status_names_the_queues_that_do_not_exist(queue: TaskQueue) -> None:
    queue.publish(ADDRESS, [make_task()])
    queue.publish(OTHER, [])
    assert status(queue, ADDRESS, OTHER, NOWHERE).missing == (NOWHERE,)
    assert status(queue, OTHER).missing == ()

    queue.remove(OTHER)
    assert status(queue, ADDRESS, OTHER).missing == (OTHER,)
