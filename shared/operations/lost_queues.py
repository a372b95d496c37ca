"""Sweeps whose tasks went with the broker's data: its volume was emptied, or their queues were deleted by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from shared.domain import SweepStatus, SweepSummary
from shared.ports import Fleet, SweepLedger, TaskQueue
from shared.wording import agreeing, counted


class _LedgerAndFleet(SweepLedger, Fleet, Protocol):
    """What tells of sweeps, and of who is at them."""


def lost_queues(summaries: Iterable[SweepSummary], store: _LedgerAndFleet, queue: TaskQueue) -> frozenset[str]:
    """Return the ids of those running sweeps whose queue is gone and which no worker is at: nobody goes on with them.

    The broker is asked only about sweeps that no worker is at. Raises ServiceUnavailable.
    """
    going = [each for each in summaries if _should_have_a_queue(each)]
    if not going:
        return frozenset()
    at_work = {task.sweep_id for worker in store.workers() for task in worker.running}
    asked = {each.sweep.address: each.sweep.sweep_id for each in going if each.sweep.sweep_id not in at_work}
    missing = queue.status(list(asked)).missing if asked else ()
    if not missing:
        return frozenset()
    # one that finished, or was cancelled or resumed while the broker was asked, has lost nothing
    still = store.summaries([asked[address] for address in missing])
    return frozenset(
        each.sweep.sweep_id for each in still if _should_have_a_queue(each) and each.sweep.address in missing
    )


def lost_queue_sentence(summary: SweepSummary) -> str:
    """Return what the loss of the sweep's queue means, and what helps."""
    missing = summary.missing
    return (
        f"The broker has lost its queue, so {counted(missing, 'trial')} {agreeing(missing, 'waits', 'wait')} nowhere: "
        f"resume the sweep to publish {agreeing(missing, 'it', 'them')}. Nothing that has a result is lost."
    )


def _should_have_a_queue(summary: SweepSummary) -> bool:
    return summary.status is SweepStatus.RUNNING and summary.sweep.queued
