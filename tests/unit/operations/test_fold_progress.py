"""Counting the folds of trials that have no outcome yet."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.operations import folds_done
from shared.ports import RunningTask, WorkerReport
from shared.testing import InMemoryStore, make_fold_result
from shared.testing.factories import fake_trial_id

NOW = datetime.now(UTC)
FIRST, SECOND = fake_trial_id(1), fake_trial_id(2)


def run(store: InMemoryStore, *trial_ids: str, **changes: object) -> None:
    """Report a worker with one task."""
    task = RunningTask(sweep_id="s", trial_ids=trial_ids, params={}, started_at=NOW, folds=5, **changes)
    report = WorkerReport(
        worker_id="w", host="h", pid=1, started_at=NOW, reported_at=NOW, engines=1, threads=1, running=(task,)
    )
    store.report(report)


def test_kept_folds_count(store):
    store.record_folds([make_fold_result(1, fold) for fold in (0, 3)])
    store.record_folds([make_fold_result(3)])

    assert folds_done({FIRST, SECOND}, store) == 2


def test_folds_behind_an_engine_count_for_each_trial_of_its_task(store):
    run(store, FIRST, SECOND, fake_trial_id(3), fold=4)

    assert folds_done({FIRST, SECOND}, store) == 6


def test_a_task_of_one_fold_has_nothing_behind_it(store):
    run(store, FIRST, only_fold=3, fold=4)

    assert folds_done({FIRST}, store) == 0


def test_no_fold_counts_twice(store):
    store.record_folds([make_fold_result(1, fold) for fold in range(2)])
    run(store, FIRST, fold=2)

    assert folds_done({FIRST}, store) == 2


def test_nothing_is_done_of_no_trials(store):
    assert folds_done((), store) == 0
