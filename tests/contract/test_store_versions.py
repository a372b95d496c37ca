"""What a newer version wrote beside the fields that this one knows is passed over, in every store."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from pydantic import SerializerFunctionWrapHandler, model_serializer

from shared.catalog import Metric
from shared.domain import (
    Attempt,
    DatasetInfo,
    FoldResult,
    Reading,
    Source,
    Sweep,
    TrialOutcome,
    TrialState,
)
from shared.errors import UnreadableRecord
from shared.operations import winner
from shared.ports import Store, WorkerReport
from shared.testing import InMemoryStore, make_attempt, make_fold_result, make_outcome, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import A, B

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


class Unheard(StrEnum):
    """Values of a version to come."""

    STATE = "quarantined"
    METRIC = "pinball"


def of_another_kind(known: TrialOutcome, **fields_: object) -> TrialOutcome:
    """Return the outcome with fields that this version refuses to make."""
    return TrialOutcome.model_construct(**fields(known) | fields_)


def keeps_the_very_records(store: Store) -> None:
    if isinstance(store, InMemoryStore):
        pytest.skip("keeps the very records")


def test_an_outcome_of_an_unknown_state_is_shown_as_such_and_never_the_best(store: Store) -> None:
    keeps_the_very_records(store)
    strange = of_another_kind(make_outcome(1, score=0.001), state=Unheard.STATE)
    store.record(A, [strange, make_outcome(2, score=0.5), make_outcome(3, score=0.7)])
    states = {each.trial_id: each.state for each in store.outcomes(A).outcomes}
    assert states[strange.trial_id] is TrialState.UNKNOWN
    assert sorted(states.values()) == ["succeeded", "succeeded", "unknown to this version"]
    assert [each.trial_id for each in store.ranked(A, TrialState.SUCCEEDED, 9)] == [fake_trial_id(2), fake_trial_id(3)]
    (summary,) = store.summaries([A])
    assert (summary.succeeded, summary.failed, summary.best_trial_id) == (2, 0, fake_trial_id(2))
    assert winner(store.sweep(A), store).trial_id == fake_trial_id(2)
    assert strange.trial_id in store.adopt(A, [strange.trial_id])  # it is settled: nobody evaluates it again


def test_scores_of_an_unknown_metric_are_passed_over(store: Store) -> None:
    keeps_the_very_records(store)
    known = make_outcome(1)
    store.record(A, [of_another_kind(known, scores={**known.scores, Unheard.METRIC: known.scores[Metric.RMSE]})])
    fold = make_fold_result("a trial", 0)
    scores = {**fold.scores, Unheard.METRIC: 0.1}
    store.record_folds([FoldResult.model_construct(**fields(fold) | {"scores": scores})])
    assert store.outcomes(A).outcomes[0].scores == known.scores
    assert store.fold_results([fold.trial_id])[fold.trial_id][0].scores == fold.scores


class SweepWithNewerSpec(Sweep):
    """A sweep of whose spec this version does not know a value."""

    @model_serializer(mode="wrap")
    def _with(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        body = serialize(self)
        return body | {"spec": body["spec"] | NEWER_SPEC} | NEWER_SWEEP


NEWER_SPEC: dict[str, Any] = {}
NEWER_SWEEP: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("spec", "sweep"),
    [
        ({"library": "perpetual"}, {}),
        ({"metrics": ["rmse", "pinball"]}, {}),
        ({"folds": "leave one out"}, {}),
        ({}, {"priority": "before all others"}),
    ],
    ids=str,
)
def test_a_sweep_that_only_a_newer_version_can_read_hides_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch, spec: dict[str, Any], sweep: dict[str, Any]
) -> None:
    keeps_the_very_records(store)
    for name, value in spec.items():
        monkeypatch.setitem(NEWER_SPEC, name, value)
    for name, value in sweep.items():
        monkeypatch.setitem(NEWER_SWEEP, name, value)
    made = make_sweep("of-a-newer-version")
    store.save_sweep(SweepWithNewerSpec.model_construct(**fields(made)))
    assert {each.sweep.sweep_id for each in store.summaries()} == {A, B}
    (unread,) = store.unread_sweeps()
    assert (unread.sweep_id, unread.created_at, unread.name) == (made.sweep_id, made.created_at, made.spec.name)
    assert unread.library == spec.get("library", "xgboost")
    assert unread.dataset_hash == made.spec.dataset.content_hash
    assert "newer version of Boostgrid" in unread.sentence
    with pytest.raises(UnreadableRecord):
        store.summaries([made.sweep_id])
    with pytest.raises(UnreadableRecord):
        store.sweep(made.sweep_id)
    store.delete_sweep(made.sweep_id)
    assert store.unread_sweeps() == []


def test_what_an_unknown_task_or_reading_was_is_passed_over(store: Store) -> None:
    keeps_the_very_records(store)
    source = Source.model_construct(upload_hash="b" * 64, filename="w.csv", readings={"x": "number", "y": "embedding"})
    info = DatasetInfo(content_hash="c" * 64, name="wine", rows=1, columns={"x": "number"}, size_bytes=7, stored_at=NOW)
    newer = DatasetInfo.model_construct(**fields(info) | {"task": Unheard.STATE, "source": source})
    store.save_dataset(newer, b"parquet")
    (found,) = store.datasets()
    assert found.task is None
    assert found.source is not None
    assert dict(found.source.readings) == {"x": Reading.NUMBER}


class StrangeReport(WorkerReport):
    """A report that this version cannot read at all."""

    @model_serializer(mode="wrap")
    def _with(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return serialize(self) | {"engines": {"cpu": 1, "gpu": 1}}


def test_a_report_that_cannot_be_read_hides_no_other(store: Store) -> None:
    keeps_the_very_records(store)
    told = {"host": "h", "pid": 1, "started_at": NOW, "reported_at": NOW, "engines": 1, "threads": 1}
    store.report(StrangeReport(worker_id="strange", **told))
    store.report(WorkerReport(worker_id="w", **told))
    assert [worker.worker_id for worker in store.workers()] == ["w"]
