"""The store in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from shared.adapters.migrations import Migration
from shared.adapters.mongodb import attempts as tries
from shared.adapters.mongodb import audit as audit_entries
from shared.adapters.mongodb import datasets as tables
from shared.adapters.mongodb import drafts, folds, left_queues, uploads
from shared.adapters.mongodb import outcomes as documents
from shared.adapters.mongodb.connection import Connection, Document, answered
from shared.adapters.mongodb.versions import MIGRATIONS
from shared.adapters.passing_over import readable, sweep_or_none, unread_sweep
from shared.catalog import Metric
from shared.domain import (
    Attempt,
    AttemptEnd,
    AuditEntry,
    DatasetInfo,
    FoldResult,
    QueuedSweep,
    Sweep,
    SweepSummary,
    TaskAddress,
    TrialOutcome,
    TrialState,
    UnreadSweep,
)
from shared.errors import SweepNotFound
from shared.ports import (
    CHANGING,
    FOLDS_KEPT_DAYS,
    LAST_REPORTS_KEPT_SECONDS,
    WORKER_TTL_SECONDS,
    OutcomePage,
    WorkerReport,
)

_DAY = 86_400
_INDEXES = {
    "sweeps": [
        IndexModel([("created_at", ASCENDING)]),
        # those that are queued are few: the index is asked for true, and says nothing of the rest
        IndexModel([("sweep.queued", ASCENDING)]),
    ],
    "outcomes": documents.OUTCOME_INDEXES,
    "folds": [
        IndexModel([("trial_id", ASCENDING)]),
        IndexModel([("recorded_at", ASCENDING)], expireAfterSeconds=FOLDS_KEPT_DAYS * _DAY),
    ],
    "drafts": drafts.DRAFT_INDEXES,
    "attempt_records": tries.ATTEMPT_INDEXES,
    "audit": audit_entries.AUDIT_INDEXES,
    # Readers look at the time themselves, because the server removes what expired only once a minute.
    "workers": [IndexModel([("reported_at", ASCENDING)], expireAfterSeconds=int(WORKER_TTL_SECONDS))],
    "last_reports": [
        IndexModel([("trial_ids", ASCENDING)]),
        IndexModel([("reported_at", ASCENDING)], expireAfterSeconds=int(LAST_REPORTS_KEPT_SECONDS)),
    ],
}


class MongoStore:
    """Keeps everything in one database of a MongoDB 5 or later, best a replica set.

    Nothing is connected before the first call, so that an instance may be made before a fork and while the server is
    down. A call takes as long as server selection (3 s) to find that there is no server; the next one looks again.
    """

    def __init__(
        self,
        url: str,
        database: str,
        migrations: Sequence[Migration[Database[Document]]] = MIGRATIONS,
        authority: str | None = None,
    ) -> None:
        self._connection = Connection(url, database, _INDEXES, migrations, authority)

    # sweeps

    @answered
    def save_sweep(self, sweep: Sweep) -> None:
        """Insert or replace the sweep."""
        database = self._connection.database
        documents.index_ranking(database.outcomes, sweep.spec.ranking_metric)
        fields = {
            "created_at": sweep.created_at,
            "ranking_metric": sweep.spec.ranking_metric.value,
            "sweep": sweep.model_dump(mode="json"),
        }
        database.sweeps.update_one({"_id": sweep.sweep_id}, {"$set": fields}, upsert=True)

    @answered
    def change_sweep(self, before: Sweep, after: Sweep) -> bool:
        """Put ``after`` in the place of ``before``; False where that no longer stands."""
        changed = {f"sweep.{name}": getattr(after, name) for name in CHANGING}
        which: dict[str, object] = {"_id": before.sweep_id}
        for name in CHANGING:
            value = getattr(before, name)
            # a sweep that was stored before the field was thought of stands as if with its default
            unwritten = value == Sweep.model_fields[name].default
            which[f"sweep.{name}"] = {"$in": [value, None]} if unwritten else value
        return self._connection.database.sweeps.update_one(which, {"$set": changed}).matched_count == 1

    @answered
    def sweep(self, sweep_id: str) -> Sweep:
        """Return the sweep, or raise SweepNotFound."""
        document = self._connection.database.sweeps.find_one({"_id": sweep_id}, {"sweep": 1})
        if document is None:
            raise SweepNotFound(f"There is no sweep {sweep_id}.")
        return Sweep.from_stored(document["sweep"])

    @answered
    def summaries(self, sweep_ids: Sequence[str] | None = None) -> list[SweepSummary]:
        """Return the sweeps, the newest first, with their counts."""
        which = {} if sweep_ids is None else {"_id": {"$in": list(sweep_ids)}}
        found = self._connection.database.sweeps.find(which, {"sweep": 1}).sort([("created_at", -1), ("_id", -1)])
        if sweep_ids is not None:
            return [self._summary(Sweep.from_stored(document["sweep"])) for document in found]
        read = (sweep_or_none(document["_id"], document["sweep"]) for document in found)
        return [self._summary(sweep) for sweep in read if sweep is not None]

    @answered
    def unread_sweeps(self) -> list[UnreadSweep]:
        """Return the sweeps that this version cannot read, the newest first."""
        fields = {"sweep": 1, "created_at": 1}
        stored = self._connection.database.sweeps.find({}, fields).sort([("created_at", -1), ("_id", -1)])
        found = (unread_sweep(each["_id"], each["created_at"], each["sweep"]) for each in stored)
        return [each for each in found if each is not None]

    @answered
    def queued_sweeps(self) -> list[QueuedSweep]:
        """Return the sweeps whose ``queued`` is set, the oldest first."""
        fields = [f"sweep.{name}" for name in QueuedSweep.model_fields if name != "library"]
        found = self._connection.database.sweeps.find({"sweep.queued": True}, [*fields, "sweep.spec.library"])
        heads = (document["sweep"] for document in found)
        queued = readable(QueuedSweep, ({**head, "library": head.get("spec", {}).get("library")} for head in heads))
        return sorted(queued, key=lambda each: (each.created_at, each.sweep_id))

    @answered
    def delete_sweep(self, sweep_id: str) -> bool:
        """Delete the sweep, and the outcomes that belong to no other sweep; return whether there was any of it."""
        database = self._connection.database
        # The sweep goes first: whoever records for it from now on finds it gone.
        known = database.sweeps.delete_one({"_id": sweep_id}).deleted_count > 0
        disowned = documents.disown(database.outcomes, sweep_id, {})
        tries.forget(database.attempt_records, {"sweep_id": sweep_id})
        return known or disowned

    # queues that are still to be removed

    @answered
    def leave_queue(self, address: TaskAddress) -> None:
        """Note the queue."""
        left_queues.leave(self._connection.database.left_queues, address)

    @answered
    def left_queues(self) -> list[TaskAddress]:
        """Return them, the longest left first."""
        return left_queues.left(self._connection.database.left_queues)

    @answered
    def forget_left_queue(self, address: TaskAddress) -> None:
        """Note that it is gone."""
        left_queues.forget(self._connection.database.left_queues, address)

    # outcomes

    @answered
    def adopt(self, sweep_id: str, trial_ids: Collection[str], drops_of: Collection[str] = ()) -> set[str]:
        """Let the sweep own the outcomes that exist and are settled for it, and return the ids of those."""
        collection = self._connection.database.outcomes
        which = {"_id": {"$in": list(trial_ids)}}
        adopted = documents.own(collection, sweep_id, which | {"final": True})
        if drops_of:
            theirs = {"state": TrialState.DROPPED.value, "$and": [{"sweep_ids": {"$in": list(drops_of)}}]}
            adopted += documents.own(collection, sweep_id, which | theirs)
        if adopted and not self._exists(sweep_id):
            documents.disown(collection, sweep_id, which)
            return set()
        owned = documents.owned(collection, sweep_id, trial_ids)
        dropped = {trial_id for trial_id, state in owned.items() if state is TrialState.DROPPED}
        return owned.keys() - dropped if dropped and not self._races(sweep_id) else set(owned)

    @answered
    def record(self, sweep_id: str, outcomes: Sequence[TrialOutcome]) -> None:
        """Write the outcomes of one task in one bulk and let the sweep own them."""
        if not outcomes or not self._exists(sweep_id):
            return
        database = self._connection.database
        ids = {"$in": [outcome.trial_id for outcome in outcomes]}
        given_up = tries.given_up(database.attempt_records, ids["$in"])
        documents.write(database.outcomes, sweep_id, outcomes, given_up)
        # A deletion may have come between the look and the write; it did not see what was written after it. Should
        # this process die right here, outcomes remain that only the deleted sweep owns: no view shows them, and a
        # sweep that needs them adopts them.
        if not self._exists(sweep_id):
            documents.disown(database.outcomes, sweep_id, {"_id": ids})

    @answered
    def outcomes(self, sweep_id: str, after: str | None = None, limit: int = 10_000) -> OutcomePage:
        """Return outcomes of the sweep recorded after the cursor, in the order of recording."""
        visible = self._connection.visible_until()
        return documents.page(self._connection.database.outcomes, sweep_id, after, limit, visible)

    @answered
    def ranked(self, sweep_id: str, state: TrialState, limit: int) -> list[TrialOutcome]:
        """Return outcomes in that state: successes best first, the others by time."""
        database = self._connection.database
        sweep = database.sweeps.find_one({"_id": sweep_id}, {"ranking_metric": 1})
        if sweep is None:
            return []
        return documents.ranked(database.outcomes, sweep_id, state, Metric(sweep["ranking_metric"]), limit)

    @answered
    def forget_failures(self, sweep_id: str) -> int:
        """Delete the sweep's failed outcomes and return how many there were; owners wait for the next outcome."""
        return documents.forget_failures(self._connection.database.outcomes, sweep_id)

    # on the way to an outcome

    @answered
    def record_folds(self, results: Sequence[FoldResult]) -> None:
        """Keep what single folds gave; of one fold the last result stands."""
        given_up = tries.given_up(self._connection.database.attempt_records, (result.trial_id for result in results))
        folds.record(self._connection.database.folds, results, given_up)

    @answered
    def fold_results(self, trial_ids: Collection[str]) -> dict[str, list[FoldResult]]:
        """Return what is kept of each trial that has any, by fold."""
        return folds.by_trial(self._connection.database.folds, trial_ids)

    # attempts

    @answered
    def append_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Keep the attempts; of one id the first stands."""
        database = self._connection.database
        written = [attempt for attempt in attempts if self._exists(attempt.sweep_id)]
        tries.append(database.attempt_records, written)
        # as in record: a deletion may have come between the look and the write
        for sweep_id in {attempt.sweep_id for attempt in written}:
            if not self._exists(sweep_id):
                tries.forget(database.attempt_records, {"sweep_id": sweep_id})

    @answered
    def attempts(self, trial_ids: Collection[str]) -> dict[str, list[Attempt]]:
        """Return the attempts at each trial that has any, the first ended first."""
        return tries.by_trial(self._connection.database.attempt_records, trial_ids)

    @answered
    def lost_attempts(self, limit: int = 1_000, *, in_pods: bool | None = None) -> list[Attempt]:
        """Return those that were lost with a worker after whom nobody has looked."""
        return tries.unexplained(self._connection.database.attempt_records, limit, in_pods)

    @answered
    def complete_attempt(self, attempt_id: str, end: AttemptEnd) -> bool:
        """Enter what was learned of a lost attempt, once."""
        return tries.complete(self._connection.database.attempt_records, attempt_id, end)

    # audit

    @answered
    def append_audit(self, entry: AuditEntry) -> None:
        """Keep the entry; of one id the first stands."""
        audit_entries.append(self._connection.database.audit, entry)

    @answered
    def audit(self, limit: int = 200) -> list[AuditEntry]:
        """Return what was done last, the newest first."""
        return audit_entries.latest(self._connection.database.audit, limit, self._connection.server_time())

    # workers

    @answered
    def report(self, worker: WorkerReport) -> None:
        """Replace what the worker said before."""
        report = worker.model_dump(mode="json")
        trial_ids = [trial_id for task in worker.running for trial_id in task.trial_ids]
        said = {"$set": {"report": report, "trial_ids": trial_ids}, "$currentDate": {"reported_at": True}}
        database = self._connection.database
        database.workers.update_one({"_id": worker.worker_id}, said, upsert=True)
        database.last_reports.update_one({"_id": worker.worker_id}, said, upsert=True)

    @answered
    def forget_worker(self, worker_id: str) -> None:
        """Remove a worker that leaves."""
        self._connection.database.workers.delete_one({"_id": worker_id})
        self._connection.database.last_reports.delete_one({"_id": worker_id})

    @answered
    def workers(self) -> list[WorkerReport]:
        """Return the workers that reported within WORKER_TTL_SECONDS of the server's clock, by id."""
        since = self._connection.server_time() - timedelta(seconds=WORKER_TTL_SECONDS)
        found = self._connection.database.workers.find({"reported_at": {"$gt": since}}, {"report": 1}).sort("_id", 1)
        return readable(WorkerReport, (document["report"] for document in found))

    @answered
    def last_reports(self, trial_ids: Collection[str]) -> list[WorkerReport]:
        """Return the last reports of workers that fell silent while at any of these trials, the latest first."""
        now = self._connection.server_time()
        silent = {
            "$gt": now - timedelta(seconds=LAST_REPORTS_KEPT_SECONDS),
            "$lte": now - timedelta(seconds=WORKER_TTL_SECONDS),
        }
        which = {"trial_ids": {"$in": list(trial_ids)}, "reported_at": silent}
        found = self._connection.database.last_reports.find(which, {"report": 1}).sort("reported_at", -1)
        return readable(WorkerReport, (document["report"] for document in found))

    # data sets

    @answered
    def save_dataset(self, info: DatasetInfo, parquet: bytes) -> None:
        """Store a table once by its content hash."""
        tables.save(self._connection.database, info, parquet)

    @answered
    def describe_dataset(self, info: DatasetInfo) -> bool:
        """Give a stored table this description; False where it is not stored."""
        return tables.describe_anew(self._connection.database, info)

    @answered
    def delete_dataset(self, content_hash: str) -> bool:
        """Delete a table and its file, and return whether it was stored."""
        return tables.delete(self._connection.database, content_hash)

    @answered
    def datasets(self) -> list[DatasetInfo]:
        """Return all stored tables, the newest first."""
        return tables.infos(self._connection.database)

    @answered
    def load_dataset(self, content_hash: str) -> tuple[DatasetInfo, bytes]:
        """Return a table's description and Parquet file, or raise DatasetError."""
        return tables.load(self._connection.database, content_hash)

    @answered
    def save_upload(self, content: bytes) -> str:
        """Keep a file as it was uploaded, once by its content, and return the SHA-256 of that."""
        return uploads.save(self._connection.database, content)

    @answered
    def load_upload(self, upload_hash: str) -> bytes:
        """Return an uploaded file as it was, or raise DatasetError."""
        return uploads.load(self._connection.database, upload_hash)

    @answered
    def delete_upload(self, upload_hash: str) -> bool:
        """Delete an uploaded file, and return whether it was kept."""
        return uploads.delete(self._connection.database, upload_hash)

    @answered
    def save_draft(self, draft_id: str, body: str) -> None:
        """Insert or replace the draft. Raises RecordRefused for one that is too large."""
        drafts.save(self._connection.database, draft_id, body)

    @answered
    def load_draft(self, draft_id: str) -> str | None:
        """Return the draft, used now; None where there is none of that id."""
        return drafts.load(self._connection.database, draft_id)

    @answered
    def forget_drafts(self, unused_for: timedelta) -> int:
        """Remove the drafts that were not used for so long, and return how many."""
        return drafts.forget(self._connection.database, unused_for)

    def close(self) -> None:
        """Release connections."""
        self._connection.close()

    def _exists(self, sweep_id: str) -> bool:
        return self._connection.database.sweeps.find_one({"_id": sweep_id}, {"_id": 1}) is not None

    def _races(self, sweep_id: str) -> bool:
        races = {"_id": sweep_id, "sweep.spec.racing": True}
        return self._connection.database.sweeps.find_one(races, {"_id": 1}) is not None

    def _summary(self, sweep: Sweep) -> SweepSummary:
        collection = self._connection.database.outcomes
        counts = documents.counts(collection, sweep.sweep_id)
        metric = sweep.spec.ranking_metric
        best = documents.ranked(collection, sweep.sweep_id, TrialState.SUCCEEDED, metric, 1)
        return SweepSummary(
            sweep=sweep,
            succeeded=counts.get(TrialState.SUCCEEDED, (0, None))[0],
            failed=counts.get(TrialState.FAILED, (0, None))[0],
            dropped=counts.get(TrialState.DROPPED, (0, None))[0],
            best_score=best[0].scores[metric].mean_score if best else None,
            best_trial_id=best[0].trial_id if best else None,
            last_recorded_at=max((latest.astimezone(UTC) for _, latest in counts.values()), default=None),
        )
