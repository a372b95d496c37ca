"""The worker's dealings with the queue. What the queue cannot be told now it is told later."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence

from shared.domain import TaskAddress
from shared.errors import ServiceUnavailable
from shared.ports import LEASE_RENEWAL_SECONDS, Delivery, Interruption, TaskConsumer, TaskQueue

log = logging.getLogger(__name__)

#: the wait before a queue that did not answer is asked again, in seconds
PAUSE_SECONDS = 1.0


class Subscription:
    """Takes tasks of queues and settles them. Nothing here raises when the queue does not answer."""

    def __init__(self, queue: TaskQueue, clock: Callable[[], float]) -> None:
        self._queue = queue
        self._clock = clock
        self._consumer: TaskConsumer | None = None
        #: taken and not settled, by token
        self._held: dict[str, Delivery] = {}
        #: what the queue is still to be told
        self._untold: deque[Callable[[], bool]] = deque()
        self._ask_at = float("-inf")
        self._renew_at = float("-inf")
        #: the queues that were asked ahead for a task, which is to be taken or given back
        self.ahead: Sequence[TaskAddress] = ()

    @property
    def may_answer(self) -> bool:
        """Whether the queue is worth asking: it answered, or it had its pause."""
        return self._clock() >= self._ask_at

    @property
    def is_there(self) -> bool:
        """Whether the queue was reached once; the adapter reconnects by itself."""
        return self._consumer is not None

    @property
    def interruption(self) -> Interruption | None:
        """What broke the subscription last, if anything did."""
        return self._consumer.interruption() if self._consumer is not None else None

    @property
    def mute(self) -> tuple[TaskAddress, ...]:
        """The queues that do not answer while the others do."""
        if self._consumer is None:
            return ()
        return tuple(sorted(self._consumer.mute(), key=lambda each: (each.sweep_id, each.epoch)))

    def take(self, addresses: Sequence[TaskAddress]) -> Delivery | None:
        """Return a task of the first of these queues that has one, or None. The first call subscribes."""
        self.ahead = ()
        try:
            if self._consumer is None:
                self._consumer = self._queue.consume()
                self._renew_at = self._clock() + LEASE_RENEWAL_SECONDS / 2
            delivery = self._consumer.take(addresses)
        except ServiceUnavailable as error:
            self._pause(error)
            return None
        if delivery is not None:
            self._held[delivery.token] = delivery
        return delivery

    def look_ahead(self, addresses: Sequence[TaskAddress]) -> None:
        """Begin to look for the next task while something else is done."""
        if self._consumer is not None and not self.ahead and self._consumer.look_ahead(addresses):
            self.ahead = addresses

    def give_back(self) -> None:
        """Return what was looked for ahead."""
        if self._consumer is not None and self.ahead:
            self.ahead = ()
            self._consumer.give_back()

    def others_wait(self, addresses: Sequence[TaskAddress]) -> bool:
        """Whether there are tasks in these queues that nobody holds."""
        try:
            return self._queue.status(addresses).ready > 0
        except ServiceUnavailable as error:
            self._pause(error)
            return False

    def holds(self, delivery: Delivery) -> bool:
        """Whether it is ours still, as far as is known."""
        return self._consumer is not None and self._consumer.holds(delivery)

    def acknowledge(self, delivery: Delivery, reason: str) -> None:
        """Remove the task for good."""
        if self._consumer is not None:
            consumer = self._consumer
            self._tell(lambda: consumer.acknowledge(delivery), delivery, "acknowledged", reason)

    def requeue(self, delivery: Delivery, reason: str) -> None:
        """Give the task to another worker."""
        if self._consumer is not None:
            consumer = self._consumer
            self._tell(lambda: consumer.requeue(delivery), delivery, "requeued", reason)

    def requeue_all(self, reason: str) -> None:
        """Give everything that was taken and is not settled to other workers."""
        for delivery in list(self._held.values()):
            self.requeue(delivery, reason)

    def reject(self, delivery: Delivery, reason: str) -> None:
        """Move the task to the dead letters."""
        if self._consumer is not None:
            consumer = self._consumer
            log.error("a task was rejected: %s", reason, extra=_fields("task.rejected", delivery))
            self._tell(lambda: consumer.reject(delivery, reason), delivery, "rejected", reason)

    def keep_up(self) -> None:
        """Tell the queue what it was not told yet, and renew what is held when that is due."""
        if self._consumer is None or not self.may_answer:
            return
        try:
            while self._untold:
                self._untold[0]()
                self._untold.popleft()
            if self._clock() >= self._renew_at:
                self._consumer.renew_leases()
                self._renew_at = self._clock() + LEASE_RENEWAL_SECONDS / 2
        except ServiceUnavailable as error:
            self._pause(error)

    def stop_taking(self) -> None:
        """Take no more."""
        if self._consumer is not None:
            try:
                self._consumer.stop_taking()
            except ServiceUnavailable as error:
                self._pause(error)

    def close(self) -> None:
        """Leave; what is not settled returns to the queue, as from a worker that was lost."""
        self._ask_at = float("-inf")
        self.keep_up()
        if self._consumer is not None:
            try:
                self._consumer.close()
            except ServiceUnavailable as error:
                self._pause(error)

    def _tell(self, what: Callable[[], bool], delivery: Delivery, verb: str, reason: str) -> None:
        self._held.pop(delivery.token, None)
        log.debug("%s: %s", verb, reason, extra=_fields(f"task.{verb}", delivery))
        self._untold.append(what)
        self.keep_up()

    def _pause(self, error: ServiceUnavailable) -> None:
        self._ask_at = self._clock() + PAUSE_SECONDS
        log.warning("%s", error, extra={"event": "service.unavailable", "service": error.service})


def _fields(event: str, delivery: Delivery) -> dict[str, object]:
    task = delivery.task
    return {
        "event": event,
        "sweep_id": task.sweep_id,
        "trials": len(task.trials),
        "first_trial": task.trials[0].trial_id[:12],
    }
