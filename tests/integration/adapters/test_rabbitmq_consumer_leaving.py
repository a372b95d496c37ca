"""Leaving RabbitMQ, whatever state the broker is in."""

from __future__ import annotations

import socket
import time

import pytest

from shared.adapters.rabbitmq import Topology
from shared.domain import Task
from shared.testing import make_task
from tests.support.gate import Gate
from tests.support.rabbitmq_server import Consume, OpenQueue, through
from tests.support.task_queues import ADDRESS, take, taken

pytestmark = pytest.mark.slow


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

    assert time.monotonic() - started < 5


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
