"""One connection of a consumer: getting messages, and what is told to the broker of them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from pika import BlockingConnection
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker, UnroutableError

from shared.adapters.rabbitmq.connection import BROKER_ERRORS, Broker, answering, leave
from shared.adapters.rabbitmq.topology import TASK_PROPERTIES, Topology, is_missing
from shared.domain import TaskAddress

log = logging.getLogger(__name__)

#: how long a queue may take to give a message, or to confirm one, in seconds: what is held is lost with a connection
#: that is given up
_QUEUE_SECONDS = 15.0


class QueueMissing(Exception):
    """Raised when the queue that was asked does not exist, or refuses to be."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that is ours for as long as its channel lasts."""

    body: bytes
    redelivered: bool
    channel: BlockingChannel
    tag: int

    @property
    def is_lost(self) -> bool:
        """Whether the broker has it back: the connection broke, or it was held for too long."""
        return not self.channel.is_open


class Link:
    """Used by one thread. Its methods raise BROKER_ERRORS.

    Each message is held on a channel of its own: the broker closes the channel that asks for a queue that does not
    exist, and takes back all that was held on it.
    """

    def __init__(self, broker: Broker, topology: Topology) -> None:
        self._topology = topology
        self._idle: list[BlockingChannel] = []
        self.connection: BlockingConnection = broker.connect()
        try:
            with answering(self.connection):
                self._writing = self.connection.channel()
                topology.declare(self._writing)
                self._writing.confirm_delivery()
        except BROKER_ERRORS:
            leave(self.connection)
            raise

    @property
    def is_closed(self) -> bool:
        """Whether the broker closed the channel of what is written."""
        return self._writing.is_closed

    def get(self, address: TaskAddress, seconds: float | None = None) -> Received | None:
        """Return a message of the queue, or None if there is none now. Raises QueueMissing."""
        with answering(self.connection, _QUEUE_SECONDS if seconds is None else seconds):
            channel = self._idle_channel()
            try:
                method, _, body = channel.basic_get(self._topology.queue_of(address))
            except ChannelClosedByBroker as error:
                if not is_missing(error):
                    reason = error.reply_text
                    log.warning("RabbitMQ refused a question: %s", reason, extra={"event": "queue.refused"})
                raise QueueMissing from error
        if method is None or body is None:
            self._idle.append(channel)
            return None
        return Received(body, bool(method.redelivered), channel, method.delivery_tag or 0)

    def publish_again(self, address: TaskAddress, body: bytes) -> bool:
        """Publish a fresh copy of a task; it is on disk when this returns. False where its queue is gone."""
        try:
            with answering(self.connection, _QUEUE_SECONDS):
                self._writing.basic_publish("", self._topology.queue_of(address), body, TASK_PROPERTIES, mandatory=True)
        except UnroutableError:
            return False
        return True

    def dead_letter(self, body: bytes, reason: str) -> None:
        """Write a dead letter; it is on disk when this returns."""
        with answering(self.connection, _QUEUE_SECONDS):
            try:
                self._topology.write_dead_letter(self._writing, body, reason)
            except UnroutableError:  # the broker was emptied
                self._topology.declare(self._writing)
                self._topology.write_dead_letter(self._writing, body, reason)

    def acknowledge(self, received: Received) -> None:
        """Remove the message from its queue."""
        received.channel.basic_ack(received.tag)
        self._idle.append(received.channel)

    def wake(self, callback: Callable[[], None]) -> None:
        """Have the link's thread call this; from any thread. Nothing happens where the connection has just closed."""
        with contextlib.suppress(*BROKER_ERRORS):
            self.connection.add_callback_threadsafe(callback)

    def close(self) -> None:
        """Leave the broker."""
        leave(self.connection)

    def _idle_channel(self) -> BlockingChannel:
        while self._idle:
            if (channel := self._idle.pop()).is_open:
                return channel
        return self.connection.channel()
