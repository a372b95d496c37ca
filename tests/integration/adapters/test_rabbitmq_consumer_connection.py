"""Consuming from RabbitMQ when its connection breaks or the broker falls silent."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from shared.adapters.rabbitmq import Topology
from shared.errors import ServiceUnavailable
from shared.testing import make_task
from tests.support.gate import Gate
from tests.support.rabbitmq_server import Consume, OpenQueue, through
from tests.support.task_queues import ADDRESS, DEADLINE_SECONDS, drained, take, take_or_none, taken

pytestmark = pytest.mark.slow


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
    while (again := take_or_none(consumer)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert again is not None
    assert again.redelivered


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
    while (another := take_or_none(consumer)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert another is not None
    assert another.task == make_task("another")
    assert consumer.acknowledge(another)
    assert consumer.acknowledge(held)


def test_a_broker_that_falls_silent_while_it_is_asked_is_given_up_and_taken_up_again(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.adapters.rabbitmq.link._QUEUE_SECONDS", 1.0)
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
    while (another := take_or_none(consumer)) is None and time.monotonic() < deadline:
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
