"""What every TaskQueue promises of settling what was delivered, over all three adapters."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from shared.adapters.embedded import EmbeddedTaskQueue
from shared.ports import Delivery, TaskConsumer, TaskQueue
from shared.testing import make_task
from tests.support.task_queues import (
    ADDRESS,
    DELIVERY_LIMIT,
    Adapter,
    becomes,
    gets_nothing,
    status,
    taken,
)


def test_an_acknowledged_task_is_gone_for_good(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer = consume()

    assert consumer.acknowledge(taken(consumer))

    consumer.close()
    assert becomes(queue, ready=0, dead=0)
    assert gets_nothing(consume())


def test_a_task_handed_back_goes_to_another_as_if_never_delivered(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [make_task()])
    leaving, staying = consume(), consume()
    first = taken(leaving)
    leaving.stop_taking()

    assert leaving.requeue(first)

    again = taken(staying)
    assert again.task == first.task
    assert not again.redelivered
    assert staying.acknowledge(again)
    assert becomes(queue, ready=0, dead=0)


def test_handing_back_costs_no_attempt(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer = consume()

    for _ in range(3 * DELIVERY_LIMIT):
        assert consumer.requeue(taken(consumer))

    assert consumer.acknowledge(taken(consumer))
    assert status(queue).dead == 0


@pytest.mark.parametrize("settle", ["acknowledge", "requeue", "reject"])
def test_settling_twice_is_a_no_op_that_returns_false(
    queue: TaskQueue, consume: Callable[[], TaskConsumer], settle: str
) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer = consume()
    delivery = taken(consumer)
    consumer.acknowledge(delivery)

    assert not _settled(consumer, delivery, settle)

    assert becomes(queue, ready=0, dead=0)


def test_what_was_taken_is_held_until_it_is_lost(
    queue_adapter: Adapter, queue: TaskQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer = queue_adapter.consume()
    delivery = taken(consumer)
    assert consumer.holds(delivery)

    queue_adapter.lose()
    if isinstance(queue, EmbeddedTaskQueue):  # a lease that nobody renewed in time
        later = time.time() + 3_600
        monkeypatch.setattr("shared.adapters.embedded.consumer.time.time", lambda: later)
    deadline = time.monotonic() + 30
    while consumer.holds(delivery):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("settle", ["acknowledge", "requeue", "reject"])
def test_settling_what_was_lost_is_a_no_op_that_returns_false(
    queue_adapter: Adapter, queue: TaskQueue, consume: Callable[[], TaskConsumer], settle: str
) -> None:
    queue.publish(ADDRESS, [make_task()])
    unlucky = queue_adapter.consume()
    lost = taken(unlucky)
    queue_adapter.lose()
    other = consume()
    again = taken(other)

    assert not _settled(unlucky, lost, settle)

    assert again.task == lost.task
    assert again.redelivered
    assert other.acknowledge(again)
    assert becomes(queue, ready=0, dead=0)


def _settled(consumer: TaskConsumer, delivery: Delivery, settle: str) -> bool:
    arguments = [delivery, "a reason"] if settle == "reject" else [delivery]
    return bool(getattr(consumer, settle)(*arguments))


def test_extending_keeps_what_is_held(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer = consume()
    delivery = taken(consumer)

    consumer.renew_leases()

    assert gets_nothing(consume())
    assert consumer.acknowledge(delivery)
