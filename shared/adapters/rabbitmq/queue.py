"""The TaskQueue over RabbitMQ."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from pika import BlockingConnection
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from shared.adapters.rabbitmq.connection import (
    BROKER_ERRORS,
    PATIENCE_SECONDS,
    Broker,
    BrokerSilent,
    answering,
    leave,
)
from shared.adapters.rabbitmq.consumer import RabbitTaskConsumer
from shared.adapters.rabbitmq.publisher import Publication
from shared.adapters.rabbitmq.topology import Topology, is_missing
from shared.domain import Task, TaskAddress
from shared.ports import DeadLetter, QueueStatus

T = TypeVar("T")

#: how long a queue with all that is in it may take to go, in seconds: of one that does not answer the broker itself
#: waits 5 s for it before it removes it by force
_REMOVE_SECONDS = 10.0
#: queues that one question is about: each is a round trip, and one that does not answer a quarter of a second
_QUEUES_AT_ONCE = 10


class RabbitTaskQueue:
    """A quorum queue for each address, and one for dead letters.

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

    def publish(
        self, address: TaskAddress, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None
    ) -> int:
        """Publish a lazy stream to one queue and return how many tasks were published; all are then on disk."""
        self._broker.patiently(lambda: self._ask(lambda channel: self._topology.declare_queue(channel, address)))
        name = self._topology.queue_of(address)
        return Publication(self._broker, name, (task.encode() for task in tasks), on_progress).run()

    def remove(self, address: TaskAddress, if_empty: bool = False) -> bool:
        """Remove the queue with all that is in it. Return whether it is gone.

        It is asked over a connection of its own: one that does not answer keeps no other question waiting.
        """

        def remove(channel: BlockingChannel) -> bool:
            # quorum queues refuse queue.delete's own if-empty
            if if_empty and self._counts(channel, [address])[0]:
                return False
            if channel.is_open:
                channel.queue_delete(self._topology.queue_of(address))
            return True

        return self._answer_apart(remove, _REMOVE_SECONDS)

    def consume(self) -> RabbitTaskConsumer:
        """Return a consumer, which connects by itself: ``take`` says if it cannot."""
        return RabbitTaskConsumer(self._broker, self._topology)

    def status(self, addresses: Sequence[TaskAddress]) -> QueueStatus:
        """Return the counts of those queues, except what is unacknowledged: AMQP does not tell."""
        unique = list(dict.fromkeys(addresses))
        ready = dict.fromkeys((address.sweep_id for address in unique), 0)
        missing: list[TaskAddress] = []
        for start in range(0, len(unique), _QUEUES_AT_ONCE):
            some = unique[start : start + _QUEUES_AT_ONCE]
            counts = self._answer(partial(self._counts, addresses=some))
            for address, count in zip(some, counts, strict=True):
                if count is None:
                    missing.append(address)
                else:
                    ready[address.sweep_id] += count
        return QueueStatus(
            ready=sum(ready.values()),
            unacknowledged=None,
            dead=self._answer(self._dead),
            ready_by_sweep=ready,
            missing=tuple(missing),
        )

    def _counts(self, channel: BlockingChannel, addresses: Sequence[TaskAddress]) -> list[int | None]:
        """Return how many wait in each; None of one that does not exist."""
        counts: list[int | None] = []
        asked = channel
        for address in addresses:
            if asked.is_closed:
                asked = channel.connection.channel()
            try:
                counts.append(asked.queue_declare(self._topology.queue_of(address), passive=True).method.message_count)
            except ChannelClosedByBroker as error:
                if not is_missing(error):
                    raise
                counts.append(None)
        if asked is not channel and asked.is_open:
            asked.close()
        return counts

    def _dead(self, channel: BlockingChannel) -> int:
        self._topology.declare(channel)
        return channel.queue_declare(self._topology.dead_queue, passive=True).method.message_count

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

    def delete(self, addresses: Iterable[TaskAddress]) -> None:
        """Delete those queues and the dead letters' with all in them; a benchmark or a test has some of its own."""
        self._answer(lambda channel: self._topology.delete(channel, addresses), _REMOVE_SECONDS)

    def close(self) -> None:
        """Release connections. Consumers are closed on their own."""
        with self._lock:
            self._drop()

    def _answer(self, question: Callable[[BlockingChannel], T], seconds: float | None = None) -> T:
        """Ask the broker, once more where the connection had been lost. Raises ServiceUnavailable."""
        try:
            was_connected = self._connection is not None
            try:
                return self._ask(question, seconds)
            except BrokerSilent:
                raise
            except BROKER_ERRORS:
                if not was_connected:
                    raise
                return self._ask(question, seconds)
        except BROKER_ERRORS as error:
            raise self._broker.unavailable(error) from error

    def _answer_apart(self, question: Callable[[BlockingChannel], T], seconds: float) -> T:
        """Ask the broker over a connection for this question only. Raises ServiceUnavailable."""
        try:
            connection = self._broker.connect()
            try:
                with answering(connection, seconds), connection.channel() as channel:
                    return question(channel)
            finally:
                leave(connection)
        except BROKER_ERRORS as error:
            raise self._broker.unavailable(error) from error

    def _ask(self, question: Callable[[BlockingChannel], T], seconds: float | None = None) -> T:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._broker.connect()
                with answering(self._connection, seconds), self._connection.channel() as channel:
                    return question(channel)
            except BROKER_ERRORS:
                self._drop()
                raise

    def _drop(self) -> None:
        if self._connection is not None:
            leave(self._connection)
        self._connection = None
