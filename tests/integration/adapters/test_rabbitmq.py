"""Publishing to RabbitMQ when it is away, refuses, falls silent or is killed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ConnectionBlockedTimeout

from shared.adapters.rabbitmq import RabbitTaskQueue, Topology
from shared.adapters.rabbitmq.connection import Broker, BrokerSilent
from shared.domain import Task, TaskAddress
from shared.errors import PublishFailed, ServiceUnavailable
from shared.testing import make_task
from tests.support.gate import Gate
from tests.support.rabbitmq_server import Consume, OpenQueue, RabbitmqServer, channel_to, running, through
from tests.support.task_queues import ADDRESS, becomes, drained, take, taken

pytestmark = pytest.mark.slow

# --- addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["http://user:secret@host/", "host:5672", "amqp://user:secret@host:port/"])
def test_an_address_that_is_none_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(ServiceUnavailable, match="RABBITMQ_URL is not an AMQP address") as caught:
        RabbitTaskQueue(url)

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("error", "hint"),
    [(BrokerSilent("it confirms no task"), "most of its nodes run"), (ConnectionBlockedTimeout(), "memory or disk")],
)
def test_a_broker_that_answers_but_does_not_work_is_told_apart(error: Exception, hint: str) -> None:
    unavailable = Broker("amqp://user:secret@host/").unavailable(error)

    assert hint in unavailable.hint
    assert "host:5672" in unavailable.hint
    assert unavailable.reason


def test_a_broker_that_is_away_is_named_without_its_password(open_rabbitmq: OpenQueue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    queue = open_rabbitmq(f"amqp://boostgrid:secret@127.0.0.1:{port}/", patience_seconds=0.5)

    for ask in (
        lambda: queue.status([ADDRESS]),
        queue.dead_letters,
        lambda: queue.publish(ADDRESS, [make_task()]),
        lambda: _take_from(queue),
    ):
        with pytest.raises(ServiceUnavailable, match=f"RabbitMQ does not answer .*refused.*127.0.0.1:{port}") as caught:
            ask()
        assert "secret" not in str(caught.value)


def test_a_wrong_password_is_said_at_once(rabbitmq_url: str, open_rabbitmq: OpenQueue) -> None:
    host = rabbitmq_url.rpartition("@")[2]
    queue = open_rabbitmq(f"amqp://nobody:secret@{host}", patience_seconds=1e6)

    with pytest.raises(ServiceUnavailable, match="Check the user and the password") as caught:
        queue.publish(ADDRESS, [make_task()])
    assert "secret" not in str(caught.value)


def test_an_unknown_virtual_host_is_said_at_once(rabbitmq_url: str, open_rabbitmq: OpenQueue) -> None:
    queue = open_rabbitmq(rabbitmq_url.rpartition("/")[0] + "/nowhere", patience_seconds=1e6)

    with pytest.raises(ServiceUnavailable, match="Check that the virtual host 'nowhere'"):
        queue.publish(ADDRESS, [make_task()])


def test_a_queue_with_other_arguments_is_said_at_once(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    with channel_to(rabbitmq_url) as channel:
        channel.queue_declare(rabbitmq_queue_names.queue_of(ADDRESS), durable=True)
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names, patience_seconds=1e6)

    with pytest.raises(ServiceUnavailable, match="The queue exists with other arguments"):
        queue.publish(ADDRESS, [make_task()])


def _take_from(queue: RabbitTaskQueue) -> None:
    """Take once the consumer knows how its broker is."""
    consumer = queue.consume()
    try:
        take(consumer)
    finally:
        consumer.close()


# --- silence ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def mute() -> Iterator[str]:
    """The URL of a broker that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"amqp://boostgrid:secret@127.0.0.1:{listener.getsockname()[1]}/?stack_timeout=0.5"


def test_a_broker_that_says_nothing_to_a_greeting_is_unavailable(mute: str, open_rabbitmq: OpenQueue) -> None:
    queue = open_rabbitmq(mute, patience_seconds=0.5)

    for ask in (
        lambda: queue.status([ADDRESS]),
        lambda: queue.remove(ADDRESS),
        queue.dead_letters,
        queue.discard_dead_letters,
        lambda: queue.publish(ADDRESS, [make_task()]),
        lambda: _take_from(queue),
    ):
        started = time.monotonic()
        with pytest.raises(ServiceUnavailable, match="accepts connections and says nothing") as caught:
            ask()
        assert time.monotonic() - started < 10
        assert "secret" not in str(caught.value)


def test_a_broker_that_falls_silent_between_two_questions_is_unavailable_until_it_speaks(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.adapters.rabbitmq.connection.ANSWER_SECONDS", 1.0)
    queue = open_rabbitmq(through(rabbitmq_gate, f"{rabbitmq_url}?stack_timeout=1"), rabbitmq_queue_names)
    queue.status([ADDRESS])
    rabbitmq_gate.freeze()

    for _ in range(2):  # over the connection that was there, and over a new one
        started = time.monotonic()
        with pytest.raises(ServiceUnavailable, match="RabbitMQ does not answer"):
            queue.status([ADDRESS])
        assert time.monotonic() - started < 5

    rabbitmq_gate.thaw()
    assert becomes(queue, ready=0)


def test_publishing_to_a_broker_that_falls_silent_while_it_is_greeted_goes_on_when_it_speaks(
    rabbitmq_url: str, rabbitmq_gate: Gate, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    def tasks() -> Iterator[Task]:
        yield make_task()
        rabbitmq_gate.cut()
        rabbitmq_gate.freeze()
        threading.Timer(2, rabbitmq_gate.thaw).start()
        yield make_task("another")

    url = through(rabbitmq_gate, f"{rabbitmq_url}?stack_timeout=0.5")
    assert open_rabbitmq(url, rabbitmq_queue_names).publish(ADDRESS, tasks()) == 2


# --- publishing --------------------------------------------------------------------------------------------------


def test_tasks_are_persistent_json(rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue) -> None:
    open_rabbitmq(rabbitmq_url, rabbitmq_queue_names).publish(ADDRESS, [make_task()])

    with channel_to(rabbitmq_url) as channel:
        _, properties, body = channel.basic_get(rabbitmq_queue_names.queue_of(ADDRESS), auto_ack=True)
    assert (properties.delivery_mode, properties.content_type) == (2, "application/json")
    assert Task.decode(body) == make_task()


def test_a_queue_that_vanishes_fails_the_publication_and_says_what_was_confirmed(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    confirmed: list[int] = []

    def tasks() -> Iterator[Task]:
        for key in range(5_000):
            if key == 3_000:
                with channel_to(rabbitmq_url) as channel:
                    channel.queue_delete(rabbitmq_queue_names.queue_of(ADDRESS))
            yield task.model_copy(update={"epoch": key})

    task = make_task()
    with pytest.raises(PublishFailed, match="RabbitMQ has no queue") as caught:
        open_rabbitmq(rabbitmq_url, rabbitmq_queue_names).publish(ADDRESS, tasks(), confirmed.append)

    assert 2_000 <= caught.value.confirmed <= 3_000
    assert confirmed[-1] <= caught.value.confirmed


@dataclass(frozen=True, slots=True)
class TinyTopology(Topology):
    """A queue that refuses more than a few tasks."""

    def declare_queue(self, channel: BlockingChannel, address: TaskAddress) -> None:
        arguments = {"x-queue-type": "quorum", "x-max-length": 5, "x-overflow": "reject-publish"}
        channel.queue_declare(self.queue_of(address), durable=True, arguments=arguments)


def test_refused_tasks_fail_the_publication(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    names = rabbitmq_queue_names
    queue = open_rabbitmq(rabbitmq_url, TinyTopology(names.prefix, names.dead_queue, names.dead_exchange))

    with pytest.raises(PublishFailed, match="RabbitMQ refused a task") as caught:
        queue.publish(ADDRESS, (make_task(key) for key in range(3_000)))

    assert caught.value.confirmed < 3_000
    assert queue.status([ADDRESS]).ready <= caught.value.confirmed


def test_a_connection_that_breaks_while_publishing_loses_no_task(
    rabbitmq_url: str,
    rabbitmq_gate: Gate,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    consume_rabbitmq: Consume,
) -> None:
    def tasks() -> Iterator[Task]:
        for key in range(2_500):
            if key in (700, 1_500):
                rabbitmq_gate.cut()
            yield task.model_copy(update={"epoch": key})

    task = make_task()
    queue = open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names)
    assert queue.publish(ADDRESS, tasks()) == 2_500

    arrived = drained(queue, consume_rabbitmq(open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)))
    assert {task.epoch for task in arrived} == set(range(2_500))


def test_a_broker_that_stays_away_while_publishing_is_unavailable(
    rabbitmq_url: str, rabbitmq_gate: Gate, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    def tasks() -> Iterator[Task]:
        for key in range(2_500):
            if key == 1_500:
                rabbitmq_gate.shut()
            yield task.model_copy(update={"epoch": key})

    task = make_task()
    queue = open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names, patience_seconds=1)

    with pytest.raises(ServiceUnavailable, match="RabbitMQ does not answer"):
        queue.publish(ADDRESS, tasks())

    rabbitmq_gate.open()
    assert queue.publish(ADDRESS, [make_task()]) == 1


def test_a_broker_that_falls_silent_while_publishing_is_unavailable(
    rabbitmq_url: str, rabbitmq_gate: Gate, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    def tasks() -> Iterator[Task]:
        for key in range(2_500):
            if key == 1_500:
                rabbitmq_gate.freeze()
            yield task

    task = make_task()
    queue = open_rabbitmq(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names, patience_seconds=1)

    with pytest.raises(ServiceUnavailable, match="RabbitMQ does not answer"):
        queue.publish(ADDRESS, tasks())
    rabbitmq_gate.shut()


def test_publishing_leaves_no_descriptor_open(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    queue.publish(ADDRESS, [make_task()])
    before = psutil.Process().num_fds()

    for _ in range(5):
        queue.publish(ADDRESS, [make_task()])

    assert psutil.Process().num_fds() == before


def test_an_interrupt_leaves_publishing_at_once(
    rabbitmq_url: str, rabbitmq_queue_names: Topology, open_rabbitmq: OpenQueue
) -> None:
    def tasks() -> Iterator[Task]:
        yield make_task()
        raise KeyboardInterrupt

    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    with pytest.raises(KeyboardInterrupt):
        queue.publish(ADDRESS, tasks())

    assert queue.publish(ADDRESS, [make_task()]) == 1


# --- a power cut -----------------------------------------------------------------------------------------------------


def test_confirmed_tasks_and_dead_letters_outlast_a_broker_that_is_killed(
    rabbitmq_script: str, tmp_path: Path, open_rabbitmq: OpenQueue
) -> None:
    with running(RabbitmqServer(rabbitmq_script, tmp_path)) as server:
        queue = open_rabbitmq(server.url)
        queue.publish(ADDRESS, [])  # makes the queues
        time.sleep(2)  # RabbitMQ 3.10 writes the name of a new quorum queue to its directory half a second later
        queue.publish(ADDRESS, (make_task(key) for key in range(1_000)))
        consumer = queue.consume()
        assert consumer.reject(taken(consumer), "it is wrong")
        assert becomes(queue, ready=999)

        server.kill()
        consumer.close()
        server.start()

        assert becomes(queue, ready=999)
        assert [letter.reason for letter in queue.dead_letters()] == ["it is wrong"]
