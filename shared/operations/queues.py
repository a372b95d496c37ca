"""The queue that each sweep's tasks wait in: how many there may be, and its end."""

from __future__ import annotations

import logging
from typing import Protocol

from shared.domain import Sweep, TaskAddress
from shared.errors import ServiceUnavailable, SweepNotFound, TooManySweeps
from shared.operations.sweep_changes import change_sweep
from shared.ports import LeftQueues, SweepLedger, TaskQueue

log = logging.getLogger(__name__)

#: sweeps that may have a queue at once: RabbitMQ's management, which KEDA asks, shows no more queues on a page
MOST_QUEUED_SWEEPS = 500


class LedgerAndLeft(SweepLedger, LeftQueues, Protocol):
    """What tells of all queues that there may be."""


def check_room(ledger: LedgerAndLeft, *, taken: int = 0) -> None:
    """Raise TooManySweeps where no further sweep may have a queue; ``taken`` of them are the caller's own."""
    sweeps = {each.address for each in ledger.queued_sweeps()}
    left = len(set(ledger.left_queues()) - sweeps)
    queued = len(sweeps) + left - taken
    if queued >= MOST_QUEUED_SWEEPS:
        raise TooManySweeps(queued, MOST_QUEUED_SWEEPS, left)


def remove_or_leave(address: TaskAddress, left: LeftQueues, queue: TaskQueue) -> bool:
    """Remove the queue; one that does not answer while its broker does is left to the workers. Return whether it went.

    Raises ServiceUnavailable where the broker does not answer at all.
    """
    try:
        return queue.remove(address)
    except ServiceUnavailable as error:
        try:
            queue.status([])
        except ServiceUnavailable:
            raise error from None
        left.leave_queue(address)
        log.warning(
            "the queue of %s does not answer and is removed by a worker later: %s",
            address.sweep_id,
            error,
            extra={"event": "queue.left", "sweep_id": address.sweep_id, "epoch": address.epoch},
        )
        return False


def end_queue(sweep: Sweep, ledger: SweepLedger, queue: TaskQueue) -> Sweep:
    """Remove the queue of a cancelled sweep with all that is in it, note that it has none, and return the sweep.

    Where the queue does not answer, the workers do it once it does: a sweep that is cancelled and queued says so.
    """
    try:
        queue.remove(sweep.address)
        return change_sweep(
            sweep.sweep_id,
            ledger,
            lambda now: {"queued": False} if now.epoch == sweep.epoch and now.cancelled else {},
        )
    except ServiceUnavailable as error:
        log.warning(
            "the queue of %s is removed by a worker later: %s",
            sweep.sweep_id,
            error,
            extra={"event": "queue.left", "sweep_id": sweep.sweep_id},
        )
    except SweepNotFound:  # deleted meanwhile
        pass
    return sweep
