"""The TaskQueue over RabbitMQ."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from pika import BlockingConnection
from pika.adapters.blocking_connection import BlockingChannel

from shared.adapters.rabbitmq.connection import BROKER_ERRORS, PATIENCE_SECONDS, Broker, BrokerSilent, answering, leave
from shared.adapters.rabbitmq.consumer import RabbitTaskConsumer
from shared.adapters.rabbitmq.publisher import Publication
from shared.adapters.rabbitmq.topology import Topology
from shared.domain import Task
from shared.ports import DeadLetter, QueueStatus

T = TypeVar("T")


class RabbitTaskQueue:
    """A quorum queue with a dead-letter queue.

    It connects when it is first asked for something, so it may be opened before the broker is up.
    """

    def __init__(
        self,
        url: str,
        topology: Topology | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
        authority: str | None = None,
    ) -> None:
        self._broker = Broker(url, patience_seconds, authority)
        self._topology = topology or Topology()
        self._lock = threading.Lock()
        #: for questions; left alone between them, so it may have been closed for want of heartbeats
        self._connection: BlockingConnection | None = None

    def publish(self, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None) -> int:
        """Publish a lazy stream and return how many tasks were published; all are then on disk."""
        self._broker.patiently(lambda: self._ask(self._topology.declare))
        return Publication(self._broker, self._topology.queue, (task.encode() for task in tasks), on_progress).run()

    def consume(self, prefetch: int) -> RabbitTaskConsumer:
        """Subscribe; at most ``prefetch`` tasks are held at once. It connects by itself: ``take`` says if it cannot."""
        return RabbitTaskConsumer(self._broker, self._topology, prefetch)

    def status(self) -> QueueStatus:
        """Return the queue's counts, except what is unacknowledged: AMQP does not tell."""

        def counts(channel: BlockingChannel) -> QueueStatus:
            self._topology.declare(channel)
            tasks = channel.queue_declare(self._topology.queue, passive=True).method
            dead = channel.queue_declare(self._topology.dead_queue, passive=True).method
            return QueueStatus(
                ready=tasks.message_count,
                unacknowledged=None,
                consumers=tasks.consumer_count,
                dead=dead.message_count,
            )

        return self._answer(counts)

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """Return the oldest dead letters; they stay."""

        def peek(channel: BlockingChannel) -> list[DeadLetter]:
            self._topology.declare(channel)
            letters: list[DeadLetter] = []
            while len(letters) < limit:
                _, properties, body = channel.basic_get(self._topology.dead_queue)
                if properties is None or body is None:
                    break
                letters.append(self._topology.dead_letter(properties, body))
            return letters  # unacknowledged: closing the channel returns them, in their order

        return self._answer(peek)

    def discard_dead_letters(self) -> int:
        """Delete all dead letters and return how many there were."""

        def purge(channel: BlockingChannel) -> int:
            self._topology.declare(channel)
            return channel.queue_purge(self._topology.dead_queue).method.message_count or 0

        return self._answer(purge)

    def delete(self) -> None:
        """Delete the queues with all that is in them; a benchmark or a test has some of its own."""
        self._answer(self._topology.delete)

    def close(self) -> None:
        """Release connections. Consumers are closed on their own."""
        with self._lock:
            self._drop()

    def _answer(self, question: Callable[[BlockingChannel], T]) -> T:
        """Ask the broker, once more where the connection had been lost. Raises ServiceUnavailable."""
        try:
            was_connected = self._connection is not None
            try:
                return self._ask(question)
            except BrokerSilent:
                raise
            except BROKER_ERRORS:
                if not was_connected:
                    raise
                return self._ask(question)
        except BROKER_ERRORS as error:
            raise self._broker.unavailable(error) from error

    def _ask(self, question: Callable[[BlockingChannel], T]) -> T:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._broker.connect()
                with answering(self._connection), self._connection.channel() as channel:
                    return question(channel)
            except BROKER_ERRORS:
                self._drop()
                raise

    def _drop(self) -> None:
        if self._connection is not None:
            leave(self._connection)
        self._connection = None
