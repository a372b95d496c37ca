"""Consuming from RabbitMQ when connections break and time passes."""

from __future__ import annotations

import contextlib
import socket
import time
from datetime import UTC, datetime

import pytest
from pika.exceptions import ChannelClosedByBroker

from shared.adapters.rabbitmq import Topology
from shared.domain import Task
from shared.errors import ServiceUnavailable
from shared.ports import Delivery, TaskConsumer
from shared.testing import make_task
from tests.support.gate import Gate
from tests.support.rabbitmq_server import Consume, OpenQueue, channel_to, through
from tests.support.task_queues import ADDRESS, DEADLINE_SECONDS, OTHER, becomes, drained, take, taken

pytestmark = pytest.mark.slow

# --- consuming ---------------------------------------------------------------------------------------------------


def test_a_consumer_reconnects_and_keeps_the_task_that_comes_back_to_it(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(ADDRESS, (make_task(key) for key in range(2)))
    consumer = consume_rabbitmq(open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    held = taken(consumer)

    rabbitmq_gate.cut()

    # the broker gives it the same task again, which is no second task
    assert taken(consumer).task == make_task(1)
    assert consumer.acknowledge(held)
    assert drained(queue, consumer) == []


def test_a_consumer_drops_a_task_that_was_published_twice_while_it_holds_it(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(ADDRESS, [make_task()])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)

    queue.publish(ADDRESS, [make_task(), make_task("another")])

    assert taken(consumer).task == make_task("another")
    assert consumer.acknowledge(held)


def test_a_broker_that_stays_away_is_unavailable_to_a_consumer_until_it_returns(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names, patience_seconds=0.5)
    queue.publish(ADDRESS, [make_task()])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)

    rabbitmq_gate.shut()

    with pytest.raises(ServiceUnavailable, match="RabbitMQ does not answer"):
        take(consumer)
    assert not consumer.acknowledge(held)
    rabbitmq_gate.open()
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (again := _take_or_none(consumer)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert again is not None
    assert again.redelivered


def _take_or_none(consumer: TaskConsumer) -> Delivery | None:
    with contextlib.suppress(ServiceUnavailable):
        return consumer.take([ADDRESS])
    return None


def test_a_broker_that_is_silent_does_not_keep_a_consumer_from_leaving(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names)
    queue.publish(ADDRESS, [make_task()])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)
    rabbitmq_gate.freeze()

    assert not consumer.requeue(held)
    consumer.close()

    rabbitmq_gate.shut()
    assert taken(consume_rabbitmq(open_rabbitmq(rabbitmq_url, rabbitmq_queue_names))).task == held.task


def test_what_was_settled_while_the_broker_was_silent_is_settled_when_it_speaks_again(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.adapters.rabbitmq.consumer._ANSWER_SECONDS", 0.5)
    queue = open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names)
    queue.publish(ADDRESS, (make_task(key) for key in range(2)))
    consumer = consume_rabbitmq(queue)
    first, second = taken(consumer), taken(consumer)
    rabbitmq_gate.freeze()
    assert not consumer.requeue(first)  # its copy is not confirmed, and what comes after it waits
    assert not consumer.acknowledge(second)

    rabbitmq_gate.thaw()

    open_rabbitmq(rabbitmq_url, rabbitmq_queue_names).publish(ADDRESS, [make_task("more")])
    # two at once again: nothing is left that the broker believes to be held
    tasks = [taken(consumer).task, taken(consumer).task]
    assert first.task in tasks
    assert make_task("more") in tasks
    assert take(consumer, seconds=1) is None


def test_a_consumer_can_leave_while_the_broker_is_away(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(ADDRESS, [make_task()])
    consumer = consume_rabbitmq(open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    held = taken(consumer)
    rabbitmq_gate.shut()

    consumer.stop_taking()
    consumer.close()

    assert not consumer.acknowledge(held)
    assert consumer.take([ADDRESS]) is None
    assert taken(consume_rabbitmq(queue)).task == held.task


def test_a_consumer_hears_again_when_a_broker_that_was_silent_while_it_connected_speaks(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    url = through(rabbitmq_gate, f"{rabbitmq_url}?stack_timeout=0.5")
    queue = open_rabbitmq(url, rabbitmq_queue_names, patience_seconds=0.5)
    open_rabbitmq(rabbitmq_url, rabbitmq_queue_names).publish(ADDRESS, [make_task()])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)
    rabbitmq_gate.cut()
    rabbitmq_gate.freeze()

    with pytest.raises(ServiceUnavailable, match="accepts connections and says nothing"):
        take(consumer)

    open_rabbitmq(rabbitmq_url, rabbitmq_queue_names).publish(ADDRESS, [make_task("another")])
    rabbitmq_gate.thaw()
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (another := _take_or_none(consumer)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert another is not None
    assert another.task == make_task("another")
    assert consumer.acknowledge(another)
    assert consumer.acknowledge(held)


def test_a_consumer_leaves_a_broker_that_has_fallen_silent_within_seconds(
    rabbitmq_url: str, rabbitmq_gate: Gate, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    queue = open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names)
    queue.publish(ADDRESS, (make_task(key) for key in range(3)))
    consumer = queue.consume()
    held = [taken(consumer) for _ in range(3)]
    rabbitmq_gate.freeze()

    started = time.monotonic()
    consumer.stop_taking()
    assert not any(consumer.requeue(delivery) for delivery in held)
    consumer.close()

    assert time.monotonic() - started < 5
    rabbitmq_gate.shut()


@pytest.mark.parametrize("silent", [True, False], ids=["silent", "refusing"])
def test_a_consumer_that_never_connected_leaves_at_once(open_rabbitmq: OpenQueue, silent: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if not silent:
            listener.shutdown(socket.SHUT_RDWR)
        consumer = open_rabbitmq(f"amqp://127.0.0.1:{listener.getsockname()[1]}/").consume()
        time.sleep(0.3)

        started = time.monotonic()
        consumer.stop_taking()
        consumer.close()

    assert time.monotonic() - started < 2


def test_what_is_under_way_to_a_consumer_that_stops_is_anothers_as_if_never_delivered(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue, consume_rabbitmq: Consume
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    keys = range(60)
    queue.publish(ADDRESS, (make_task(key) for key in keys))
    done: list[Task] = []

    for _ in range(8):
        leaving = queue.consume()
        for _ in range(4):  # each one settled has the broker send another
            delivery = taken(leaving)
            assert not delivery.redelivered
            done.append(delivery.task)
            assert leaving.acknowledge(delivery)
        leaving.stop_taking()
        leaving.close()

    last = consume_rabbitmq(queue)
    while (delivery := take(last, seconds=3)) is not None:
        assert not delivery.redelivered
        done.append(delivery.task)
        assert last.acknowledge(delivery)
    assert sorted(task.trials[0].trial_id for task in done) == sorted(make_task(key).trials[0].trial_id for key in keys)


# --- the broker loses something ----------------------------------------------------------------------------------


def test_a_consumer_hears_a_queue_that_was_deleted_by_hand_and_published_again(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue, consume_rabbitmq: Consume
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(ADDRESS, [make_task("held"), make_task("lost")])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)
    with channel_to(rabbitmq_url) as channel:
        channel.queue_delete(rabbitmq_queue_names.queue_of(ADDRESS))
    assert take(consumer, seconds=1) is None

    queue.publish(ADDRESS, [make_task("later")])

    later = taken(consumer)
    assert later.task == make_task("later")
    consumer.acknowledge(held)  # it is gone with its queue
    assert consumer.acknowledge(later)
    assert becomes(queue, ready=0, dead=0)
    assert consumer.interruption() is None


def test_a_consumer_outlives_a_broker_that_is_emptied(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue, consume_rabbitmq: Consume
) -> None:
    names, queue = rabbitmq_queue_names, open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(ADDRESS, [make_task()])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)
    with channel_to(rabbitmq_url) as channel:
        names.delete(channel, [ADDRESS])

    assert consumer.reject(held, "it is wrong"), "the dead letters' queue is made again"

    assert [letter.reason for letter in queue.dead_letters()] == ["it is wrong"]
    assert take(consumer, seconds=1) is None
    queue.publish(ADDRESS, [make_task("later")])
    assert consumer.acknowledge(taken(consumer))


def test_a_consumer_makes_no_queue(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue, consume_rabbitmq: Consume
) -> None:
    consumer = consume_rabbitmq(open_rabbitmq(rabbitmq_url, rabbitmq_queue_names))
    assert take(consumer, seconds=1) is None

    with channel_to(rabbitmq_url) as channel, pytest.raises(ChannelClosedByBroker, match="404"):
        channel.queue_declare(rabbitmq_queue_names.queue_of(ADDRESS), passive=True)


def test_a_queue_that_refuses_to_be_asked_costs_nothing_that_is_held(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(ADDRESS, [make_task(key) for key in range(2)])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)
    with channel_to(rabbitmq_url) as channel:
        channel.queue_declare(rabbitmq_queue_names.queue_of(OTHER), exclusive=True)

        assert taken(consumer, OTHER, ADDRESS).task == make_task(1)

    assert "RESOURCE_LOCKED" in caplog.text
    assert consumer.acknowledge(held)
    assert consumer.interruption() is None


def test_a_broker_that_falls_silent_while_it_is_asked_is_given_up_and_taken_up_again(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.adapters.rabbitmq.link._GET_SECONDS", 1.0)
    monkeypatch.setattr("shared.adapters.rabbitmq.consumer._ANSWER_SECONDS", 0.5)
    url = through(rabbitmq_gate, f"{rabbitmq_url}?stack_timeout=0.5")
    consumer = consume_rabbitmq(open_rabbitmq(url, rabbitmq_queue_names, patience_seconds=0.5))
    open_rabbitmq(rabbitmq_url, rabbitmq_queue_names).publish(ADDRESS, [make_task()])
    held = taken(consumer)
    rabbitmq_gate.freeze()

    started = time.monotonic()
    assert consumer.take([ADDRESS]) is None
    assert time.monotonic() - started < 2, "a caller is not kept waiting"
    with pytest.raises(ServiceUnavailable, match="RabbitMQ does not answer"):
        take(consumer)
    rabbitmq_gate.cut()
    rabbitmq_gate.thaw()
    open_rabbitmq(rabbitmq_url, rabbitmq_queue_names).publish(ADDRESS, [make_task("another")])

    deadline = time.monotonic() + DEADLINE_SECONDS
    while (another := _take_or_none(consumer)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert another is not None
    assert another.task == make_task("another")
    assert consumer.acknowledge(held), "it came to the one that held it"


def test_a_lost_connection_is_said_with_its_time(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    consumer = consume_rabbitmq(open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    assert take(consumer, seconds=1) is None
    before = datetime.now(UTC)

    rabbitmq_gate.cut()

    deadline = time.monotonic() + DEADLINE_SECONDS
    while consumer.interruption() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    interruption = consumer.interruption()
    assert interruption is not None
    assert interruption.reason
    assert before <= interruption.at <= datetime.now(UTC)


# --- time --------------------------------------------------------------------------------------------------------


def test_a_caller_that_is_busy_for_many_heartbeats_keeps_its_task(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = open_rabbitmq(f"{rabbitmq_url}?heartbeat=1", rabbitmq_queue_names)
    queue.publish(ADDRESS, [make_task()])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)

    time.sleep(5)

    assert consumer.acknowledge(held)
    assert "lost RabbitMQ" not in caplog.text


def test_a_task_held_for_longer_than_the_consumer_timeout_can_still_be_acknowledged(
    impatient_rabbitmq_url: str,
    rabbitmq_topology: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = open_rabbitmq(impatient_rabbitmq_url, rabbitmq_topology)
    queue.publish(ADDRESS, [make_task()])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)

    caplog.set_level("INFO")
    deadline = time.monotonic() + DEADLINE_SECONDS
    while "got back a held task" not in caplog.text and time.monotonic() < deadline:
        assert consumer.take([ADDRESS]) is None
        time.sleep(0.1)

    assert "got back a held task" in caplog.text
    assert consumer.acknowledge(held)
    assert drained(queue, consumer) == []
