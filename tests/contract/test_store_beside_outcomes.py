"""What every Store guarantees of fold results, workers and data sets, over all three adapters."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain import DatasetInfo, ErrorCause
from shared.errors import DatasetError
from shared.ports import RunningTask, Store, WorkerReport
from shared.testing import make_fold_result, make_outcome
from shared.testing.factories import fake_trial_id
from tests.support.stores import T0, A, Adapter

# fold results


def test_fold_results_are_kept_by_trial_and_fold(store: Store) -> None:
    results = [make_fold_result(key, fold) for key, fold in [(1, 2), (1, 0), (2, 1)]]
    store.record_folds(results[:1])
    store.record_folds(results[1:])
    store.record_folds([])

    one, two, other = (fake_trial_id(key) for key in (1, 2, 3))
    assert store.fold_results([one, two, other]) == {one: [results[1], results[0]], two: [results[2]]}
    assert store.fold_results([]) == {}


def test_of_one_fold_the_last_result_stands(store: Store) -> None:
    store.record_folds([make_fold_result(1, 0, curve={10: 0.5, 5: 0.75})])
    again = make_fold_result(1, 0, curve={10: 0.25}, worker="worker-2")
    store.record_folds([again])

    assert store.fold_results([fake_trial_id(1)]) == {fake_trial_id(1): [again]}


def test_folds_outlast_the_outcomes_of_any_sweep(store: Store) -> None:
    results = [make_fold_result(1, fold) for fold in (0, 1)]
    store.record_folds(results)
    store.record(A, [make_outcome(1, failed=ErrorCause.TIMEOUT)])
    store.forget_failures(A)
    store.record(A, [make_outcome(1)])
    store.delete_sweep(A)

    assert store.fold_results([fake_trial_id(1)]) == {fake_trial_id(1): results}


# workers


def worker(worker_id: str, **changes: Any) -> WorkerReport:
    fields = {"host": "h", "pid": 1, "started_at": T0, "reported_at": T0, "engines": 2, "threads": 1}
    return WorkerReport.model_validate({"worker_id": worker_id} | fields | changes)


def test_a_workers_last_report_stands(store: Store) -> None:
    params = {"max_depth": None, "learning_rate": 0.1}
    running = RunningTask(sweep_id=A, trial_ids=("t1", "t2"), params=params, started_at=T0, fold=1, folds=5)
    latest = worker("w1", running=(running,), trials_done=5, pod="pod-1", versions={"python": "3.11"}, stopping=True)
    store.report(worker("w2"))
    store.report(worker("w1"))
    store.report(latest)
    assert store.workers() == [latest, worker("w2")]


def test_a_worker_that_leaves_is_gone(store: Store) -> None:
    store.report(worker("w1"))
    for _ in range(2):
        store.forget_worker("w1")
    assert store.workers() == []


def test_the_last_report_of_a_worker_that_fell_silent_tells_what_was_lost_with_it(
    store: Store, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(*trial_ids: str) -> dict[str, Any]:
        task = RunningTask(sweep_id=A, epoch=2, attempt_id="a1", trial_ids=trial_ids, params={}, started_at=T0, folds=5)
        return {"running": (RunningTask(sweep_id=A, trial_ids=("x",), params={}, started_at=T0, folds=5), task)}

    lost = worker("lost", pod="pod-1", **at("t1", "t2"))
    for each in (lost, worker("idle"), worker("left", **at("t2"))):
        store.report(each)
    store.forget_worker("left")
    assert store.last_reports(["t2"]) == []  # all of them live

    monkeypatch.setattr(f"{adapter.module}.WORKER_TTL_SECONDS", 0.0)
    assert store.last_reports(["t2", "t3"]) == [lost]
    assert store.last_reports(["t3"]) == []
    monkeypatch.setattr(f"{adapter.module}.LAST_REPORTS_KEPT_SECONDS", 0.0)
    assert store.last_reports(["t2"]) == []


def test_a_worker_that_fell_silent_is_gone_whatever_its_own_clock_says(
    store: Store, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.report(worker("w1", reported_at=datetime.now(UTC) + timedelta(days=1)))
    monkeypatch.setattr(f"{adapter.module}.WORKER_TTL_SECONDS", 0.0)
    assert store.workers() == []


# data sets


def dataset(content_hash: str = "a" * 64, **changes: Any) -> DatasetInfo:
    fields = {
        "name": "wine",
        "rows": 3,
        "columns": {"x.y": "number", "$ref": "category", "$id": "number", "\0": "number"},
        "size_bytes": 7,
    }
    return DatasetInfo.model_validate({"content_hash": content_hash, "stored_at": T0} | fields | changes)


def test_a_data_set_comes_back_whole(store: Store) -> None:
    parquet = random.Random(0).randbytes(3_000_000)
    store.save_dataset(dataset(), parquet)
    assert store.load_dataset("a" * 64) == (dataset(), parquet)


def test_a_data_set_is_stored_once(store: Store) -> None:
    store.save_dataset(dataset(), b"content")
    store.save_dataset(dataset(name="renamed"), b"content")
    assert [info.content_hash for info in store.datasets()] == ["a" * 64]
    assert store.load_dataset("a" * 64)[1] == b"content"


def test_a_data_set_that_is_stored_again_has_its_latest_description(store: Store) -> None:
    first = dataset()
    other = dataset(content_hash="b" * 64, stored_at=first.stored_at + timedelta(days=1))
    again = dataset(name="renamed", stored_at=first.stored_at + timedelta(days=2))
    for each in (first, other, again):
        store.save_dataset(each, b"content")
    assert store.datasets() == [again, other]
    assert store.load_dataset("a" * 64) == (again, b"content")


def test_a_data_set_saved_by_many_at_once_is_whole(store: Store) -> None:
    parquet = random.Random(0).randbytes(600_000)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.save_dataset(dataset(), parquet), range(8)))
    assert store.load_dataset("a" * 64) == (dataset(), parquet)
    assert store.datasets() == [dataset()]


def test_data_sets_are_listed_newest_first(store: Store) -> None:
    assert store.datasets() == []
    older, newer = dataset(), dataset("b" * 64, stored_at=T0 + timedelta(days=1))
    store.save_dataset(older, b"1")
    store.save_dataset(newer, b"2")
    assert store.datasets() == [newer, older]


def test_an_unknown_data_set_says_how_to_store_it(store: Store) -> None:
    with pytest.raises(DatasetError, match="launching the sweep again"):
        store.load_dataset("c" * 64)


def test_a_data_set_is_described_anew_only_where_it_is_stored(store: Store) -> None:
    store.save_dataset(dataset(), b"content")
    assert store.describe_dataset(dataset(name="renamed")) is True
    assert store.describe_dataset(dataset("b" * 64)) is False
    assert store.load_dataset("a" * 64) == (dataset(name="renamed"), b"content")
    assert store.datasets() == [dataset(name="renamed")]


def test_a_deleted_data_set_is_gone_and_can_be_stored_again(store: Store) -> None:
    other = dataset("b" * 64)
    store.save_dataset(dataset(), b"content")
    store.save_dataset(other, b"other")
    assert store.delete_dataset("a" * 64) is True
    assert store.delete_dataset("a" * 64) is False
    assert store.datasets() == [other]
    with pytest.raises(DatasetError, match="has no data set"):
        store.load_dataset("a" * 64)

    store.save_dataset(dataset(name="again"), b"content")
    assert store.load_dataset("a" * 64) == (dataset(name="again"), b"content")
