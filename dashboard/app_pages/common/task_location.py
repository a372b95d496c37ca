"""Where the tasks of a sweep's missing trials are, as far as can be known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.publishing import anything_is_published_here
from shared import operations
from shared.domain import SweepStatus, SweepSummary
from shared.errors import ServiceUnavailable
from shared.ports import QueueStatus, WorkerReport

#: what any publication may take before its first task, and for each trial: many times what is usual
_PATIENCE = timedelta(seconds=30)
_PATIENCE_A_TRIAL = timedelta(milliseconds=0.5)


def is_interrupted(summary: SweepSummary, now: datetime | None = None) -> bool:
    """Whether whoever launched or resumed the sweep died, or gave up, before all was published."""
    # The store keeps no sign of life of a publication. This process knows of its own; one elsewhere (a shell, another
    # dashboard) gets far longer than it can take. A resume leaves no date, so it counts from when it is first seen.
    if summary.status is not SweepStatus.LAUNCHING or anything_is_published_here():
        return False
    now, sweep = now or datetime.now(UTC), summary.sweep
    began = sweep.created_at if sweep.epoch == 1 else _first_seen().setdefault((sweep.sweep_id, sweep.epoch), now)
    return now - began > _PATIENCE + sweep.size * _PATIENCE_A_TRIAL


@st.cache_resource(show_spinner=False)
def _first_seen() -> dict[tuple[str, int], datetime]:
    """By sweep id and epoch."""
    return {}


class TaskLocation:
    """Where tasks are at one moment; a page asks once for all its sweeps, and only what it needs."""

    def __init__(self) -> None:
        self._asked: dict[str, QueueStatus] = {}
        #: one outage is waited for once, not by each sweep of a page
        self._queue_is_away = False

    def may_lack_tasks(self, summary: SweepSummary) -> bool:
        """Whether trials may be missing that neither a worker nor the queue has, so that a resume makes sense.

        Only what surely is on its way says no: a lost queue must never leave a sweep without a resume.
        """
        match summary.status:
            case SweepStatus.FINISHED:
                return False
            case SweepStatus.CANCELLED:
                return True
            case SweepStatus.LAUNCHING:
                return not anything_is_published_here()
            case SweepStatus.RUNNING:
                sweep_id = summary.sweep.sweep_id
                is_on_its_way = sweep_id in self._at_work or self._has_tasks(summary)
                return not is_on_its_way or self.is_mute(summary)

    def is_lost(self, summary: SweepSummary) -> bool:
        """Whether the broker has lost the sweep's queue, so that nobody goes on with it without a resume."""
        if summary.status is not SweepStatus.RUNNING or summary.sweep.sweep_id in self._at_work:
            return False
        status = self._status(summary)
        if status is None or not status.missing:
            return False
        try:
            return bool(operations.lost_queues([summary], services.store(), services.queue()))
        except ServiceUnavailable:
            return False

    def is_mute(self, summary: SweepSummary) -> bool:
        """Whether the sweep's queue does not answer its workers, so that they go on with it only after a resume."""
        return bool(operations.mute_queues([summary], self._workers))

    @cached_property
    def _workers(self) -> list[WorkerReport]:
        return services.store().workers()

    @cached_property
    def _at_work(self) -> set[str]:
        """The sweeps that some worker is at."""
        return {task.sweep_id for worker in self._workers for task in worker.running}

    def _has_tasks(self, summary: SweepSummary) -> bool:
        status = self._status(summary)
        return status is not None and status.ready + (status.unacknowledged or 0) > 0

    def _status(self, summary: SweepSummary) -> QueueStatus | None:
        """Return the counts of the sweep's queue; None where it should have none, and where the queue is away."""
        sweep = summary.sweep
        if not sweep.queued or self._queue_is_away:
            return None
        if sweep.sweep_id not in self._asked:
            try:
                self._asked[sweep.sweep_id] = services.queue().status([sweep.address])
            except ServiceUnavailable:  # then it is not known, and the page can do without
                self._queue_is_away = True
                return None
        return self._asked[sweep.sweep_id]
