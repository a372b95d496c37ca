"""Removes the queues of sweeps that have ended: finished, cancelled half-way, and what was left as mute."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial

from shared.domain import QueuedSweep, SweepStatus, TaskAddress
from shared.errors import ServiceUnavailable, SweepNotFound, UnreadableRecord
from shared.ports import Store, TaskQueue
from worker.parent.queue_removal import QueueRemoval

log = logging.getLogger(__name__)

#: the first and the longest wait before it is looked again whether a sweep whose queue is empty is finished, in seconds
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
#: how long after a service did not answer, in seconds
_OUTAGE_WAIT = 5.0
#: the longest wait before a queue that did not answer is to be removed again, in seconds
_LONGEST_MUTE_WAIT = 60.0
#: of one that answered: it may be removed at once
_NEVER_MUTE = float("-inf"), 0.0
#: how long a removal is waited for, in seconds; what takes longer goes on beside the worker's other work
_AT_ONCE_SECONDS = 0.2
#: how often it is looked which queues were left, in seconds
_LEFT_LOOK_SECONDS = 5.0
#: how long what is left in the queue of a finished sweep is waited for: what is no task becomes a dead letter by then
_LEFT_SECONDS = 60.0


class QueueEnds:
    """Every worker looks after all queues, so that none outlives its sweep while a single worker lives."""

    def __init__(self, store: Store, queue: TaskQueue, clock: Callable[[], float]) -> None:
        self._store, self._queue, self._clock = store, queue, clock
        #: when to look next, and the wait that led there
        self._next: dict[TaskAddress, tuple[float, float]] = {}
        #: of queues of finished sweeps that were not empty: since when that is known
        self._left_since: dict[TaskAddress, float] = {}
        self._paused_until = float("-inf")
        #: what is being removed: one queue at a time
        self._removal: QueueRemoval | None = None
        #: of queues that did not answer: when to ask again, and the wait that leads there
        self._mute: dict[TaskAddress, tuple[float, float]] = {}
        #: what was left, as of the last look
        self._left: list[TaskAddress] = []
        self._left_look_at = float("-inf")

    def look(
        self, queued: Sequence[QueuedSweep], empty: Collection[QueuedSweep], running_here: Collection[str]
    ) -> None:
        """End what has ended; ``empty`` are those found so, and nobody asks those that are no worker's here.

        An outage is logged; another look, or another worker, does it then.
        """
        now = self._clock()
        if now < self._paused_until:
            return
        present, idle = {each.address for each in queued}, {each.address for each in empty}
        self._next = {address: when for address, when in self._next.items() if address in present}
        self._left_since = {address: when for address, when in self._left_since.items() if address in present}
        looks_at_left = now >= self._left_look_at
        try:
            if not self._has_settled():
                return
            if looks_at_left:
                self._left_look_at = now + _LEFT_LOOK_SECONDS
                self._left = self._store.left_queues()
            self._mute = {each: when for each, when in self._mute.items() if each in present or each in self._left}
            ends = [(address, partial(self._end_left, address)) for address in self._left if looks_at_left]
            for sweep in queued:
                is_empty, is_here = sweep.address in idle, sweep.sweep_id in running_here
                ends.append((sweep.address, partial(self._end_if_due, sweep, is_empty=is_empty, is_here=is_here)))
            # those that did not answer in turn, and after the others: each may take seconds
            for address, end in sorted(ends, key=lambda each: self._mute.get(each[0], _NEVER_MUTE)[0]):
                if self._removal is not None or self._clock() < self._paused_until:
                    return
                if now >= self._mute.get(address, _NEVER_MUTE)[0]:
                    end()
        except ServiceUnavailable as error:
            self._paused_until = max(self._paused_until, self._clock() + _OUTAGE_WAIT)
            log.warning("%s", error, extra={"event": "service.unavailable", "service": error.service})

    def _end_if_due(self, sweep: QueuedSweep, *, is_empty: bool, is_here: bool) -> None:
        if sweep.cancelled:
            self._remove(sweep.address, partial(self._mark, sweep, "cancelled"))
        elif is_here:
            self._next.pop(sweep.address, None)
        elif self._is_due(sweep.address, is_empty=is_empty):
            self._end_if_finished(sweep)

    def _is_due(self, address: TaskAddress, *, is_empty: bool) -> bool:
        now = self._clock()
        at, wait = self._next.get(address, (now + _LONGEST_WAIT, 0.0))
        if not is_empty:  # one that this worker does not ask, or that has tasks, is looked at seldom
            wait = 0.0
        elif not wait:  # it was found empty just now
            at = now
        if now < at:
            self._next[address] = at, wait
            return False
        wait = min(_LONGEST_WAIT, max(_FIRST_WAIT, 2 * wait)) if is_empty else 0.0
        self._next[address] = now + (wait or _LONGEST_WAIT), wait
        return True

    def _end_if_finished(self, sweep: QueuedSweep) -> None:
        try:
            found = self._store.summaries([sweep.sweep_id])
        except UnreadableRecord:  # workers of the version that wrote it end it
            return
        if not found or not found[0].sweep.published or found[0].status is not SweepStatus.FINISHED:
            return
        address = sweep.address
        since = self._left_since.setdefault(address, self._clock())
        # every trial has its outcome: messages of a version that nobody here knows would keep the queue for ever
        if_empty = self._clock() < since + _LEFT_SECONDS
        self._remove(address, partial(self._mark, sweep, "finished"), if_empty=if_empty)

    def _end_left(self, address: TaskAddress) -> None:
        """Remove what was left when the sweep was resumed or deleted."""
        if self._has_passed(address):
            self._remove(address, partial(self._forget_left, address))

    def _forget_left(self, address: TaskAddress) -> None:
        self._store.forget_left_queue(address)
        fields = {"event": "queue.ended", "sweep_id": address.sweep_id, "epoch": address.epoch}
        log.info("removed a queue that had not answered", extra=fields)

    def _has_passed(self, address: TaskAddress) -> bool:
        """Whether nobody needs the queue: what noted it may have died before it began the next epoch."""
        try:
            sweep = self._store.sweep(address.sweep_id)
        except SweepNotFound:
            return True
        except UnreadableRecord:  # workers of the version that wrote it tell
            return False
        return sweep.epoch > address.epoch or not sweep.queued

    def _remove(self, address: TaskAddress, then: Callable[[], None], if_empty: bool = False) -> None:
        try:
            self._removal = QueueRemoval(self._queue, address, then, if_empty=if_empty)
        except RuntimeError:  # the system refuses another thread: later then
            self._paused_until = self._clock() + _OUTAGE_WAIT
            return
        self._has_settled(_AT_ONCE_SECONDS)

    def _has_settled(self, seconds: float = 0.0) -> bool:
        """Do what follows a removal that has come to its end; False while one is under way.

        A queue that does not answer is asked ever less often, so that the others have their turn.
        """
        removal = self._removal
        if removal is None:
            return True
        if not removal.is_done(seconds):
            return False
        self._removal = None
        try:
            gone = removal.result()
        except ServiceUnavailable:
            wait = min(_LONGEST_MUTE_WAIT, 2 * self._mute.get(removal.address, (0.0, _OUTAGE_WAIT / 2))[1])
            self._mute[removal.address] = self._clock() + wait, wait
            raise
        self._mute.pop(removal.address, None)
        if gone:
            removal.then()
        return True

    def _mark(self, sweep: QueuedSweep, why: str) -> None:
        try:
            before = self._store.sweep(sweep.sweep_id)
        except (SweepNotFound, UnreadableRecord):
            return
        if before.epoch != sweep.epoch or not before.queued:  # resumed meanwhile, or another worker was first
            return
        if self._store.change_sweep(before, before.model_copy(update={"queued": False})):
            fields = {"event": "queue.ended", "sweep_id": sweep.sweep_id, "epoch": sweep.epoch}
            log.info("removed the queue of a sweep that is %s", why, extra=fields)
