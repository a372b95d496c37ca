"""What tests of all task queues share: each adapter as one process sees it, and waiting as a worker does."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pika

from shared.adapters.embedded.queue import EmbeddedTaskQueue
from shared.adapters.rabbitmq import RabbitTaskQueue, Topology
from shared.domain import Task, TaskAddress
from shared.errors import ServiceUnavailable
from shared.ports import Delivery, QueueStatus, TaskConsumer, TaskQueue
from shared.testing import InMemoryTaskQueue, make_task
from tests.support.gate import Gate
from tests.support.rabbitmq_server import through

#: of every adapter under test
DELIVERY_LIMIT = 3
DEADLINE_SECONDS = 30.0
#: of make_task's tasks, and another sweep's
ADDRESS = make_task().address
OTHER = TaskAddress(sweep_id="b-sweep-000000", epoch=1)


@dataclass(frozen=True)
class Adapter:
    """One adapter, and what a test does to it from outside."""

    #: opens the same queue again, as another process would
    open: Callable[[], TaskQueue]
    #: publishes bytes that need not be a task to a queue that is there
    put: Callable[[TaskAddress, bytes], None]
    #: returns a consumer that ``lose`` can break
    consume: Callable[[], TaskConsumer]
    #: makes the queue take back what those consumers hold, for good
    lose: Callable[[], None]


@contextmanager
def in_memory() -> Iterator[Adapter]:
    queue = InMemoryTaskQueue(DELIVERY_LIMIT)
    yield Adapter(lambda: queue, queue.put, queue.consume, queue.lose_deliveries)


@contextmanager
def embedded(path: Path) -> Iterator[Adapter]:
    opened: list[EmbeddedTaskQueue] = []

    def open_queue() -> EmbeddedTaskQueue:
        opened.append(EmbeddedTaskQueue(path, delivery_limit=DELIVERY_LIMIT))
        return opened[-1]

    def execute(statement: str, *values: object) -> None:
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(statement, values)
        connection.close()

    def put(address: TaskAddress, body: bytes) -> None:
        queue_id = "SELECT queue_id FROM queues WHERE sweep_id = ? AND epoch = ? AND removed = 0"
        statement = f"INSERT INTO queued_tasks (queue_id, body) VALUES (({queue_id}), ?)"  # noqa: S608
        execute(statement, address.sweep_id, address.epoch, body)

    first = open_queue()
    yield Adapter(
        open_queue,
        put,
        first.consume,
        # as if its time had passed without a renewal
        partial(execute, "UPDATE queued_tasks SET leased_until = 0 WHERE leased_until IS NOT NULL"),
    )
    for queue in opened:
        queue.close()


@contextmanager
def rabbitmq(url: str, gate: Gate, topology: Topology) -> Iterator[Adapter]:
    opened: list[RabbitTaskQueue] = []
    consumers: list[TaskConsumer] = []

    def open_queue(url: str = url) -> RabbitTaskQueue:
        opened.append(RabbitTaskQueue(url, topology))
        return opened[-1]

    def put(address: TaskAddress, body: bytes) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(url))
        connection.channel().basic_publish("", topology.queue_of(address), body)
        connection.close()

    def consume() -> TaskConsumer:
        gate.open()
        consumers.append(open_queue(through(gate, url)).consume())
        return consumers[-1]

    yield Adapter(open_queue, put, consume, gate.shut)
    for consumer in consumers:
        consumer.close()
    for queue in opened:
        queue.close()


def take(
    consumer: TaskConsumer, seconds: float = DEADLINE_SECONDS, addresses: Sequence[TaskAddress] = (ADDRESS,)
) -> Delivery | None:
    """Return the next task that arrives in time, waiting as a worker does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (delivery := consumer.take(addresses)) is not None:
            return delivery
        time.sleep(0.01)
    return None


def take_or_none(consumer: TaskConsumer) -> Delivery | None:
    """Ask once; None too where the broker does not answer."""
    with suppress(ServiceUnavailable):
        return consumer.take([ADDRESS])
    return None


def taken(consumer: TaskConsumer, *addresses: TaskAddress) -> Delivery:
    delivery = take(consumer, addresses=addresses or (ADDRESS,))
    assert delivery is not None, "no task arrived"
    return delivery


def gets_nothing(consumer: TaskConsumer, *addresses: TaskAddress) -> bool:
    return take(consumer, seconds=0.5, addresses=addresses or (ADDRESS,)) is None


def becomes(queue: TaskQueue, *addresses: TaskAddress, **counts: int) -> bool:
    """Whether the counts come true: a broker learns of some things a moment later."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if counts.items() <= status(queue, *addresses).model_dump().items():
            return True
        time.sleep(0.05)
    return False


def status(queue: TaskQueue, *addresses: TaskAddress) -> QueueStatus:
    return queue.status(addresses or (ADDRESS,))


def drained(queue: TaskQueue, consumer: TaskConsumer) -> list[Task]:
    """Acknowledge everything and return it."""
    tasks = []
    while (delivery := take(consumer, seconds=3)) is not None:
        assert consumer.acknowledge(delivery)
        tasks.append(delivery.task)
    assert becomes(queue, ready=0)
    return tasks
