"""RabbitTaskQueue against a broker that misbehaves, or that is away."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from shared.errors import PublishFailed, ServiceUnavailable
from shared.ports import Delivery
from shared.rabbitmq import RabbitTaskQueue, Topology
from shared.rabbitmq.consumer import RabbitTaskConsumer
from shared.testing import make_task
from shared.trial import Task
from tests.gate import Gate
from tests.rabbitmq_server import RabbitmqServer, running, through

_DEADLINE_SECONDS = 30.0


@pytest.fixture
def open_queue() -> Iterator[Callable[..., RabbitTaskQueue]]:
    opened: list[RabbitTaskQueue] = []

    def open_queue(url: str, topology: Topology | None = None, patience_seconds: float = 30.0) -> RabbitTaskQueue:
        opened.append(RabbitTaskQueue(url, topology, patience_seconds))
        return opened[-1]

    yield open_queue
    for queue in opened:
        queue.close()


@pytest.fixture
def consume() -> Iterator[Callable[..., RabbitTaskConsumer]]:
    consumers: list[RabbitTaskConsumer] = []

    def consume(queue: RabbitTaskQueue, prefetch: int = 1) -> RabbitTaskConsumer:
        consumers.append(queue.consume(prefetch))
        return consumers[-1]

    yield consume
    for consumer in consumers:
        consumer.close()


def take(consumer: RabbitTaskConsumer, seconds: float = _DEADLINE_SECONDS) -> Delivery | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (delivery := consumer.take()) is not None:
            return delivery
        wait([consumer.wakeup()], timeout=0.1)
    return None


def taken(consumer: RabbitTaskConsumer) -> Delivery:
    delivery = take(consumer)
    assert delivery is not None, "no task arrived"
    return delivery


def drained(queue: RabbitTaskQueue, consumer: RabbitTaskConsumer) -> list[Task]:
    """Acknowledge everything and return it."""
    tasks = []
    while (delivery := take(consumer, seconds=3)) is not None:
        assert consumer.acknowledge(delivery)
        tasks.append(delivery.task)
    assert queue.status().ready == 0
    return tasks


# --- addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["http://user:secret@host/", "host:5672", "amqp://user:secret@host:port/"])
def test_an_address_that_is_none_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(ServiceUnavailable, match="RABBITMQ_URL is not an AMQP address") as caught:
        RabbitTaskQueue(url)

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_broker_that_is_away_is_named_without_its_password(open_queue: Callable[..., RabbitTaskQueue]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    queue = open_queue(f"amqp://boostgrid:secret@127.0.0.1:{port}/", patience_seconds=0.5)

    for ask in (queue.status, queue.dead_letters, lambda: queue.publish([make_task()]), lambda: queue.consume(1)):
        with pytest.raises(ServiceUnavailable, match=f"RabbitMQ does not answer .*refused.*127.0.0.1:{port}") as caught:
            ask()
        assert "secret" not in str(caught.value)


def test_a_wrong_password_is_said_at_once(rabbitmq_url: str, open_queue: Callable[..., RabbitTaskQueue]) -> None:
    host = rabbitmq_url.rpartition("@")[2]
    queue = open_queue(f"amqp://nobody:secret@{host}", patience_seconds=1e6)

    with pytest.raises(ServiceUnavailable, match="Check the user and the password") as caught:
        queue.publish([make_task()])
    assert "secret" not in str(caught.value)


def test_an_unknown_virtual_host_is_said_at_once(rabbitmq_url: str, open_queue: Callable[..., RabbitTaskQueue]) -> None:
    queue = open_queue(rabbitmq_url.rpartition("/")[0] + "/nowhere", patience_seconds=1e6)

    with pytest.raises(ServiceUnavailable, match="Check that the virtual host 'nowhere'"):
        queue.publish([make_task()])


def test_a_queue_with_other_arguments_is_said_at_once(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_queue: Callable[..., RabbitTaskQueue]
) -> None:
    with asking(rabbitmq_url) as channel:
        channel.queue_declare(rabbitmq_queue_names.queue, durable=True)
    queue = open_queue(rabbitmq_url, rabbitmq_queue_names, patience_seconds=1e6)

    for ask in (queue.status, lambda: queue.publish([make_task()]), lambda: queue.consume(1)):
        with pytest.raises(ServiceUnavailable, match="The queue exists with other arguments"):
            ask()


class asking:  # noqa: N801 - reads as a function
    """A channel of the test's own."""

    def __init__(self, url: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))

    def __enter__(self) -> BlockingChannel:
        return self._connection.channel()

    def __exit__(self, *_: object) -> None:
        self._connection.close()


# --- publishing --------------------------------------------------------------------------------------------------


def test_tasks_are_persistent_json(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_queue: Callable[..., RabbitTaskQueue]
) -> None:
    open_queue(rabbitmq_url, rabbitmq_queue_names).publish([make_task()])

    with asking(rabbitmq_url) as channel:
        _, properties, body = channel.basic_get(rabbitmq_queue_names.queue, auto_ack=True)
    assert (properties.delivery_mode, properties.content_type) == (2, "application/json")
    assert Task.decode(body) == make_task()


def test_a_queue_that_vanishes_fails_the_publication_and_says_what_was_confirmed(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_queue: Callable[..., RabbitTaskQueue]
) -> None:
    confirmed: list[int] = []

    def tasks() -> Iterator[Task]:
        for key in range(5_000):
            if key == 3_000:
                with asking(rabbitmq_url) as channel:
                    channel.queue_delete(rabbitmq_queue_names.queue)
            yield task.model_copy(update={"epoch": key})

    task = make_task()
    with pytest.raises(PublishFailed, match="RabbitMQ has no queue") as caught:
        open_queue(rabbitmq_url, rabbitmq_queue_names).publish(tasks(), confirmed.append)

    assert 2_000 <= caught.value.confirmed <= 3_000
    assert confirmed[-1] <= caught.value.confirmed


@dataclass(frozen=True, slots=True)
class TinyTopology(Topology):
    """A queue that refuses more than a few tasks."""

    def declare(self, channel: BlockingChannel) -> None:
        arguments = {"x-queue-type": "quorum", "x-max-length": 5, "x-overflow": "reject-publish"}
        channel.exchange_declare(self.dead_exchange, "fanout", durable=True)
        channel.queue_declare(self.dead_queue, durable=True)
        channel.queue_declare(self.queue, durable=True, arguments=arguments)


def test_refused_tasks_fail_the_publication(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_queue: Callable[..., RabbitTaskQueue]
) -> None:
    names = rabbitmq_queue_names
    queue = open_queue(rabbitmq_url, TinyTopology(names.queue, names.dead_queue, names.dead_exchange))

    with pytest.raises(PublishFailed, match="RabbitMQ refused a task") as caught:
        queue.publish(make_task(key) for key in range(3_000))

    assert caught.value.confirmed < 3_000
    assert queue.status().ready <= caught.value.confirmed


def test_a_connection_that_breaks_while_publishing_loses_no_task(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_queue: Callable[..., RabbitTaskQueue],
    consume: Callable[..., RabbitTaskConsumer],
) -> None:
    def tasks() -> Iterator[Task]:
        for key in range(2_500):
            if key in (700, 1_500):
                rabbitmq_gate.cut()
            yield task.model_copy(update={"epoch": key})

    task = make_task()
    queue = open_queue(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names)
    assert queue.publish(tasks()) == 2_500

    arrived = drained(queue, consume(open_queue(rabbitmq_url, rabbitmq_queue_names), prefetch=50))
    assert {task.epoch for task in arrived} == set(range(2_500))


def test_a_broker_that_stays_away_while_publishing_is_unavailable(
    rabbitmq_url: str, rabbitmq_gate: Gate, rabbitmq_queue_names: Topology, open_queue: Callable[..., RabbitTaskQueue]
) -> None:
    def tasks() -> Iterator[Task]:
        for key in range(2_500):
            if key == 1_500:
                rabbitmq_gate.shut()
            yield task.model_copy(update={"epoch": key})

    task = make_task()
    queue = open_queue(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names, patience_seconds=1)

    with pytest.raises(ServiceUnavailable, match="RabbitMQ does not answer"):
        queue.publish(tasks())

    rabbitmq_gate.open()
    assert queue.publish([make_task()]) == 1


def test_an_interrupt_leaves_publishing_at_once(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_queue: Callable[..., RabbitTaskQueue]
) -> None:
    def tasks() -> Iterator[Task]:
        yield make_task()
        raise KeyboardInterrupt

    queue = open_queue(rabbitmq_url, rabbitmq_queue_names)
    with pytest.raises(KeyboardInterrupt):
        queue.publish(tasks())

    assert queue.publish([make_task()]) == 1


# --- consuming ---------------------------------------------------------------------------------------------------


def test_a_consumer_reconnects_and_keeps_the_task_that_comes_back_to_it(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_queue: Callable[..., RabbitTaskQueue],
    consume: Callable[..., RabbitTaskConsumer],
) -> None:
    queue = open_queue(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(make_task(key) for key in range(2))
    consumer = consume(open_queue(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    held = taken(consumer)

    rabbitmq_gate.cut()

    # the broker gives it the same task again, which is no second task
    assert take(consumer, seconds=3) is None
    assert consumer.acknowledge(held)
    assert [task.trials for task in drained(queue, consumer)] == [make_task(1).trials]


def test_a_consumer_drops_a_task_that_was_published_twice_while_it_holds_it(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_queue: Callable[..., RabbitTaskQueue],
    consume: Callable[..., RabbitTaskConsumer],
) -> None:
    queue = open_queue(rabbitmq_url, rabbitmq_queue_names)
    queue.publish([make_task()])
    consumer = consume(queue, prefetch=2)
    held = taken(consumer)

    queue.publish([make_task(), make_task("another")])

    assert taken(consumer).task == make_task("another")
    assert consumer.acknowledge(held)


def test_a_broker_that_stays_away_is_unavailable_to_a_consumer_until_it_returns(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_queue: Callable[..., RabbitTaskQueue],
    consume: Callable[..., RabbitTaskConsumer],
) -> None:
    queue = open_queue(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names, patience_seconds=0.5)
    queue.publish([make_task()])
    consumer = consume(queue)
    held = taken(consumer)

    rabbitmq_gate.shut()

    with pytest.raises(ServiceUnavailable, match="RabbitMQ does not answer"):
        take(consumer)
    assert not consumer.acknowledge(held)
    rabbitmq_gate.open()
    assert _taken_after_outage(consumer).redelivered


def _taken_after_outage(consumer: RabbitTaskConsumer) -> Delivery:
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            return taken(consumer)
        except ServiceUnavailable:
            time.sleep(0.1)
    raise AssertionError("the consumer did not reconnect")


def test_a_consumer_subscribes_again_when_its_queue_was_deleted(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_queue: Callable[..., RabbitTaskQueue],
    consume: Callable[..., RabbitTaskConsumer],
) -> None:
    queue = open_queue(rabbitmq_url, rabbitmq_queue_names)
    consumer = consume(queue)
    with asking(rabbitmq_url) as channel:
        channel.queue_delete(rabbitmq_queue_names.queue)

    queue.publish([make_task()])

    assert consumer.acknowledge(taken(consumer))


def test_a_consumer_can_leave_while_the_broker_is_away(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_queue: Callable[..., RabbitTaskQueue],
    consume: Callable[..., RabbitTaskConsumer],
) -> None:
    queue = open_queue(rabbitmq_url, rabbitmq_queue_names)
    queue.publish([make_task()])
    consumer = consume(open_queue(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    held = taken(consumer)
    rabbitmq_gate.shut()

    consumer.stop_taking()
    consumer.close()

    assert not consumer.acknowledge(held)
    assert consumer.take() is None
    assert taken(consume(queue)).task == held.task


# --- time --------------------------------------------------------------------------------------------------------


def test_a_caller_that_is_busy_for_many_heartbeats_keeps_its_task(
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_queue: Callable[..., RabbitTaskQueue],
    consume: Callable[..., RabbitTaskConsumer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = open_queue(f"{rabbitmq_url}?heartbeat=1", rabbitmq_queue_names)
    queue.publish([make_task()])
    consumer = consume(queue)
    held = taken(consumer)

    time.sleep(5)

    assert consumer.acknowledge(held)
    assert "lost RabbitMQ" not in caplog.text


def test_a_task_held_for_longer_than_the_consumer_timeout_can_still_be_acknowledged(
    impatient_rabbitmq_url: str,
    rabbitmq_topology: Topology,
    open_queue: Callable[..., RabbitTaskQueue],
    consume: Callable[..., RabbitTaskConsumer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = open_queue(impatient_rabbitmq_url, rabbitmq_topology)
    queue.publish(make_task(key) for key in range(2))
    consumer = consume(queue)
    held = taken(consumer)

    caplog.set_level("INFO")
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while "got back a held task" not in caplog.text and time.monotonic() < deadline:
        assert consumer.take() is None
        time.sleep(0.1)

    assert "got back a held task" in caplog.text
    assert consumer.acknowledge(held)
    assert [task.trials for task in drained(queue, consumer)] == [make_task(1).trials]


def test_confirmed_tasks_and_dead_letters_outlast_a_broker_that_is_killed(
    rabbitmq_script: str, tmp_path: Path, open_queue: Callable[..., RabbitTaskQueue]
) -> None:
    with running(RabbitmqServer(rabbitmq_script, tmp_path)) as server:
        queue = open_queue(server.url)
        queue.status()  # declares the queues
        time.sleep(2)  # RabbitMQ 3.10 writes the name of a new quorum queue to its directory half a second later
        queue.publish(make_task(key) for key in range(1_000))
        consumer = queue.consume(1)
        assert consumer.reject(taken(consumer), "it is wrong")

        server.kill()
        consumer.close()
        server.start()

        deadline = time.monotonic() + _DEADLINE_SECONDS
        while queue.status().ready != 999 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert queue.status().ready == 999
        assert [letter.reason for letter in queue.dead_letters()] == ["it is wrong"]
