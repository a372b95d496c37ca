"""What a newer version wrote beside the fields that this one knows is passed over, in every store."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.domain import (
    Attempt,
    DatasetInfo,
    FoldResult,
    Sweep,
    TrialOutcome,
    TrialState,
)
from shared.ports import Store, WorkerReport
from shared.testing import make_attempt, make_fold_result, make_outcome, make_sweep
from tests.support.stores import A

NOW = datetime.now(UTC)


class NewerOutcome(TrialOutcome):
    """An outcome of a version to come."""

    novelty: str = "unheard of"


class NewerFold(FoldResult):
    """A fold result of a version to come."""

    novelty: str = "unheard of"


class NewerSweep(Sweep):
    """A sweep of a version to come."""

    paused: bool = False


class NewerReport(WorkerReport):
    """A report of a version to come."""

    novelty: str = "unheard of"


class NewerInfo(DatasetInfo):
    """A table's description of a version to come."""

    reading: str = "as numbers"


class NewerAttempt(Attempt):
    """An attempt of a version to come."""

    novelty: str


def fields(record):
    """Return the record's fields as they are, so that those of records within keep their classes."""
    return {name: getattr(record, name) for name in type(record).model_fields}


def test_outcomes_of_a_newer_version_are_read(store: Store) -> None:
    known = make_outcome(1)
    store.record(A, [NewerOutcome(**fields(known))])
    ((found,), (best,)) = store.outcomes(A).outcomes, store.ranked(A, TrialState.SUCCEEDED, 1)
    assert (found.trial_id, found.scores) == (best.trial_id, best.scores) == (known.trial_id, known.scores)


def test_folds_of_a_newer_version_are_read(store: Store) -> None:
    known = make_fold_result("a trial", 0)
    store.record_folds([NewerFold(**fields(known))])
    assert store.fold_results([known.trial_id])[known.trial_id][0].scores == known.scores


def test_sweeps_of_a_newer_version_are_read(store: Store) -> None:
    known = make_sweep("newer-000001")
    store.save_sweep(NewerSweep(**fields(known)))
    assert store.sweep("newer-000001").spec == known.spec
    assert "newer-000001" in [summary.sweep.sweep_id for summary in store.summaries()]


def test_reports_of_a_newer_version_are_read(store: Store) -> None:
    store.report(NewerReport(worker_id="w", host="h", pid=1, started_at=NOW, reported_at=NOW, engines=1, threads=1))
    assert [worker.worker_id for worker in store.workers()] == ["w"]


def test_tables_of_a_newer_version_are_read(store: Store) -> None:
    info = NewerInfo(content_hash="a" * 64, name="wine", rows=1, columns={"x": "number"}, size_bytes=7, stored_at=NOW)
    store.save_dataset(info, b"parquet")
    assert [each.name for each in store.datasets()] == ["wine"]
    assert store.load_dataset("a" * 64)[0].name == "wine"


def test_attempts_of_a_newer_version_are_read(store: Store) -> None:
    attempt = make_attempt(sweep_id=A)
    store.append_attempts([NewerAttempt.model_validate(attempt.model_dump() | {"novelty": "unheard of"})])
    (found,) = store.attempts(attempt.trial_ids)[attempt.trial_ids[0]]
    assert (found.attempt_id, found.cause) == (attempt.attempt_id, attempt.cause)
