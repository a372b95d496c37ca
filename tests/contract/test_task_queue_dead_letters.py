"""What every TaskQueue promises of dead letters, over all three adapters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain import Task
from shared.ports import TaskConsumer, TaskQueue
from shared.testing import make_task
from tests.support.task_queues import (
    ADDRESS,
    DELIVERY_LIMIT,
    Adapter,
    becomes,
    gets_nothing,
    take,
    taken,
)


def test_a_rejected_task_becomes_a_dead_letter_with_its_reason(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer = consume()

    assert consumer.reject(taken(consumer), "its sweep is unknown")

    [letter] = queue.dead_letters()
    assert Task.decode(letter.body.encode()) == make_task()
    assert letter.reason == "its sweep is unknown"
    assert letter.died_at is not None
    assert abs(letter.died_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert gets_nothing(consumer)
    assert becomes(queue, ready=0, dead=1)


@pytest.mark.slow
def test_a_task_that_comes_back_too_often_becomes_a_dead_letter(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, [make_task()])

    deliveries = 0
    consumer = consume()
    while (take(consumer, seconds=2)) is not None:
        deliveries += 1
        consumer.close()
        consumer = consume()

    assert deliveries == DELIVERY_LIMIT + 1
    assert becomes(queue, ready=0, dead=1)
    [letter] = queue.dead_letters()
    assert Task.decode(letter.body.encode()) == make_task()
    assert letter.reason == f"it was delivered {deliveries} times and never acknowledged"
    assert letter.died_at is not None


@pytest.mark.parametrize("body", [b"\xff\x00 no text", b"{}", b'{"a":' * 100_000], ids=["bytes", "fields", "nested"])
def test_what_is_not_a_task_is_dead_lettered_with_its_reason_and_stops_nothing(
    queue_adapter: Adapter, queue: TaskQueue, consume: Callable[[], TaskConsumer], body: bytes
) -> None:
    queue.publish(ADDRESS, [])
    queue_adapter.put(ADDRESS, body)
    queue.publish(ADDRESS, [make_task()])

    assert taken(consume()).task == make_task()

    [letter] = queue.dead_letters()
    assert letter.body == body.decode(errors="replace")
    assert letter.reason


@pytest.mark.slow
def test_dead_letters_stay_in_their_order_until_discarded(queue_adapter: Adapter, queue: TaskQueue) -> None:
    queue.publish(ADDRESS, [])
    for number in range(3):
        queue_adapter.put(ADDRESS, f"letter {number}".encode())
    consumer = queue.consume()
    assert gets_nothing(consumer)
    consumer.close()
    assert becomes(queue, ready=0, dead=3)

    for _ in range(25):
        assert [letter.body for letter in queue.dead_letters()] == ["letter 0", "letter 1", "letter 2"]
    assert [letter.body for letter in queue.dead_letters(limit=2)] == ["letter 0", "letter 1"]
    assert queue.discard_dead_letters() == 3
    assert queue.dead_letters() == []
    assert queue.discard_dead_letters() == 0
