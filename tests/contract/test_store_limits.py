"""A record that a store cannot keep is refused by name: it is no outage, which a worker would wait out for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared import operations
from shared.adapters.embedded import EmbeddedStore
from shared.adapters.embedded.database import Database
from shared.adapters.mongodb import MongoStore
from shared.domain import DatasetInfo, ErrorCause
from shared.errors import DatasetError, InvalidSpec, RecordRefused
from shared.ports import Store
from shared.testing import InMemoryTaskQueue, make_attempt, make_fold_result, make_outcome, make_spec, make_sweep
from tests.support.stores import A, ids
from worker.parent import refused_records

#: more than the store under test keeps in one record: of MongoDB, more than 16 MB
TOO_LONG = "x" * 17_000_000


@pytest.fixture(params=["embedded", pytest.param("mongodb", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store with the sweep A; SQLite keeps a gigabyte in a value, which a test makes 16 MB."""
    if request.param == "embedded":
        opened = Database._open

        def limited(database: Database):
            connection = opened(database)
            connection.setlimit(0, 16_000_000)  # SQLITE_LIMIT_LENGTH
            return connection

        monkeypatch.setattr(Database, "_open", limited)
        store: Store = EmbeddedStore(tmp_path / "b.sqlite")
    else:
        url, database = (request.getfixturevalue(name) for name in ("mongodb_url", "mongodb_database"))
        store = MongoStore(url, database)
    store.save_sweep(make_sweep(A))
    yield store
    store.close()


def too_large(trial_id: str = "a" * 64):
    outcome = make_outcome(trial_id=trial_id, failed=ErrorCause.EVALUATION)
    return outcome.model_copy(update={"error": outcome.error.model_copy(update={"message": TOO_LONG})})


def test_an_outcome_that_is_too_large_is_refused(store: Store) -> None:
    with pytest.raises(RecordRefused, match="cannot keep the record"):
        store.record(A, [too_large()])
    assert store.outcomes(A).outcomes == ()


def test_it_is_recorded_as_its_trials_error_beside_the_others(store: Store) -> None:
    good = make_outcome(1)
    recorded = refused_records.record(store, A, [good, too_large(), make_outcome(2)])
    assert ids(recorded) == [good.trial_id, "a" * 64, make_outcome(2).trial_id]
    (summary,) = store.summaries([A])
    assert (summary.succeeded, summary.failed) == (2, 1)
    (failure,) = [each for each in store.outcomes(A).outcomes if each.error]
    assert (failure.error.type, failure.error.cause) == ("RecordRefused", ErrorCause.EVALUATION)
    assert "cannot keep the record" in failure.error.message


def test_folds_attempts_and_reports_that_are_too_large_are_refused(store: Store) -> None:
    with pytest.raises(RecordRefused):
        store.record_folds([make_fold_result(1, worker=TOO_LONG)])
    with pytest.raises(RecordRefused):
        store.append_attempts([make_attempt(sweep_id=A, message=TOO_LONG)])


def test_a_spec_that_is_too_large_is_refused_at_its_launch(store: Store) -> None:
    dataset = {"name": "diabetes", "target": "target", "task": "regression"}
    spec = make_spec(dataset=dataset).model_copy(update={"name": TOO_LONG})
    with pytest.raises(InvalidSpec, match=r"param_grid: .* cannot keep the record"):
        operations.launch(spec, store, InMemoryTaskQueue())
    assert [summary.sweep.sweep_id for summary in store.summaries()] == [A]


def test_a_table_that_is_too_large_is_refused_by_its_name(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    info = DatasetInfo(
        content_hash="c" * 64,
        name="wide.csv",
        rows=1,
        columns={TOO_LONG: "number"},
        size_bytes=3,
        stored_at=datetime.now(UTC),
    )
    monkeypatch.setattr("shared.operations.tables.describe", lambda *_: (info, b"abc"))
    with pytest.raises(DatasetError, match=r"wide\.csv is too large: .* cannot keep the record"):
        operations.store_frame(None, "wide.csv", store)
    assert store.datasets() == []
