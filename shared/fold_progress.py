"""Progress by folds: where trials are few and long, counting trials alone would stand still for hours."""

from __future__ import annotations

from collections.abc import Collection

from shared.ports import ResultStore

#: in a sweep of more, the trials themselves show that it goes on
FEW_TRIALS = 200


def folds_done(open_ids: Collection[str], store: ResultStore) -> int:
    """Return how many folds of these trials, which have no outcome yet, are evaluated: kept, or behind an engine."""
    kept = store.fold_results(open_ids)
    done = {trial_id: len(kept.get(trial_id, ())) for trial_id in open_ids}
    for worker in store.workers():
        for task in worker.running:
            if task.only_fold is None:
                behind = task.fold - 1
                done |= {each: max(done[each], behind) for each in task.trial_ids if each in done}
    return sum(done.values())
