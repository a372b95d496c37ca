"""Consuming from RabbitMQ when queues are gone or refuse, and when tasks are held for long."""

from __future__ import annotations

import time

import pytest
from pika.exceptions import ChannelClosedByBroker

from shared.adapters.rabbitmq import Topology
from shared.testing import make_task
from tests.support.rabbitmq_server import Consume, OpenQueue, channel_to
from tests.support.task_queues import ADDRESS, DEADLINE_SECONDS, OTHER, becomes, drained, take, taken

pytestmark = pytest.mark.slow


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
