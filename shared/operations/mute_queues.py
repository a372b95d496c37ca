"""Sweeps whose queue does not answer its workers while the broker does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.domain import SweepSummary
from shared.ports import WorkerReport
from shared.wording import agreeing, counted


def mute_queues(summaries: Iterable[SweepSummary], workers: Sequence[WorkerReport]) -> frozenset[str]:
    """Return the ids of those sweeps that go on and whose queue does not answer, as their workers report.

    Nothing is asked: the broker itself counts such a queue as empty, or as it was.
    """
    mute = {address for worker in workers for address in worker.mute}
    return frozenset(
        each.sweep.sweep_id
        for each in summaries
        if each.status.goes_on and each.sweep.queued and each.sweep.address in mute
    )


def mute_queue_sentence(summary: SweepSummary) -> str:
    """Return what the silence of the sweep's queue means, and what helps."""
    missing = summary.missing
    them = agreeing(missing, "it", "them")
    return (
        f"Its queue does not answer, while the broker does, so {counted(missing, 'trial')} "
        f"{agreeing(missing, 'waits', 'wait')}: resume the sweep to give {them} a new queue. "
        "Nothing that has a result is lost."
    )
