"""Consuming from RabbitMQ when connections break and time passes."""

from __future__ import annotations

import contextlib
import time

import pytest

from shared.adapters.rabbitmq import Topology
from shared.errors import ServiceUnavailable
from shared.ports import Delivery, TaskConsumer
from shared.testing import make_task
from tests.support.gate import Gate
from tests.support.rabbitmq_server import Consume, OpenQueue, channel_to, through
from tests.support.task_queues import DEADLINE_SECONDS, drained, take, taken

# --- consuming ---------------------------------------------------------------------------------------------------


def test_a_consumer_reconnects_and_keeps_the_task_that_comes_back_to_it(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(make_task(key) for key in range(2))
    consumer = consume_rabbitmq(open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    held = taken(consumer)

    rabbitmq_gate.cut()

    # the broker gives it the same task again, which is no second task
    assert take(consumer, seconds=3) is None
    assert consumer.acknowledge(held)
    assert [task.trials for task in drained(queue, consumer)] == [make_task(1).trials]


def test_a_consumer_drops_a_task_that_was_published_twice_while_it_holds_it(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish([make_task()])
    consumer = consume_rabbitmq(queue, prefetch=2)
    held = taken(consumer)

    queue.publish([make_task(), make_task("another")])

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
    queue.publish([make_task()])
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
        return consumer.take()
    return None


def test_a_broker_that_is_silent_does_not_keep_a_consumer_from_leaving(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names)
    queue.publish([make_task()])
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)
    rabbitmq_gate.freeze()

    assert not consumer.hand_back(held)
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
    queue.publish(make_task(key) for key in range(2))
    consumer = consume_rabbitmq(queue, prefetch=2)
    first, second = taken(consumer), taken(consumer)
    rabbitmq_gate.freeze()
    assert not consumer.hand_back(first)  # its copy is not confirmed, and what comes after it waits
    assert not consumer.acknowledge(second)

    rabbitmq_gate.thaw()

    open_rabbitmq(rabbitmq_url, rabbitmq_queue_names).publish([make_task("more")])
    # two at once again: nothing is left that the broker believes to be held
    tasks = [taken(consumer).task, taken(consumer).task]
    assert first.task in tasks
    assert make_task("more") in tasks
    assert take(consumer, seconds=1) is None


def test_a_consumer_subscribes_again_when_its_queue_was_deleted(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    consumer = consume_rabbitmq(queue)
    with channel_to(rabbitmq_url) as channel:
        channel.queue_delete(rabbitmq_queue_names.queue)
    # RabbitMQ 3.10 tells a consumer nothing where the queue is made again before it could
    deadline = time.monotonic() + DEADLINE_SECONDS
    while "lost RabbitMQ" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.05)

    queue.publish([make_task()])

    assert consumer.acknowledge(taken(consumer))


def test_a_consumer_can_leave_while_the_broker_is_away(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish([make_task()])
    consumer = consume_rabbitmq(open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    held = taken(consumer)
    rabbitmq_gate.shut()

    consumer.stop_taking()
    consumer.close()

    assert not consumer.acknowledge(held)
    assert consumer.take() is None
    assert taken(consume_rabbitmq(queue)).task == held.task


# --- time --------------------------------------------------------------------------------------------------------


def test_a_caller_that_is_busy_for_many_heartbeats_keeps_its_task(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = open_rabbitmq(f"{rabbitmq_url}?heartbeat=1", rabbitmq_queue_names)
    queue.publish([make_task()])
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
    queue.publish(make_task(key) for key in range(2))
    consumer = consume_rabbitmq(queue)
    held = taken(consumer)

    caplog.set_level("INFO")
    deadline = time.monotonic() + DEADLINE_SECONDS
    while "got back a held task" not in caplog.text and time.monotonic() < deadline:
        assert consumer.take() is None
        time.sleep(0.1)

    assert "got back a held task" in caplog.text
    assert consumer.acknowledge(held)
    assert [task.trials for task in drained(queue, consumer)] == [make_task(1).trials]
