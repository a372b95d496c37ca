"""A consumer's held tasks when the broker ends its subscription and keeps the connection, as RabbitMQ 4.3 does."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pika.spec import Basic, BasicProperties

from shared.adapters.rabbitmq import Topology
from shared.adapters.rabbitmq.connection import Broker
from shared.adapters.rabbitmq.consumer import RabbitTaskConsumer
from shared.domain import Task
from shared.testing import make_task
from tests.support.task_queues import taken


class ScriptedLink:
    """A link whose broker does what the test says, in the consumer's thread."""

    is_closed = False

    def __init__(self) -> None:
        self.is_subscribed = False
        self.subscriptions = 0
        self.acknowledged: list[int] = []
        self.copies: list[bytes] = []
        self._events: deque[Callable[[], None]] = deque()
        self._deliver: Any = None
        self.connection = SimpleNamespace(process_data_events=self._process)

    def _process(self, time_limit: float) -> None:
        while self._events:
            self._events.popleft()()
        time.sleep(0.005)

    def deliver(self, task: Task, tag: int, redelivered: bool = False) -> None:
        """Let the broker deliver a task over the subscription that stands then."""

        def event() -> None:
            method = Basic.Deliver(f"consumer-{self.subscriptions}", tag, redelivered)
            self._deliver(self, method, BasicProperties(), task.encode())

        self._events.append(event)

    def end_subscription(self) -> None:
        """Let the broker cancel the consumer."""
        self._events.append(lambda: setattr(self, "is_subscribed", False))

    def subscribe(self, on_message: Any) -> None:
        """Note it."""
        self._deliver, self.is_subscribed = on_message, True
        self.subscriptions += 1

    def unsubscribe(self) -> None:
        """Note it."""
        self.is_subscribed = False

    def publish_again(self, body: bytes) -> None:
        """Note it."""
        self.copies.append(body)

    def acknowledge(self, tag: int) -> None:
        """Note it."""
        self.acknowledged.append(tag)

    def wake(self, callback: object) -> None:
        """Do nothing: the loop looks all the time."""

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> ScriptedLink:
    link = ScriptedLink()
    monkeypatch.setattr("shared.adapters.rabbitmq.consumer.Link", lambda *_: link)
    return link


@pytest.fixture
def consumer(link: ScriptedLink) -> Iterator[RabbitTaskConsumer]:
    consumer = RabbitTaskConsumer(Broker("amqp://host/"), Topology(), 3)
    _until(lambda: link.is_subscribed)
    yield consumer
    consumer.close()


def test_a_held_task_that_comes_back_by_the_new_subscription_is_settled_under_its_new_tag(
    link: ScriptedLink, consumer: RabbitTaskConsumer
) -> None:
    link.deliver(make_task(), tag=1)
    held = taken(consumer)
    link.end_subscription()
    _until(lambda: link.subscriptions == 2)
    link.deliver(make_task(), tag=2, redelivered=True)
    link.deliver(make_task("another"), tag=3)

    assert taken(consumer).task == make_task("another")
    assert link.acknowledged == []
    assert consumer.acknowledge(held)
    assert link.acknowledged == [2]


def test_a_repetition_of_a_held_task_is_acknowledged_and_the_held_one_stays_held(
    link: ScriptedLink, consumer: RabbitTaskConsumer
) -> None:
    link.deliver(make_task(), tag=1)
    held = taken(consumer)
    link.deliver(make_task(), tag=2)
    _until(lambda: link.acknowledged == [2])

    assert consumer.acknowledge(held)
    assert link.acknowledged == [2, 1]


def test_what_was_not_taken_when_the_subscription_ended_is_given_back_by_a_copy(
    link: ScriptedLink, consumer: RabbitTaskConsumer
) -> None:
    link.deliver(make_task(), tag=1)
    _until(lambda: consumer.wakeup() and link.subscriptions == 1 and not link._events)
    link.end_subscription()
    _until(lambda: link.acknowledged == [1])

    assert link.copies == [make_task().encode()]
    assert consumer.take() is None
    interruption = consumer.interruption()
    assert interruption is not None
    assert "ended the subscription" in interruption.reason


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
