"""Whether any live worker can do a sweep, and what it lacks where none can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shared.catalog import library_catalog
from shared.domain import QueuedSweep, Record, SweepStatus, SweepSummary
from shared.planning.versions import unsuited
from shared.ports import WorkerReport
from shared.wording import agreeing, counted


class NobodySuited(Record):
    """Why no live worker can do a sweep."""

    #: what it needs, and what the workers have
    sentence: str
    #: whether it would help to launch it anew: workers have another version than it began with
    anew_helps: bool


def nobody_suited(summary: SweepSummary, workers: Sequence[WorkerReport]) -> NobodySuited | None:
    """Return why no live worker can do the sweep; None where one can, where there is none, or where it has ended.

    Nor of one that has no queue: a resume is what it needs.
    """
    sweep = summary.sweep
    if not workers or not summary.status.goes_on or has_no_queue(summary):
        return None
    queued = QueuedSweep.of(sweep)
    reasons = {worker.worker_id: why_not(queued, worker) for worker in workers}
    if not all(reasons.values()):
        return None
    label = library_catalog(sweep.spec.library).label
    counts = Counter(reason for reason in reasons.values() if reason is not None)
    messages = any(reason is not None and reason.startswith("messages") for reason in reasons.values())
    needs = f"{label} {sweep.library_version}" + (f" and messages of version {queued.task_version}" if messages else "")
    whose = f"None of the {len(workers):,} live workers can" if len(workers) > 1 else "The only live worker cannot"
    found = "; ".join(f"{counted(count, 'worker')}: {reason}" for reason, count in counts.most_common())
    other = {worker.versions.get(sweep.spec.library.value) for worker in workers} - {None, sweep.library_version}
    return NobodySuited(
        sentence=f"{whose} evaluate it: it needs "
        f"{needs} ({found}). {agreeing(len(workers), 'It takes', 'They take')} other sweeps.",
        anew_helps=bool(other),
    )


def has_no_queue(summary: SweepSummary) -> bool:
    """Whether no worker of this version comes by what the sweep misses: one from before launched it."""
    return summary.status is SweepStatus.RUNNING and not summary.sweep.queued


def why_not(sweep: QueuedSweep, worker: WorkerReport) -> str | None:
    """Return why the worker cannot do the sweep: unsuited for it, or sick; None where it can."""
    if worker.sickness is not None:
        return f"sick, {worker.sickness.reason}"
    return worker.refused.get(sweep.sweep_id) or unsuited(sweep, worker.versions, worker.task_version)
