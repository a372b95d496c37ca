"""How far a sweep has come."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Protocol

from shared.domain import Sweep, SweepSummary, TrialOutcome, TrialState
from shared.errors import SweepNotFound
from shared.planning.winning import best_of
from shared.ports import Fleet, SweepLedger, TrialResults

#: in a sweep of more, the trials themselves show that it goes on
FEW_TRIALS = 200


class _ResultsAndFleet(TrialResults, Fleet, Protocol):
    """What tells of folds."""


def follow(sweep_id: str, store: SweepLedger, poll_seconds: float = 0.5) -> Iterator[SweepSummary]:
    """Yield the sweep's counts again and again, for the last time when it is finished or cancelled.

    Raises SweepNotFound, also when it is deleted meanwhile.
    """
    while True:
        summaries = store.summaries([sweep_id])
        if not summaries:
            raise SweepNotFound(f"there is no sweep {sweep_id}")
        yield summaries[0]
        if not summaries[0].status.goes_on:
            return
        time.sleep(poll_seconds)


def winner(sweep: Sweep, results: TrialResults) -> TrialOutcome | None:
    """Return the sweep's winner, as best_of says, or None while there is none."""
    metric, limit = sweep.spec.ranking_metric, 2
    while True:
        found = results.ranked(sweep.sweep_id, TrialState.SUCCEEDED, limit)
        if len(found) < limit or found[-1].scores[metric].mean_score != found[0].scores[metric].mean_score:
            return best_of(sweep, found)
        limit *= 8


def folds_done(open_ids: Collection[str], store: _ResultsAndFleet) -> int:
    """Return how many folds of these trials, which have no outcome yet, are evaluated: kept, or behind an engine."""
    kept = store.fold_results(open_ids)
    done = {trial_id: len(kept.get(trial_id, ())) for trial_id in open_ids}
    for worker in store.workers():
        for task in worker.running:
            if task.only_fold is None:
                behind = task.fold - 1
                done |= {each: max(done[each], behind) for each in task.trial_ids if each in done}
    return sum(done.values())
