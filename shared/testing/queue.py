"""A TaskQueue in memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from shared.domain import Task
from shared.errors import UndecodableTask
from shared.ports import DELIVERY_LIMIT, DeadLetter, Delivery, QueueStatus

_PROGRESS_EVERY = 1_000


@dataclass(slots=True)
class _Message:
    body: bytes
    #: how often it was handed out
    deliveries: int = 0


class InMemoryTaskQueue:
    """Keeps tasks as encoded messages, as a broker would. Consumers of one instance share its tasks."""

    def __init__(self, delivery_limit: int = DELIVERY_LIMIT) -> None:
        self._delivery_limit = delivery_limit
        self._lock = threading.RLock()
        self._ready: deque[_Message] = deque()
        self._dead: list[DeadLetter] = []
        self._consumers: list[InMemoryTaskConsumer] = []

    def publish(self, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None) -> int:
        """Publish a lazy stream and return how many tasks were published."""
        published = 0
        for published, task in enumerate(tasks, start=1):
            self.put(task.encode())
            if on_progress is not None and published % _PROGRESS_EVERY == 0:
                on_progress(published)
        if on_progress is not None:
            on_progress(published)
        return published

    def put(self, body: bytes) -> None:
        """Publish any bytes, so that a test can tell what happens to what is not a task."""
        with self._lock:
            self._ready.append(_Message(body))

    def consume(self, prefetch: int) -> InMemoryTaskConsumer:
        """Subscribe; at most ``prefetch`` tasks are held at once."""
        with self._lock:
            consumer = InMemoryTaskConsumer(self, prefetch)
            self._consumers.append(consumer)
            return consumer

    def lose_deliveries(self) -> None:
        """Act as if every consumer's connection broke: what they hold returns to the queue, their tokens are lost."""
        with self._lock:
            for consumer in self._consumers:
                consumer.lose()

    def status(self) -> QueueStatus:
        """Return the queue's counts."""
        with self._lock:
            return QueueStatus(
                ready=len(self._ready),
                unacknowledged=sum(consumer.held for consumer in self._consumers),
                consumers=sum(consumer.taking for consumer in self._consumers),
                dead=len(self._dead),
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

    def _bury(self, message: _Message, reason: str) -> None:
        body = message.body.decode(errors="replace")
        self._dead.append(DeadLetter(body=body, reason=reason, died_at=datetime.now(UTC)))

    def _return(self, message: _Message) -> None:
        if message.deliveries > self._delivery_limit:
            self._bury(message, f"it was delivered {message.deliveries} times and never acknowledged")
        else:
            self._ready.appendleft(message)


class InMemoryTaskConsumer:
    """One subscription to an InMemoryTaskQueue."""

    def __init__(self, queue: InMemoryTaskQueue, prefetch: int) -> None:
        self._queue = queue
        self._prefetch = prefetch
        self._held: dict[str, _Message] = {}
        self._tokens = count()
        self.taking = True

    @property
    def held(self) -> int:
        """How many tasks it holds."""
        return len(self._held)

    def take(self) -> Delivery | None:
        """Return the next task, or None if there is none now or ``prefetch`` are held."""
        with self._queue._lock:
            while self.taking and self._queue._ready and self.held < self._prefetch:
                message = self._queue._ready.popleft()
                try:
                    task = Task.decode(message.body)
                except UndecodableTask as error:
                    self._queue._bury(message, str(error))
                    continue
                token = f"{id(self):x}-{next(self._tokens)}"
                self._held[token] = message
                message.deliveries += 1
                return Delivery(task=task, token=token, redelivered=message.deliveries > 1)
            return None

    def wakeup(self) -> None:
        """Return None: it must be polled."""

    def extend(self) -> None:
        """Do nothing: what is held stays held."""

    def interruption(self) -> None:
        """Return None: there is no connection to lose."""

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""
        return self._settle(delivery) is not None

    def hand_back(self, delivery: Delivery) -> bool:
        """Give the task to another consumer, as if never delivered. False if no longer held."""
        with self._queue._lock:
            message = self._settle(delivery)
            if message is None:
                return False
            message.deliveries -= 1
            self._queue._ready.append(message)
            return True

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""
        with self._queue._lock:
            message = self._settle(delivery)
            if message is None:
                return False
            self._queue._bury(message, reason)
            return True

    def lose(self) -> None:
        """Return what is held to the queue, in its order."""
        with self._queue._lock:
            while self._held:
                self._queue._return(self._held.popitem()[1])

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""
        self.taking = False

    def close(self) -> None:
        """Leave; what is still held returns to the queue."""
        with self._queue._lock:
            self.stop_taking()
            self.lose()
            if self in self._queue._consumers:
                self._queue._consumers.remove(self)

    def _settle(self, delivery: Delivery) -> _Message | None:
        with self._queue._lock:
            return self._held.pop(delivery.token, None)
