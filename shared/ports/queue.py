"""The queues of tasks, one for each publication of a sweep: what an adapter guarantees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain import Record, Task, TaskAddress


class QueueStatus(Record):
    """Some queues together at one moment; counts are of tasks."""

    ready: int
    #: handed out and not settled; None where the broker does not tell (AMQP does not)
    unacknowledged: int | None
    #: of all queues, whichever were asked about
    dead: int
    #: the ready ones of each of those sweeps
    ready_by_sweep: Mapping[str, int]
    #: those of the queues that do not exist
    missing: tuple[TaskAddress, ...] = ()


class DeadLetter(Record):
    """A message that no worker could take, with the reason."""

    body: str
    reason: str
    died_at: datetime | None = None


class Delivery(Record):
    """A task handed to one consumer, its to settle."""

    task: Task
    #: the queue that it came from
    address: TaskAddress
    #: the adapter's handle
    token: str
    #: whether it was handed out before, so that an earlier consumer may have died with it
    redelivered: bool


class Interruption(Record):
    """What broke a consumer's connection, which the adapter has taken up again or tries to."""

    reason: str
    at: datetime


class TaskConsumer(Protocol):
    """One worker's hands in the queues. All methods are called from one thread; none blocks longer than a few seconds.

    Nothing is handed to it unasked: what it did not take is free for others, whichever queue it is in.

    An adapter reconnects by itself. What it held when the connection broke may be delivered to anyone again: its
    tokens are then unknown, and settling them is a no-op that returns False. Where such a task comes to this very
    consumer again, that renews what it holds, which is not handed out twice.
    """

    def take(self, addresses: Sequence[TaskAddress]) -> Delivery | None:
        """Return a task of the first of these queues that has one now, or None if none has.

        The caller sees to how many it holds, and how often it asks: to a broker each queue is a round trip, so that
        those that had nothing are worth a pause, and very many of them several calls. A queue that does not exist is
        like an empty one. What is not a task becomes a dead letter; a message of another version stays in its queue,
        at the end, for the workers that know it.
        """

    def look_ahead(self, addresses: Sequence[TaskAddress]) -> bool:
        """Begin to look for the task of the next ``take``, and wait for nothing; return whether there was a use in it.

        The caller has room for a task. What was found and is not taken is held until ``give_back`` or ``stop_taking``.
        """

    def give_back(self) -> None:
        """Return what was looked for ahead and not taken, as if never delivered."""

    def renew_leases(self) -> None:
        """Keep what is held. Call at least every LEASE_RENEWAL_SECONDS; an adapter without leases does nothing."""

    def interruption(self) -> Interruption | None:
        """Return what broke the connection last. None if nothing did."""

    def mute(self) -> frozenset[TaskAddress]:
        """Return the queues that do not answer while their service does; nothing is asked, so it costs nothing.

        They are left out by ``take`` until they answer, so that the others are served.
        """

    def holds(self, delivery: Delivery) -> bool:
        """Whether it is held still, as far as is known here: nothing is asked, so it costs nothing."""

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""

    def requeue(self, delivery: Delivery) -> bool:
        """Put the task at the end of its queue, as if never delivered: it costs no attempt.

        False if it was no longer held, or if its queue is gone, and the task with it.
        """

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""

    def close(self) -> None:
        """Leave; what is still held returns to its queue."""


#: how often a consumer's ``renew_leases`` must be called, in seconds
LEASE_RENEWAL_SECONDS = 10.0
#: a task that came back unsettled more often than this is dead-lettered: a last resort, since workers count attempts
DELIVERY_LIMIT = 100
#: how long a task may be held before the queue takes it back: longer than any trial may take, a week
LONGEST_TASK_SECONDS = 7 * 24 * 60 * 60.0


class TaskQueue(Protocol):
    """The queues: each delivers a published task to one consumer at a time, at least once, until it is acknowledged.

    Durable. A queue is there from its publication until it is removed; consuming makes none. Safe for use from several
    threads and processes, each with an instance of its own.
    """

    def publish(
        self, address: TaskAddress, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None
    ) -> int:
        """Publish a lazy stream to one queue and return how many tasks were published; all are then on disk.

        Makes the queue if it is not there, before the first task. Memory is constant in the stream's length.
        ``on_progress`` gets the number confirmed so far, now and then.
        Raises PublishFailed when the broker refuses tasks, or when the queue is removed meanwhile.
        """

    def remove(self, address: TaskAddress, if_empty: bool = False) -> bool:
        """Remove the queue with all that is in it, a million tasks in moments. Return whether it is gone.

        A queue that is not there is gone. With ``if_empty`` one that has tasks waiting stays, and False is returned;
        what consumers hold does not count. That comes to nobody again, and settling it may return False.
        Raises ServiceUnavailable, within some seconds, where just this queue does not answer too.
        """

    def consume(self) -> TaskConsumer:
        """Return a consumer; one that must connect does so by itself: ``take`` says if it cannot."""

    def status(self, addresses: Sequence[TaskAddress]) -> QueueStatus:
        """Return the counts of those queues; one that does not exist has none."""

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """Return the oldest dead letters of all queues; they stay."""

    def discard_dead_letters(self) -> int:
        """Delete all dead letters and return how many there were."""

    def close(self) -> None:
        """Release connections."""
