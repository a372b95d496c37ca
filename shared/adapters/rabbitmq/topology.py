"""The broker's objects: the queue of tasks, and where dead letters go."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pika import BasicProperties, DeliveryMode
from pika.adapters.blocking_connection import BlockingChannel

from shared.ports import DELIVERY_LIMIT, LONGEST_TASK_SECONDS, DeadLetter

#: how long a worker may hold a task before the broker takes it back, in milliseconds, for brokers that let a queue
#: say it (3.12 and newer); older ones have it in their configuration, half an hour by default
_CONSUMER_TIMEOUT_MS = int(LONGEST_TASK_SECONDS * 1000)
#: reading dead letters must never use them up: RabbitMQ 4 drops what was returned 20 times unless told otherwise
_DEAD_DELIVERY_LIMIT = 2**31 - 1

#: how a task is published: kept on disk
TASK_PROPERTIES = BasicProperties(content_type="application/json", delivery_mode=DeliveryMode.Persistent)
#: header of a dead letter that an adapter wrote
_REASON_HEADER = "reason"


@dataclass(frozen=True, slots=True)
class Topology:
    """Names, and what is declared under them."""

    queue: str = "boostgrid.tasks"
    dead_queue: str = "boostgrid.dead"
    dead_exchange: str = "boostgrid.dead"
    delivery_limit: int = DELIVERY_LIMIT

    def declare(self, channel: BlockingChannel) -> None:
        """Make what is missing. A queue that exists with other arguments closes the channel (PRECONDITION_FAILED)."""
        channel.exchange_declare(self.dead_exchange, "fanout", durable=True)
        channel.queue_declare(
            self.dead_queue,
            durable=True,
            arguments={"x-queue-type": "quorum", "x-delivery-limit": _DEAD_DELIVERY_LIMIT},
        )
        channel.queue_bind(self.dead_queue, self.dead_exchange)
        channel.queue_declare(
            self.queue,
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-delivery-limit": self.delivery_limit,
                "x-dead-letter-exchange": self.dead_exchange,
                # a dead letter leaves the queue only when boostgrid.dead has it, which needs this overflow
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
                "x-consumer-timeout": _CONSUMER_TIMEOUT_MS,
            },
        )

    def delete(self, channel: BlockingChannel) -> None:
        """Delete all of it, with what is in the queues."""
        channel.queue_delete(self.queue)
        channel.queue_delete(self.dead_queue)
        channel.exchange_delete(self.dead_exchange)

    def write_dead_letter(self, channel: BlockingChannel, body: bytes, reason: str) -> None:
        """Write a dead letter; it is on disk when this returns. The channel confirms."""
        properties = BasicProperties(
            headers={_REASON_HEADER: reason},
            timestamp=int(time.time()),
            delivery_mode=DeliveryMode.Persistent,
        )
        channel.basic_publish("", self.dead_queue, body, properties, mandatory=True)

    def dead_letter(self, properties: BasicProperties, body: bytes) -> DeadLetter:
        """Return what a message of the dead queue says, with the reason of an adapter, else of the broker."""
        headers: Mapping[str, Any] = properties.headers or {}
        died_at = _moment(properties.timestamp)
        if _REASON_HEADER in headers:
            reason = str(headers[_REASON_HEADER])
        else:
            reason = f"the broker dead-lettered it ({headers.get('x-first-death-reason', 'no reason given')})"
            for death in headers.get("x-death", ()):
                died_at = death["time"]
                if death["reason"] == "delivery_limit":
                    reason = f"it was delivered {self.delivery_limit + 1} times and never acknowledged"
        return DeadLetter(body=body.decode(errors="replace"), reason=reason, died_at=died_at)


def _moment(timestamp: int | None) -> datetime | None:
    """Return the time of a header that anybody may have written: in milliseconds, say, which no calendar has."""
    try:
        return datetime.fromtimestamp(timestamp, UTC) if timestamp else None
    except (ValueError, OverflowError, OSError):
        return None
