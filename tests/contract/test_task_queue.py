"""What the TaskQueue port promises, held against every queue_adapter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import wait

import pytest

from shared.domain import Task
from shared.ports import Delivery, TaskConsumer, TaskQueue
from shared.testing import make_task
from tests.support.task_queues import (
    DEADLINE_SECONDS,
    DELIVERY_LIMIT,
    Adapter,
    becomes,
    gets_nothing,
    take,
    taken,
)

# --- publishing --------------------------------------------------------------------------------------------------


def test_publishing_returns_how_many_tasks_were_published(queue: TaskQueue) -> None:
    assert queue.publish(make_task(key) for key in range(5)) == 5
    assert becomes(queue.status, ready=5, consumers=0, dead=0)


def test_publishing_nothing_is_no_error(queue: TaskQueue) -> None:
    assert queue.publish([]) == 0
    assert queue.status().ready == 0


def test_progress_grows_to_the_number_of_tasks(queue: TaskQueue) -> None:
    progress: list[int] = []

    queue.publish((make_task(key) for key in range(3_000)), progress.append)

    assert progress[-1] == 3_000
    assert progress == sorted(progress)


def test_the_stream_is_pulled_no_further_than_a_window_ahead(queue: TaskQueue) -> None:
    pulled = 0
    ahead: list[int] = []

    def tasks() -> Iterator[Task]:
        nonlocal pulled
        for _ in range(5_000):
            pulled += 1
            yield task

    task = make_task()
    queue.publish(tasks(), lambda confirmed: ahead.append(pulled - confirmed))

    assert max(ahead) <= 1_000


def test_an_error_of_the_stream_reaches_the_caller_and_leaves_the_queue_in_order(queue: TaskQueue) -> None:
    def tasks() -> Iterator[Task]:
        yield make_task()
        raise LookupError("the planner is wrong")

    with pytest.raises(LookupError, match="the planner is wrong"):
        queue.publish(tasks())

    assert queue.publish([make_task()]) == 1


def test_an_error_of_the_progress_callback_reaches_the_caller(queue: TaskQueue) -> None:
    def stop(_: int) -> None:
        raise LookupError("the user left")

    with pytest.raises(LookupError, match="the user left"):
        queue.publish((make_task(key) for key in range(2_500)), stop)

    assert queue.publish([make_task()]) == 1


def test_tasks_outlast_the_instance_that_published_them(queue_adapter: Adapter) -> None:
    publisher = queue_adapter.open()
    publisher.publish(make_task(key) for key in range(3))
    publisher.close()

    assert becomes(queue_adapter.open().status, ready=3)


# --- delivering --------------------------------------------------------------------------------------------------


def test_tasks_arrive_unchanged_in_the_order_of_publishing(
    queue: TaskQueue, consume: Callable[..., TaskConsumer]
) -> None:
    tasks = [make_task(key, trials=1 + key % 3) for key in range(20)]
    queue.publish(tasks)

    consumer = consume(prefetch=20)

    deliveries = [taken(consumer) for _ in tasks]
    assert [delivery.task for delivery in deliveries] == tasks
    assert not any(delivery.redelivered for delivery in deliveries)


def test_an_empty_queue_has_nothing_to_take(consume: Callable[..., TaskConsumer]) -> None:
    assert gets_nothing(consume())


def test_a_consumer_holds_no_more_than_prefetch(queue: TaskQueue, consume: Callable[..., TaskConsumer]) -> None:
    queue.publish(make_task(key) for key in range(3))
    consumer = consume(prefetch=2)
    first = taken(consumer)
    taken(consumer)

    assert gets_nothing(consumer)
    consumer.acknowledge(first)
    assert take(consumer) is not None


def test_what_one_consumer_may_not_hold_goes_to_another(queue: TaskQueue, consume: Callable[..., TaskConsumer]) -> None:
    queue.publish(make_task(key) for key in range(2))

    held = {taken(consume()).task.trials[0].trial_id for _ in range(2)}

    assert len(held) == 2


@pytest.mark.slow
def test_two_consumers_never_hold_one_task_at_once(queue_adapter: Adapter) -> None:
    queue_adapter.open().publish(make_task(key) for key in range(200))
    held: set[str] = set()
    done: list[str] = []
    clashes: list[str] = []
    lock = threading.Lock()

    def work() -> None:
        consumer = queue_adapter.open().consume(prefetch=3)
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


def test_the_wakeup_object_is_readable_when_there_is_a_task_to_take(
    queue: TaskQueue, consume: Callable[..., TaskConsumer]
) -> None:
    consumer = consume(prefetch=1)
    readable = consumer.wakeup()
    if readable is None:  # an queue_adapter that is polled
        return

    assert not wait([readable], timeout=0.2)
    queue.publish(make_task(key) for key in range(2))
    assert wait([readable], timeout=DEADLINE_SECONDS)
    delivery = taken(consumer)
    assert not wait([readable], timeout=0.2), "it holds all it may"
    consumer.acknowledge(delivery)
    assert wait([readable], timeout=DEADLINE_SECONDS)


# --- settling ----------------------------------------------------------------------------------------------------


def test_an_acknowledged_task_is_gone_for_good(queue: TaskQueue, consume: Callable[..., TaskConsumer]) -> None:
    queue.publish([make_task()])
    consumer = consume()

    assert consumer.acknowledge(taken(consumer))

    consumer.close()
    assert becomes(queue.status, ready=0, dead=0)
    assert gets_nothing(consume())


def test_a_task_handed_back_goes_to_another_as_if_never_delivered(
    queue: TaskQueue, consume: Callable[..., TaskConsumer]
) -> None:
    queue.publish([make_task()])
    leaving, staying = consume(), consume()
    holder, other = (leaving, staying) if (first := take(leaving, 2)) else (staying, leaving)
    first = first or taken(staying)
    holder.stop_taking()

    assert holder.hand_back(first)

    again = taken(other)
    assert again.task == first.task
    assert not again.redelivered
    assert other.acknowledge(again)
    assert becomes(queue.status, ready=0, dead=0)


def test_handing_back_costs_no_attempt(queue: TaskQueue, consume: Callable[..., TaskConsumer]) -> None:
    queue.publish([make_task()])
    consumer = consume()

    for _ in range(3 * DELIVERY_LIMIT):
        assert consumer.hand_back(taken(consumer))

    assert consumer.acknowledge(taken(consumer))
    assert queue.status().dead == 0


def test_a_rejected_task_becomes_a_dead_letter_with_its_reason(
    queue: TaskQueue, consume: Callable[..., TaskConsumer]
) -> None:
    queue.publish([make_task()])
    consumer = consume()

    assert consumer.reject(taken(consumer), "its sweep is unknown")

    [letter] = queue.dead_letters()
    assert Task.decode(letter.body.encode()) == make_task()
    assert letter.reason == "its sweep is unknown"
    assert letter.died_at is not None
    assert abs(letter.died_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert gets_nothing(consumer)
    assert becomes(queue.status, ready=0, dead=1)


@pytest.mark.parametrize("settle", ["acknowledge", "hand_back", "reject"])
def test_settling_twice_is_a_no_op_that_returns_false(
    queue: TaskQueue, consume: Callable[..., TaskConsumer], settle: str
) -> None:
    queue.publish([make_task()])
    consumer = consume()
    delivery = taken(consumer)
    consumer.acknowledge(delivery)

    assert not _settled(consumer, delivery, settle)

    assert becomes(queue.status, ready=0, dead=0)


@pytest.mark.parametrize("settle", ["acknowledge", "hand_back", "reject"])
def test_settling_what_was_lost_is_a_no_op_that_returns_false(
    queue_adapter: Adapter, queue: TaskQueue, consume: Callable[..., TaskConsumer], settle: str
) -> None:
    queue.publish([make_task()])
    unlucky = queue_adapter.consume(1)
    lost = taken(unlucky)
    queue_adapter.lose()
    other = consume()
    again = taken(other)

    assert not _settled(unlucky, lost, settle)

    assert again.task == lost.task
    assert again.redelivered
    assert other.acknowledge(again)
    assert becomes(queue.status, ready=0, dead=0)


def _settled(consumer: TaskConsumer, delivery: Delivery, settle: str) -> bool:
    arguments = [delivery, "a reason"] if settle == "reject" else [delivery]
    return bool(getattr(consumer, settle)(*arguments))


def test_extending_keeps_what_is_held(queue: TaskQueue, consume: Callable[..., TaskConsumer]) -> None:
    queue.publish([make_task()])
    consumer = consume()
    delivery = taken(consumer)

    consumer.extend()

    assert gets_nothing(consume())
    assert consumer.acknowledge(delivery)


@pytest.mark.slow
def test_a_task_that_comes_back_too_often_becomes_a_dead_letter(
    queue: TaskQueue, consume: Callable[..., TaskConsumer]
) -> None:
    queue.publish([make_task()])

    deliveries = 0
    consumer = consume()
    while (take(consumer, seconds=2)) is not None:
        deliveries += 1
        consumer.close()
        consumer = consume()

    assert deliveries == DELIVERY_LIMIT + 1
    assert becomes(queue.status, ready=0, dead=1)
    [letter] = queue.dead_letters()
    assert Task.decode(letter.body.encode()) == make_task()
    assert letter.reason == f"it was delivered {deliveries} times and never acknowledged"
    assert letter.died_at is not None


# --- leaving -----------------------------------------------------------------------------------------------------


def test_closing_returns_what_is_held(queue: TaskQueue, consume: Callable[..., TaskConsumer]) -> None:
    queue.publish(make_task(key) for key in range(3))
    leaving = consume(prefetch=2)
    held = [taken(leaving).task for _ in range(2)]

    leaving.close()

    other = consume(prefetch=3)
    deliveries = [taken(other) for _ in range(3)]
    assert {d.task.trials[0].trial_id for d in deliveries if d.redelivered} == {t.trials[0].trial_id for t in held}


def test_closing_costs_no_attempt_for_what_was_never_taken(
    queue: TaskQueue, consume: Callable[..., TaskConsumer]
) -> None:
    queue.publish(make_task(key) for key in range(3))
    leaving = consume(prefetch=3)
    leaving.acknowledge(taken(leaving))

    leaving.close()

    other = consume(prefetch=3)
    assert not any(taken(other).redelivered for _ in range(2))


@pytest.mark.slow
def test_after_stop_taking_what_is_held_stays_held_and_the_rest_goes_to_others(
    queue: TaskQueue, consume: Callable[..., TaskConsumer]
) -> None:
    queue.publish(make_task(key) for key in range(3))
    stopping = consume(prefetch=2)
    held = taken(stopping)

    stopping.stop_taking()

    assert gets_nothing(stopping)
    other = consume(prefetch=3)
    rest = [taken(other) for _ in range(2)]
    assert gets_nothing(other)
    assert held.task not in [delivery.task for delivery in rest]
    assert stopping.acknowledge(held)


def test_closing_twice_is_no_error(consume: Callable[..., TaskConsumer]) -> None:
    consumer = consume()
    consumer.close()
    consumer.close()


# --- dead letters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"\xff\x00 no text", b"{}", make_task(schema_version=99).encode()], ids=["bytes", "fields", "version"]
)
def test_what_is_not_a_task_is_dead_lettered_with_its_reason_and_stops_nothing(
    queue_adapter: Adapter, queue: TaskQueue, consume: Callable[..., TaskConsumer], body: bytes
) -> None:
    queue_adapter.put(body)
    queue.publish([make_task()])

    assert taken(consume(prefetch=1)).task == make_task()

    [letter] = queue.dead_letters()
    assert letter.body == body.decode(errors="replace")
    assert letter.reason


@pytest.mark.slow
def test_dead_letters_stay_in_their_order_until_discarded(queue_adapter: Adapter, queue: TaskQueue) -> None:
    consumer = queue.consume(1)
    for number in range(3):
        queue_adapter.put(f"letter {number}".encode())
        assert gets_nothing(consumer)
    consumer.close()

    for _ in range(25):
        assert [letter.body for letter in queue.dead_letters()] == ["letter 0", "letter 1", "letter 2"]
    assert [letter.body for letter in queue.dead_letters(limit=2)] == ["letter 0", "letter 1"]
    assert queue.discard_dead_letters() == 3
    assert queue.dead_letters() == []
    assert queue.discard_dead_letters() == 0


# --- status ------------------------------------------------------------------------------------------------------


def test_the_status_counts_tasks_and_consumers(queue: TaskQueue, consume: Callable[..., TaskConsumer]) -> None:
    queue.publish(make_task(key) for key in range(5))
    first, second = consume(prefetch=1), consume(prefetch=1)
    held = taken(first)
    taken(second)

    assert becomes(queue.status, ready=3, consumers=2, dead=0)
    assert queue.status().unacknowledged in (2, None)  # AMQP does not tell
    second.close()
    assert becomes(queue.status, ready=4, consumers=1)
    first.acknowledge(held)
    first.stop_taking()
    assert becomes(queue.status, ready=4, consumers=0)
