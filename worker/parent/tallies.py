"""What a worker counts of its work, and what it has at one moment: the figures for a scraper.

One thread, the worker's, counts; the scraper's reads. Numbers only go up, so a reading between two is never wrong by
more than what happens at that moment.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from shared.domain import FoldResult, TrialOutcome
from shared.ports import Durations, Measure, MeasureKind
from worker.parent.memory import Usage, usage
from worker.protocol import Answer

_COUNTER = MeasureKind.COUNTER


class Tallies:
    """Counts since the worker's start."""

    def __init__(self) -> None:
        self.trials: Counter[str] = Counter()
        self.folds = 0
        #: a fit that several trials share is one
        self.fits = 0.0
        self.engine_ends: Counter[str] = Counter()
        self.tasks = Durations()

    def evaluated(self, answers: Sequence[Answer], started_at: datetime | None) -> None:
        """Count what an engine answered together, and how long it took."""
        for answer in answers:
            folds = 1 if isinstance(answer, FoldResult) else _folds_of(answer)
            self.folds += folds
            self.fits += folds / answer.fit_shared_by
        if started_at is not None:
            self.tasks.note((datetime.now(UTC) - started_at).total_seconds())

    def recorded(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Count trials that have an outcome now."""
        self.trials.update(outcome.state.value for outcome in outcomes)

    def engine_ended(self, cause: str) -> None:
        """Count an engine in whose place another is started."""
        self.engine_ends[cause] += 1

    def measures(
        self,
        unsettled: Callable[[], int],
        engine_pids: Callable[[], Sequence[int]],
        measure: Callable[[int], Usage | None] = usage,
    ) -> Iterator[Measure]:
        """Yield all of it, with what is held and used now."""
        yield Measure("boostgrid_worker_trials", "Trials recorded, by state.", _COUNTER, dict(self.trials), "state")
        yield Measure("boostgrid_worker_folds", "Folds evaluated.", _COUNTER, {"": self.folds})
        yield Measure("boostgrid_worker_fits", "Fits; one that trials share is one.", _COUNTER, {"": self.fits})
        yield Measure(
            "boostgrid_worker_task_seconds",
            "How long engines took for what they answer together.",
            MeasureKind.DURATIONS,
            durations=self.tasks,
        )
        yield Measure(
            "boostgrid_worker_engine_restarts",
            "Engines that ended and were replaced, by cause.",
            _COUNTER,
            dict(self.engine_ends),
            "cause",
        )
        yield Measure("boostgrid_worker_unsettled_tasks", "Tasks taken and not settled.", values={"": unsettled()})
        parent = measure(os.getpid())
        engines = [has.resident for pid in engine_pids() if (has := measure(pid)) is not None]
        yield Measure(
            "boostgrid_worker_memory_bytes",
            "Memory of the worker's parent and of its engines, without files' pages.",
            values={"parent": parent.resident if parent else 0, "engines": sum(engines)},
            label="process",
        )


def _folds_of(outcome: TrialOutcome) -> int:
    scores = next(iter(outcome.scores.values()), None)
    if scores is not None:
        return len(scores.fold_scores)
    return len(next(iter(outcome.partial_scores.values()), ()))
