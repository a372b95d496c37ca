"""A TaskQueue in memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from shared.domain import Task, TaskAddress
from shared.errors import PublishFailed, UndecodableTask, UnknownTaskVersion
from shared.ports import DELIVERY_LIMIT, DeadLetter, Delivery, QueueStatus

_PROGRESS_EVERY = 1_000


@dataclass(slots=True)
class _Message:
    body: bytes
    #: how often it was handed out
    deliveries: int = 0


@dataclass(slots=True)
class _Queue:
    address: TaskAddress
    ready: deque[_Message] = field(default_factory=deque)


class InMemoryTaskQueue:
    """Keeps tasks as encoded messages, as a broker would. Consumers of one instance share its queues."""

    def __init__(self, delivery_limit: int = DELIVERY_LIMIT) -> None:
        self._delivery_limit = delivery_limit
        self._lock = threading.RLock()
        self._queues: dict[TaskAddress, _Queue] = {}
        self._dead: list[DeadLetter] = []
        self._consumers: list[InMemoryTaskConsumer] = []

    def publish(
        self, address: TaskAddress, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None
    ) -> int:
        """Publish a lazy stream to one queue and return how many tasks were published."""
        queue = self._queue(address)
        published = 0
        for published, task in enumerate(tasks, start=1):
            with self._lock:
                if self._queues.get(address) is not queue:
                    raise PublishFailed("the queue of the tasks was removed", published - 1)
                queue.ready.append(_Message(task.encode()))
            if on_progress is not None and published % _PROGRESS_EVERY == 0:
                on_progress(published)
        if on_progress is not None:
            on_progress(published)
        return published

    def put(self, address: TaskAddress, body: bytes) -> None:
        """Publish any bytes, so that a test can tell what happens to what is not a task."""
        self._queue(address).ready.append(_Message(body))

    def remove(self, address: TaskAddress, if_empty: bool = False) -> bool:
        """Remove the queue with all that is in it. Return whether it is gone."""
        with self._lock:
            queue = self._queues.get(address)
            if queue is None or not (if_empty and queue.ready):
                self._queues.pop(address, None)
                return True
            return False

    def addresses(self) -> list[TaskAddress]:
        """Return the queues that are there."""
        with self._lock:
            return list(self._queues)

    def consume(self) -> InMemoryTaskConsumer:
        """Return a consumer."""
        with self._lock:
            consumer = InMemoryTaskConsumer(self)
            self._consumers.append(consumer)
            return consumer

    def lose_deliveries(self) -> None:
        """Act as if every consumer's connection broke: what they hold returns to its queue, their tokens are lost."""
        with self._lock:
            for consumer in self._consumers:
                consumer.lose()

    def status(self, addresses: Sequence[TaskAddress]) -> QueueStatus:
        """Return the counts of those queues."""
        with self._lock:
            asked = [queue for address in dict.fromkeys(addresses) if (queue := self._queues.get(address))]
            by_sweep: dict[str, int] = {}
            for queue in asked:
                sweep_id = queue.address.sweep_id
                by_sweep[sweep_id] = by_sweep.get(sweep_id, 0) + len(queue.ready)
            return QueueStatus(
                ready=sum(by_sweep.values()),
                unacknowledged=sum(consumer.holds_of(queue) for consumer in self._consumers for queue in asked),
                dead=len(self._dead),
                ready_by_sweep=by_sweep,
                missing=tuple(each for each in dict.fromkeys(addresses) if each not in self._queues),
            )

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """Return the oldest dead letters; they stay."""
        with self._lock:
            return self._dead[:limit]

    def discard_dead_letters(self) -> int:
        """Delete all dead letters and return how many there were."""
        with self._lock:
            discarded = len(self._dead)
            self._dead.clear()
            return discarded

    def close(self) -> None:
        """Close what still consumes; the tasks stay with the instance."""
        with self._lock:
            for consumer in list(self._consumers):
                consumer.close()

    def _queue(self, address: TaskAddress) -> _Queue:
        with self._lock:
            return self._queues.setdefault(address, _Queue(address))

    def _reap(self, message: _Message, reason: str) -> None:
        body = message.body.decode(errors="replace")
        self._dead.append(DeadLetter(body=body, reason=reason, died_at=datetime.now(UTC)))

    def _is_there(self, queue: _Queue) -> bool:
        return self._queues.get(queue.address) is queue

    def _return(self, queue: _Queue, message: _Message) -> None:
        if not self._is_there(queue):
            return
        if message.deliveries > self._delivery_limit:
            self._reap(message, f"it was delivered {message.deliveries} times and never acknowledged")
        else:
            queue.ready.appendleft(message)


class InMemoryTaskConsumer:
    """One consumer of an InMemoryTaskQueue."""

    def __init__(self, queue: InMemoryTaskQueue) -> None:
        self._queue = queue
        self._held: dict[str, tuple[_Queue, _Message]] = {}
        self._tokens = count()
        self._taking = True
        #: looked for, not taken yet
        self._ahead: Delivery | None = None

    @property
    def held(self) -> int:
        """How many tasks it holds."""
        return len(self._held)

    def holds_of(self, queue: _Queue) -> int:
        """Return how many tasks it holds of one queue."""
        return sum(each is queue for each, _ in self._held.values())

    def take(self, addresses: Sequence[TaskAddress]) -> Delivery | None:
        """Return a task of the first of these queues that has one now, or None if none has."""
        with self._queue._lock:
            if self._ahead is not None:
                ahead, self._ahead = self._ahead, None
                return ahead
            for address in addresses if self._taking else ():
                queue = self._queue._queues.get(address)
                if queue is not None and (delivery := self._take_of(queue)) is not None:
                    return delivery
            return None

    def _take_of(self, queue: _Queue) -> Delivery | None:
        while queue.ready:
            message = queue.ready.popleft()
            try:
                task = Task.decode(message.body)
            except UnknownTaskVersion:
                queue.ready.append(message)
                return None
            except UndecodableTask as error:
                self._queue._reap(message, str(error))
                continue
            token = f"{id(self):x}-{next(self._tokens)}"
            self._held[token] = queue, message
            message.deliveries += 1
            return Delivery(task=task, address=queue.address, token=token, redelivered=message.deliveries > 1)
        return None

    def renew_leases(self) -> None:
        """Do nothing: what is held stays held."""

    def interruption(self) -> None:
        """Return None: there is no connection to lose."""

    def mute(self) -> frozenset[TaskAddress]:
        """Return none: they always answer."""
        return frozenset()

    def look_ahead(self, addresses: Sequence[TaskAddress]) -> bool:
        """Look for the task of the next ``take``; it counts as held."""
        with self._queue._lock:
            if self._ahead is None:
                self._ahead = self.take(addresses)
            return True

    def give_back(self) -> None:
        """Return what was looked for ahead and not taken to the beginning of its queue."""
        with self._queue._lock:
            ahead, self._ahead = self._ahead, None
            if ahead is not None and (held := self._settle(ahead)) is not None:
                held[1].deliveries -= 1
                self._queue._return(*held)

    def holds(self, delivery: Delivery) -> bool:
        """Whether it is held still."""
        with self._queue._lock:
            return delivery.token in self._held

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""
        return self._settle(delivery) is not None

    def requeue(self, delivery: Delivery) -> bool:
        """Put the task at the end of its queue, as if never delivered. False where that is gone, or it not held."""
        with self._queue._lock:
            held = self._settle(delivery)
            if held is None:
                return False
            queue, message = held
            message.deliveries -= 1
            queue.ready.append(message)
            return self._queue._is_there(queue)

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""
        with self._queue._lock:
            held = self._settle(delivery)
            if held is None:
                return False
            self._queue._reap(held[1], reason)
            return True

    def lose(self) -> None:
        """Return what is held to its queue, in its order."""
        with self._queue._lock:
            self._ahead = None
            while self._held:
                self._queue._return(*self._held.popitem()[1])

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""
        self.give_back()
        self._taking = False

    def close(self) -> None:
        """Leave; what is still held returns to its queue."""
        with self._queue._lock:
            self.stop_taking()
            self.lose()
            if self in self._queue._consumers:
                self._queue._consumers.remove(self)

    def _settle(self, delivery: Delivery) -> tuple[_Queue, _Message] | None:
        with self._queue._lock:
            return self._held.pop(delivery.token, None)
