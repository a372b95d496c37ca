"""One connection of a consumer, with its channel: subscribing, leaving, and what is told to the broker in between."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from pika import BlockingConnection
from pika.spec import Basic, BasicProperties

from shared.adapters.rabbitmq.connection import BROKER_ERRORS, Broker, answering, leave
from shared.adapters.rabbitmq.topology import TASK_PROPERTIES, Topology

#: how long the broker may take to send a task for one that was acknowledged, in seconds
_FILL_SECONDS = 0.2
#: the link that it came over, and pika's three parts of a delivery
OnMessage = Callable[["Link", Basic.Deliver, BasicProperties, bytes], None]


class Link:
    """Delivery tags mean something on their own link only. Used by one thread. Its methods raise BROKER_ERRORS."""

    def __init__(self, broker: Broker, topology: Topology, prefetch: int) -> None:
        self._topology = topology
        self.connection: BlockingConnection = broker.connect()
        try:
            with answering(self.connection):
                self.channel = self.connection.channel()
                topology.declare(self.channel)
                self.channel.confirm_delivery()
                self.channel.basic_qos(prefetch_count=prefetch)
        except BROKER_ERRORS:
            leave(self.connection)
            raise

    @property
    def is_closed(self) -> bool:
        """Whether the broker closed the channel, which it does with a consumer that holds a task for too long."""
        return self.channel.is_closed

    @property
    def is_subscribed(self) -> bool:
        """Whether tasks come: not before ``subscribe``, and not after the broker ended it."""
        return bool(self.channel.consumer_tags)

    def subscribe(self, on_message: OnMessage) -> None:
        """Let tasks come, where the queue is gone to a new one."""
        with answering(self.connection):
            self._topology.declare(self.channel)
            self.channel.basic_consume(
                self._topology.queue,
                lambda _, method, properties, body: on_message(self, method, properties, body),
            )

    def unsubscribe(self) -> None:
        """Let no more come; what is under way still arrives, so that it can be given back as if never delivered.

        What arrives too late is marked as redelivered, and the next worker would take it for the task of one that was
        lost: pika's basic_cancel rejects what it has not handed over, a quorum queue takes back what it delivers to a
        consumer that has just left. So the places that were freed last are let fill first.
        """
        self.connection.sleep(_FILL_SECONDS)
        with answering(self.connection):
            for tag in self.channel.consumer_tags:
                self.channel._impl._send_method(Basic.Cancel(consumer_tag=tag, nowait=True))  # type: ignore[attr-defined]
            # the answer to any question comes after all that was sent before the broker heard of the end
            self._topology.declare(self.channel)
            self.connection.process_data_events(time_limit=0)
            for tag in self.channel.consumer_tags:
                self.channel.basic_cancel(tag)  # nothing is left to reject: pika forgets the consumer

    def publish_again(self, body: bytes) -> None:
        """Publish a fresh copy of a task; it is on disk when this returns."""
        self.channel.basic_publish("", self._topology.queue, body, TASK_PROPERTIES, mandatory=True)

    def dead_letter(self, body: bytes, reason: str) -> None:
        """Write a dead letter; it is on disk when this returns."""
        self._topology.write_dead_letter(self.channel, body, reason)

    def acknowledge(self, tag: int) -> None:
        """Remove what came under that tag from the queue."""
        self.channel.basic_ack(tag)

    def wake(self, callback: Callable[[], None]) -> None:
        """Have the link's thread call this; from any thread. Nothing happens where the connection has just closed."""
        with contextlib.suppress(*BROKER_ERRORS):
            self.connection.add_callback_threadsafe(callback)

    def close(self) -> None:
        """Leave the broker."""
        leave(self.connection)
