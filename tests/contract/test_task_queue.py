"""What the TaskQueue port promises, held against every queue_adapter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.embedded import EmbeddedTaskQueue
from shared.domain import Task
from shared.ports import Delivery, TaskConsumer, TaskQueue
from shared.testing import make_task
from tests.support.task_queues import (
    ADDRESS,
    DELIVERY_LIMIT,
    Adapter,
    becomes,
    gets_nothing,
    status,
    take,
    taken,
)

# --- publishing --------------------------------------------------------------------------------------------------


def test_publishing_returns_how_many_tasks_were_published(queue: TaskQueue) -> None:
    assert queue.publish(ADDRESS, (make_task(key) for key in range(5))) == 5
    assert becomes(queue, ready=5, dead=0)


def test_publishing_nothing_is_no_error(queue: TaskQueue) -> None:
    assert queue.publish(ADDRESS, []) == 0
    assert status(queue).ready == 0


def test_progress_grows_to_the_number_of_tasks(queue: TaskQueue) -> None:
    progress: list[int] = []

    queue.publish(ADDRESS, (make_task(key) for key in range(3_000)), progress.append)

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
    queue.publish(ADDRESS, tasks(), lambda confirmed: ahead.append(pulled - confirmed))

    assert max(ahead) <= 1_000


def test_an_error_of_the_stream_reaches_the_caller_and_leaves_the_queue_in_order(queue: TaskQueue) -> None:
    def tasks() -> Iterator[Task]:
        yield make_task()
        raise LookupError("the planner is wrong")

    with pytest.raises(LookupError, match="the planner is wrong"):
        queue.publish(ADDRESS, tasks())

    assert queue.publish(ADDRESS, [make_task()]) == 1


def test_an_error_of_the_progress_callback_reaches_the_caller(queue: TaskQueue) -> None:
    def stop(_: int) -> None:
        raise LookupError("the user left")

    with pytest.raises(LookupError, match="the user left"):
        queue.publish(ADDRESS, (make_task(key) for key in range(2_500)), stop)

    assert queue.publish(ADDRESS, [make_task()]) == 1


def test_tasks_outlast_the_instance_that_published_them(queue_adapter: Adapter) -> None:
    publisher = queue_adapter.open()
    publisher.publish(ADDRESS, (make_task(key) for key in range(3)))
    publisher.close()

    assert becomes(queue_adapter.open(), ready=3)


# --- delivering --------------------------------------------------------------------------------------------------


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


# --- settling ----------------------------------------------------------------------------------------------------


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


def test_handing_back_costs_no_attempt(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    queue.publish(ADDRESS, [make_task()])
    consumer = consume()

    for _ in range(3 * DELIVERY_LIMIT):
        assert consumer.requeue(taken(consumer))

    assert consumer.acknowledge(taken(consumer))
    assert status(queue).dead == 0


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


# --- leaving -----------------------------------------------------------------------------------------------------


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


# --- dead letters ------------------------------------------------------------------------------------------------


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
