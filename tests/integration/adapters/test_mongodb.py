"""What the MongoDB adapter does beyond the port: outages, secrets, indexes, and writes that are seen late."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock, patch

import pytest
from bson import Timestamp
from pymongo import MongoClient, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shared.adapters.mongodb import MongoStore
from shared.adapters.mongodb.connection import MAJORITY_MS, Connection
from shared.domain import AttemptCause, DatasetInfo, unit_id
from shared.errors import DatasetError, ServiceUnavailable
from shared.ports import WorkerReport
from shared.testing import make_attempt, make_fold_result, make_outcome, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.mongodb_server import MongodbServer

pytestmark = pytest.mark.slow

SWEEP = make_sweep()


@pytest.fixture
def store(mongodb_url: str, mongodb_database: str) -> Iterator[MongoStore]:
    store = MongoStore(mongodb_url, mongodb_database)
    store.save_sweep(SWEEP)
    yield store
    store.close()


@pytest.fixture
def database(mongodb_url: str, mongodb_database: str) -> Iterator[Database[dict[str, Any]]]:
    """What is stored, as MongoDB has it."""
    with MongoClient[dict[str, Any]](mongodb_url, tz_aware=True) as client:
        yield client[mongodb_database]


def test_a_server_that_is_down_is_named_with_the_fix_and_without_the_password() -> None:
    store = MongoStore("mongodb://someone:s3cr%40t@127.0.0.1:9/?directConnection=true", "boostgrid")
    with pytest.raises(ServiceUnavailable) as caught:
        store.sweep("a-sweep")
    text = str(caught.value)
    assert caught.value.service == "MongoDB"
    assert "127.0.0.1:9" in text
    assert "MONGODB_URL" in text
    assert "Topology" not in text
    assert "s3cr" not in text
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://someone:s3c/r@t@host:27017/",
        "mongodb://someone:s3cr@host:s3cr/",
        "postgres://someone:s3cr@host/",
    ],
)
def test_a_url_that_cannot_be_read_is_not_quoted(url: str) -> None:
    with pytest.raises(ServiceUnavailable, match="mongodb://user:password@host") as caught:
        MongoStore(url, "boostgrid").sweep("a-sweep")
    assert "s3c" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_instance_made_while_the_server_was_down_works_when_it_is_up(mongodb_server: MongodbServer) -> None:
    mongodb_server.stop()
    store = MongoStore(mongodb_server.url, "boostgrid")
    with pytest.raises(ServiceUnavailable):
        store.save_sweep(SWEEP)
    mongodb_server.start()
    store.save_sweep(SWEEP)
    assert store.sweep(SWEEP.sweep_id) == SWEEP
    store.close()


def test_what_was_recorded_survives_a_crash_of_the_server(mongodb_server: MongodbServer) -> None:
    store = MongoStore(mongodb_server.url, "boostgrid")
    store.save_sweep(SWEEP)
    store.record(SWEEP.sweep_id, [make_outcome(1)])
    mongodb_server.stop()
    mongodb_server.start()
    store.record(SWEEP.sweep_id, [make_outcome(2)])
    assert store.summaries()[0].succeeded == 2
    store.close()


@pytest.mark.parametrize("seconds", [2, MAJORITY_MS // 1000, MAJORITY_MS // 1000 + 3])
def test_an_outcome_that_becomes_visible_late_is_not_missed(
    store: MongoStore, database: Database[dict[str, Any]], seconds: int
) -> None:
    store.record(SWEEP.sweep_id, [make_outcome(1), make_outcome("late")])
    # As if its writer had been stamped so long ago, had waited for a majority, and only now committed.
    late = database.outcomes.find_one({"_id": fake_trial_id("late")})
    assert late is not None
    database.outcomes.delete_one({"_id": late["_id"]})
    page = store.outcomes(SWEEP.sweep_id)
    assert [outcome.trial_id for outcome in page.outcomes] == [fake_trial_id(1)]
    database.outcomes.insert_one(late | {"order": Timestamp(late["order"].time - seconds, 1)})
    page = store.outcomes(SWEEP.sweep_id, page.cursor)
    assert [outcome.trial_id for outcome in page.outcomes] == [fake_trial_id("late")]
    assert store.outcomes(SWEEP.sweep_id, page.cursor).outcomes == ()


def test_while_no_majority_answers_nothing_is_taken_for_settled(
    store: MongoStore, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.record(SWEEP.sweep_id, [make_outcome(1), make_outcome("late")])
    late = database.outcomes.find_one_and_delete({"_id": fake_trial_id("late")})
    stands = datetime.fromtimestamp(late["order"].time - 70, UTC)
    monkeypatch.setattr(store._connection, "visible_until", lambda: stands)
    page = store.outcomes(SWEEP.sweep_id)
    database.outcomes.insert_one(late | {"order": Timestamp(late["order"].time - 60, 1)})
    (found,) = store.outcomes(SWEEP.sweep_id, page.cursor).outcomes
    assert found.trial_id == fake_trial_id("late")


def test_what_a_majority_has_is_what_is_visible() -> None:
    now, seen = datetime(2026, 1, 1, 0, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    connection = Connection("mongodb://127.0.0.1:9/", "boostgrid", {})
    for hello, expected in (
        ({"localTime": now}, now),
        ({"localTime": now, "lastWrite": {"majorityWriteDate": seen}}, seen),
        ({"localTime": seen, "lastWrite": {"majorityWriteDate": now}}, seen),
    ):
        database = Mock(**{"client.admin.command.return_value": hello})
        with patch.object(Connection, "database", database):
            assert connection.visible_until() == expected


def test_a_cursor_remembers_only_the_newest(store: MongoStore, database: Database[dict[str, Any]]) -> None:
    store.record(SWEEP.sweep_id, [make_outcome(1)])
    database.outcomes.update_many({}, {"$set": {"order": Timestamp(int(time.time()) - 60, 1)}})
    page = store.outcomes(SWEEP.sweep_id)
    assert len(page.outcomes) == 1
    assert fake_trial_id(1)[:16] not in page.cursor
    assert store.outcomes(SWEEP.sweep_id, page.cursor).outcomes == ()


def test_outcomes_with_one_time_stamp_are_paged_one_by_one(
    store: MongoStore, database: Database[dict[str, Any]]
) -> None:
    store.record(SWEEP.sweep_id, [make_outcome(key) for key in range(5)])
    same = {"order": Timestamp(int(time.time()), 1), "recorded_at": datetime(2026, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)}
    database.outcomes.update_many({}, {"$set": same})
    seen, cursor = [], None
    for _ in range(5):
        page = store.outcomes(SWEEP.sweep_id, cursor, 1)
        seen += [outcome.trial_id for outcome in page.outcomes]
        cursor = page.cursor
    assert seen == sorted(fake_trial_id(key) for key in range(5))


def test_indexes_are_made_for_each_way_of_reading(store: MongoStore, database: Database[dict[str, Any]]) -> None:
    keys = [tuple(index["key"]) for index in database.outcomes.list_indexes()]
    assert ("sweep_ids", "state", "recorded_at") in keys
    assert ("sweep_ids", "order", "recorded_at", "_id") in keys
    assert ("sweep_ids", "state", "outcome.scores.rmse.mean_score", "_id") in keys
    expiring = {
        name: [index["expireAfterSeconds"] for index in database[name].list_indexes() if "expireAfterSeconds" in index]
        for name in ("workers", "last_reports", "attempt_records", "folds")
    }
    assert expiring == {
        "workers": [15],
        "last_reports": [86_400],
        "attempt_records": [90 * 86_400],
        "folds": [90 * 86_400],
    }


def test_silence_is_measured_by_the_servers_clock(store: MongoStore, database: Database[dict[str, Any]]) -> None:
    now = datetime.now(UTC)
    fields = {"host": "h", "pid": 1, "started_at": now, "engines": 1, "threads": 1}
    for worker_id in ("alive", "silent"):
        report = fields | {"worker_id": worker_id, "reported_at": now - timedelta(hours=1)}
        store.report(WorkerReport.model_validate(report))
    database.workers.update_one({"_id": "silent"}, {"$set": {"reported_at": now - timedelta(seconds=20)}})
    assert [worker.worker_id for worker in store.workers()] == ["alive"]


def test_the_file_of_a_data_set_is_stored_once_and_its_loss_is_told(
    store: MongoStore, database: Database[dict[str, Any]]
) -> None:
    info = DatasetInfo(
        content_hash="a" * 64, name="wine", rows=1, columns={}, size_bytes=7, stored_at=datetime.now(UTC)
    )
    store.save_dataset(info, b"content")
    store.save_dataset(info, b"content")
    assert database["fs.files"].count_documents({}) == 1
    database["fs.files"].delete_many({})
    with pytest.raises(DatasetError, match="gone from GridFS"):
        store.load_dataset(info.content_hash)


def test_documents_have_what_a_person_looks_for(store: MongoStore, database: Database[dict[str, Any]]) -> None:
    store.record(SWEEP.sweep_id, [make_outcome(1, 0.5)])
    store.append_attempts([make_attempt(cause=AttemptCause.TIMEOUT, sweep_id=SWEEP.sweep_id)])
    outcome = database.outcomes.find_one({"outcome.scores.rmse.mean_score": 0.5})
    assert outcome is not None
    assert (outcome["state"], outcome["sweep_ids"]) == ("succeeded", [SWEEP.sweep_id])
    assert database.sweeps.find_one({"sweep.spec.dataset.name": "diabetes"}) is not None
    assert database.attempt_records.find_one({"attempt.cause": "timeout"}) is not None


def test_a_writer_that_keeps_to_no_order_costs_no_write(store: MongoStore, database: Database[dict[str, Any]]) -> None:
    """A server with locks gives up one of two statements that meet: the store's is made again."""
    results = [make_fold_result(key) for key in range(60)]
    units = sorted(unit_id(result.trial_id, 0) for result in results)
    store.record_folds(results)
    stop = threading.Event()

    def rival() -> None:
        backwards = [UpdateOne({"_id": unit}, {"$set": {"rival": True}}) for unit in reversed(units)]
        while not stop.is_set():
            with contextlib.suppress(BulkWriteError):  # its own bad luck
                database.folds.bulk_write(backwards, ordered=False)

    rivals = [threading.Thread(target=rival) for _ in range(2)]
    for each in rivals:
        each.start()
    try:
        for attempts in (2, 3, 4):
            store.record_folds([result.model_copy(update={"attempts": attempts}) for result in results])
    finally:
        stop.set()
        for each in rivals:
            each.join()

    kept = store.fold_results([result.trial_id for result in results])
    assert [each.attempts for (each,) in kept.values()] == [4] * len(results)


def test_a_fold_whose_writer_was_frozen_between_its_look_and_its_write_never_replaces_a_newer_one(
    store: MongoStore,
) -> None:
    late = make_fold_result(1, 0, score=0.25, attempt_id="given up")
    newer = make_fold_result(1, 0, score=0.5, attempt_id="newer")
    others = make_fold_result(2, 0, attempt_id="given up too")
    lost = make_attempt(1, AttemptCause.LOST, sweep_id=SWEEP.sweep_id, worker="w1", written_by="w2")
    lost = lost.model_copy(update={"attempt_id": "given up", "trial_ids": (fake_trial_id(1),)})
    store.append_attempts([lost])
    store.record_folds([newer])
    with patch("shared.adapters.mongodb.attempts.given_up", return_value={}):  # it looked before that was written
        store.record_folds([late, others])
    assert store.fold_results([newer.trial_id, others.trial_id]) == {
        newer.trial_id: [newer],
        others.trial_id: [others],
    }
