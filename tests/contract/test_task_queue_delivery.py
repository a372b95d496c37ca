"""What every TaskQueue promises of delivering, over all three adapters."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from shared.ports import TaskConsumer, TaskQueue
from shared.testing import make_task
from tests.support.task_queues import (
    ADDRESS,
    Adapter,
    becomes,
    gets_nothing,
    take,
    taken,
)


def test_tasks_arrive_unchanged_in_the_order_of_publishing(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    tasks = [make_task(key, trials=1 + key % 3) for key in range(20)]
    queue.publish(ADDRESS, tasks)

    consumer = consume()

    deliveries = [taken(consumer) for _ in tasks]
    assert [delivery.task for delivery in deliveries] == tasks
    assert not any(delivery.redelivered for delivery in deliveries)


def test_an_empty_queue_has_nothing_to_take(consume: Callable[[], TaskConsumer]) -> None:
    assert gets_nothing(consume())


def test_what_one_consumer_did_not_take_another_can(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, (make_task(key) for key in range(2)))

    first, second = consume(), consume()

    assert taken(first).task == make_task(0)
    assert taken(second).task == make_task(1)
    assert gets_nothing(first)


@pytest.mark.slow
def test_two_consumers_never_hold_one_task_at_once(queue_adapter: Adapter) -> None:
    queue_adapter.open().publish(ADDRESS, (make_task(key) for key in range(200)))
    held: set[str] = set()
    done: list[str] = []
    clashes: list[str] = []
    lock = threading.Lock()

    def work() -> None:
        consumer = queue_adapter.open().consume()
        while len(done) < 200 and (delivery := take(consumer, seconds=2)) is not None:
            trial_id = delivery.task.trials[0].trial_id
            with lock:
                clashes.extend({trial_id} & held)
                held.add(trial_id)
            time.sleep(0.001)
            with lock:
                held.discard(trial_id)
                done.append(trial_id)
            assert consumer.acknowledge(delivery)
        consumer.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not clashes
    assert len(done) == len(set(done)) == 200


def test_what_is_looked_for_ahead_is_taken_next(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, [make_task(number) for number in range(4)])
    consumer = consume()
    found = [taken(consumer)]
    for _ in range(3):
        consumer.look_ahead([ADDRESS])
        assert consumer.acknowledge(found[-1])
        found.append(taken(consumer))

    assert [each.task for each in found] == [make_task(number) for number in range(4)]
    assert not any(each.redelivered for each in found)
    consumer.look_ahead([ADDRESS])
    assert consumer.take([]) is None  # nothing is left
    assert consumer.acknowledge(found[-1])
    assert becomes(queue, ready=0, dead=0)


@pytest.mark.parametrize("how", ["give_back", "stop_taking", "close"])
def test_what_was_looked_for_ahead_and_not_taken_goes_to_another_as_if_never_delivered(
    queue: TaskQueue, consume: Callable[[], TaskConsumer], how: str
) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer, other = consume(), consume()
    assert gets_nothing(consumer, make_task(epoch=7).address)  # which is connected then
    consumer.look_ahead([ADDRESS])
    getattr(consumer, how)()

    again = taken(other)
    assert not again.redelivered
    assert other.acknowledge(again)
    assert becomes(queue, ready=0, dead=0)


def test_closing_returns_what_is_held(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, (make_task(key) for key in range(3)))
    leaving = consume()
    held = [taken(leaving).task for _ in range(2)]

    leaving.close()

    other = consume()
    deliveries = [taken(other) for _ in range(3)]
    assert {d.task.trials[0].trial_id for d in deliveries if d.redelivered} == {t.trials[0].trial_id for t in held}


def test_closing_costs_no_attempt_for_what_was_never_taken(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, (make_task(key) for key in range(3)))
    leaving = consume()
    leaving.acknowledge(taken(leaving))

    leaving.close()

    other = consume()
    assert not any(taken(other).redelivered for _ in range(2))


@pytest.mark.slow
def test_after_stop_taking_what_is_held_stays_held_and_the_rest_goes_to_others(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, (make_task(key) for key in range(3)))
    stopping = consume()
    held = taken(stopping)

    stopping.stop_taking()

    assert gets_nothing(stopping)
    other = consume()
    rest = [taken(other) for _ in range(2)]
    assert gets_nothing(other)
    assert held.task not in [delivery.task for delivery in rest]
    assert stopping.acknowledge(held)


def test_closing_twice_is_no_error(consume: Callable[[], TaskConsumer]) -> None:
    consumer = consume()
    consumer.close()
    consumer.close()
