"""Every write waits for a majority's journal, and every read sees only what a majority has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient, monitoring
from pymongo.read_preferences import ReadPreference

from shared.adapters.mongodb import MongoStore
from shared.adapters.mongodb.connection import MAJORITY_MS
from shared.domain import AttemptCause, AttemptEnd, DatasetInfo, ErrorCause, TrialState
from shared.ports import WorkerReport
from shared.testing import make_attempt, make_fold_result, make_outcome, make_sweep
from tests.support.mongodb_server import with_option
from tests.support.stores import T0, A

pytestmark = pytest.mark.slow

WRITES = {"insert", "update", "delete", "findAndModify", "createIndexes"}
READS = {"find", "aggregate", "count", "distinct"}


class Seen(monitoring.CommandListener):
    """Keeps the commands that were sent while it listens."""

    def __init__(self) -> None:
        self.commands: list[dict] = []
        self.listens = True

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.listens:
            self.commands.append({"name": event.command_name, **event.command})

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing: what was sent is what counts."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing: what was sent is what counts."""


@pytest.fixture
def seen() -> Iterator[Seen]:
    seen = Seen()
    monitoring.register(seen)  # for clients that are made from now on
    yield seen
    seen.listens = False


def use_everything(store: MongoStore) -> None:
    outcome = make_outcome(1)
    attempt = make_attempt(cause=AttemptCause.LOST, sweep_id=A, written_by="worker-2")
    sweep = make_sweep(A)
    store.save_sweep(sweep)
    assert store.change_sweep(sweep, sweep.model_copy(update={"epoch": 2}))
    store.record(A, [outcome, make_outcome(2, failed=ErrorCause.TIMEOUT)])
    store.adopt(A, [outcome.trial_id])
    store.outcomes(A)
    store.ranked(A, TrialState.SUCCEEDED, 1)
    store.forget_failures(A)
    store.record_folds([make_fold_result(1)])
    store.fold_results([outcome.trial_id])
    store.append_attempts([attempt])
    store.attempts(attempt.trial_ids)
    (lost,) = store.lost_attempts()
    assert store.complete_attempt(lost.attempt_id, AttemptEnd(cause=AttemptCause.EVICTED, message="m", looked_at=T0))
    store.last_reports(attempt.trial_ids)
    store.report(WorkerReport(worker_id="w", host="h", pid=1, started_at=T0, reported_at=T0, engines=1, threads=1))
    store.workers()
    store.forget_worker("w")
    info = DatasetInfo(content_hash="a" * 64, name="n", rows=1, columns={}, size_bytes=3, stored_at=T0)
    store.save_dataset(info, b"abc")
    store.load_dataset("a" * 64)
    store.datasets()
    store.delete_dataset("a" * 64)
    store.summaries()
    store.delete_sweep(A)


def test_the_rest_of_a_deletion_that_was_cut_short_goes(mongodb_url: str, mongodb_database: str) -> None:
    store = MongoStore(mongodb_url, mongodb_database)
    store.save_sweep(make_sweep(A))
    store.record(A, [make_outcome(1)])
    with MongoClient[dict[str, Any]](mongodb_url) as client:
        client[mongodb_database].sweeps.delete_one({"_id": A})
    assert store.delete_sweep(A)
    assert not store.delete_sweep(A)
    store.close()


def test_every_write_waits_for_a_majority(seen: Seen, mongodb_url: str, mongodb_database: str) -> None:
    url = mongodb_url.replace("w=majority", "w=1").replace("journal=true", "journal=false")  # whatever the URL says
    store = MongoStore(url, mongodb_database)
    use_everything(store)
    store.close()
    writes = [each for each in seen.commands if each["name"] in WRITES]
    assert {each["name"] for each in writes} >= {"insert", "update", "delete"}
    expected = {"w": "majority", "j": True, "wtimeout": MAJORITY_MS}
    assert [each for each in writes if each.get("writeConcern") != expected] == []


def test_every_read_sees_only_what_a_majority_has(seen: Seen, mongodb_url: str, mongodb_database: str) -> None:
    store = MongoStore(mongodb_url, mongodb_database)
    use_everything(store)
    store.close()
    reads = [each for each in seen.commands if each["name"] in READS]
    assert {each["name"] for each in reads} >= {"find", "aggregate"}
    assert [each for each in reads if each.get("readConcern", {}).get("level") != "majority"] == []


def test_every_read_asks_the_primary_whatever_the_url_says(mongodb_url: str, mongodb_database: str) -> None:
    store = MongoStore(with_option(mongodb_url, "readPreference=secondaryPreferred"), mongodb_database)
    try:
        database = store._connection.database
        assert database.client.read_preference == ReadPreference.SECONDARY_PREFERRED
        assert database.read_preference == database.sweeps.read_preference == ReadPreference.PRIMARY
    finally:
        store.close()
