"""The queue of tasks: what an adapter guarantees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

from shared.domain import Record, Task


class QueueStatus(Record):
    """The queue at one moment; counts are of tasks."""

    ready: int
    #: handed out and not settled; None where the broker does not tell (AMQP does not)
    unacknowledged: int | None
    consumers: int
    dead: int


class DeadLetter(Record):
    """A message that no worker could take, with the reason."""

    body: str
    reason: str
    died_at: datetime | None = None


class Delivery(Record):
    """A task handed to one consumer, its to settle."""

    task: Task
    #: the adapter's handle
    token: str
    #: whether it was handed out before, so that an earlier consumer may have died with it
    redelivered: bool


class Interruption(Record):
    """What broke a subscription, which the adapter has taken up again or tries to."""

    reason: str
    at: datetime


class TaskConsumer(Protocol):
    """One worker's subscription. All methods are called from one thread; none blocks longer than a round trip.

    An adapter reconnects by itself. What it held when the connection broke may be delivered to anyone again: its
    tokens are then unknown, and settling them is a no-op that returns False.
    """

    def take(self) -> Delivery | None:
        """Return the next task, or None if there is none now or ``prefetch`` are held.

        What is not a task becomes a dead letter.
        """

    def wakeup(self) -> Any | None:
        """Return an object for multiprocessing.connection.wait that is readable when take may have a task.

        None where the adapter must be polled.
        """

    def extend(self) -> None:
        """Keep what is held. Call at least every ``EXTEND_SECONDS``; an adapter that needs it not does nothing."""

    def interruption(self) -> Interruption | None:
        """Return what broke the subscription last: a lost connection, or its end by the broker. None if nothing did."""

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""

    def hand_back(self, delivery: Delivery) -> bool:
        """Put the task at the end of the queue, as if never delivered: it costs no attempt. False if no longer held."""

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""

    def close(self) -> None:
        """Leave; what is still held returns to the queue."""


#: how often a consumer's ``extend`` must be called, in seconds
EXTEND_SECONDS = 10.0
#: a task that came back unsettled more often than this is dead-lettered: a last resort, since workers count attempts
DELIVERY_LIMIT = 100
#: how long a task may be held before the queue takes it back: longer than any trial may take, a week
LONGEST_TASK_SECONDS = 7 * 24 * 60 * 60.0


class TaskQueue(Protocol):
    """Delivers each published task to one consumer at a time, at least once, until it is acknowledged. Durable.

    Safe for use from several threads and processes, each with an instance of its own.
    """

    def publish(self, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None) -> int:
        """Publish a lazy stream and return how many tasks were published; all are then on disk.

        Memory is constant in the stream's length. ``on_progress`` gets the number confirmed so far, now and then.
        Raises PublishFailed when the broker refuses tasks.
        """

    def consume(self, prefetch: int) -> TaskConsumer:
        """Subscribe; at most ``prefetch`` tasks are held at once.

        An adapter that must connect does so by itself: ``take`` says if it cannot.
        """

    def status(self) -> QueueStatus:
        """Return the queue's counts."""

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """Return the oldest dead letters; they stay."""

    def discard_dead_letters(self) -> int:
        """Delete all dead letters and return how many there were."""

    def close(self) -> None:
        """Release connections."""
