"""A task that is handed back goes behind those that wait: a worker that cannot do it now does the others first."""

from __future__ import annotations

from collections.abc import Callable

from shared.ports import TaskConsumer, TaskQueue
from shared.testing import make_task
from tests.support.task_queues import ADDRESS, taken


def test_a_task_that_is_handed_back_comes_after_the_others(
    queue: TaskQueue, consume: Callable[..., TaskConsumer]
) -> None:
    queue.publish(ADDRESS, (make_task(number) for number in range(3)))
    consumer = consume()
    first = taken(consumer)
    assert consumer.requeue(first)
    came = []
    for _ in range(3):
        delivery = taken(consumer)
        came.append(delivery.task)
        assert not delivery.redelivered
        assert consumer.acknowledge(delivery)
    assert came == [make_task(1), make_task(2), make_task(0)]
