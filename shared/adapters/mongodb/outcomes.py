"""Outcomes in MongoDB: one document a trial, which lists the sweeps that own it.

A document: ``_id`` the trial's id; ``state`` succeeded, failed, dropped, or forgotten (its owners wait for the next
outcome); ``final`` whether any sweep may adopt it; ``sweep_ids`` the owners; ``outcome`` the record as JSON has it;
``given_up`` the attempts whose results are late; ``finished_at``, and ``recorded_at`` by the server's clock, as dates;
``order`` as described at ``page``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bson import Timestamp
from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.collection import Collection as MongoCollection
from pymongo.errors import BulkWriteError

from shared.adapters.mongodb.collisions import DUPLICATE_KEY, again, write_all
from shared.adapters.mongodb.connection import MAJORITY_MS, Document
from shared.catalog import Metric, metric_info
from shared.domain import TrialOutcome, TrialState
from shared.ports import OutcomePage

OUTCOME_INDEXES = [
    IndexModel([("sweep_ids", ASCENDING), ("state", ASCENDING), ("recorded_at", ASCENDING)]),
    IndexModel([("sweep_ids", ASCENDING), ("order", ASCENDING), ("recorded_at", ASCENDING), ("_id", ASCENDING)]),
]

#: A write that is reported as done is visible this long after the server stamped it, at the latest; in truth some
#: milliseconds. Its writer waits so long for a majority; half as much again for what the statement itself takes.
OVERLAP = timedelta(milliseconds=MAJORITY_MS * 1.5)
#: how often a write may lose the race for a document to another that inserts or deletes it
_RACES = 10


def index_ranking(outcomes: MongoCollection[Document], metric: Metric) -> None:
    """Make the index by which sweeps that rank by this metric are ranked; no-op when it is there."""
    outcomes.create_index([("sweep_ids", ASCENDING), ("state", ASCENDING), *_best_first(metric)])


def own(outcomes: MongoCollection[Document], sweep_id: str, which: Document) -> int:
    """Add the sweep to the owners of the outcomes that match and return to how many it was new."""
    unowned = which | {"sweep_ids": {"$ne": sweep_id}}
    return again(lambda: outcomes.update_many(unowned, _owned_by(sweep_id))).modified_count


def disown(outcomes: MongoCollection[Document], sweep_id: str, which: Document) -> bool:
    """Remove the sweep from the owners of the outcomes that match, and return whether it was one.

    An outcome without an owner goes.
    """
    alone = again(lambda: outcomes.delete_many(which | {"sweep_ids": [sweep_id]})).deleted_count
    left = {"$pull": {"sweep_ids": sweep_id}}
    among = again(lambda: outcomes.update_many(which | {"sweep_ids": sweep_id}, left)).modified_count
    # Two deletions at once may each have left the other as the last owner.
    again(lambda: outcomes.delete_many({"sweep_ids": []}))
    return alone + among > 0


def owned(outcomes: MongoCollection[Document], sweep_id: str, trial_ids: Collection[str]) -> dict[str, TrialState]:
    """Return which of the trials have an outcome that the sweep owns, and in which state."""
    which = {"_id": {"$in": list(trial_ids)}, "sweep_ids": sweep_id, "state": {"$ne": "forgotten"}}
    return {document["_id"]: TrialState(document["state"]) for document in outcomes.find(which, {"state": 1})}


def write(
    outcomes: MongoCollection[Document],
    sweep_id: str,
    records: Sequence[TrialOutcome],
    given_up: Mapping[str, Sequence[str]],
) -> None:
    """Write in one bulk; a success that is there is kept where a failure or a drop came, and owned.

    ``given_up`` has, by trial, attempts of which nothing is taken any more. Each outcome tells its document of them,
    so that what comes of one later is refused by the document itself.
    """
    pending = [each for each in records if each.attempt_id not in given_up.get(each.trial_id, ())]
    for _ in range(_RACES):
        if not pending:
            return
        duplicates = _upsert(outcomes, sweep_id, pending, given_up)
        lost = [record for record in pending if record.trial_id in duplicates]
        if not lost:
            return
        # Either a success is there, which the filter of another outcome does not match, so that its upsert tried to
        # insert it again; or another writer inserted the document between our look and our insert. The first is settled
        # by owning it, the second by trying again: then the document is there to be matched.
        ids = [record.trial_id for record in lost if record.state is not TrialState.SUCCEEDED]
        succeeded = {"_id": {"$in": ids}, "state": TrialState.SUCCEEDED.value}
        own(outcomes, sweep_id, succeeded)
        kept = {document["_id"] for document in outcomes.find(succeeded, {"_id": 1})}
        pending = [record for record in lost if record.trial_id not in kept and not _is_late(outcomes, record)]
    raise BulkWriteError({"writeErrors": [{"code": DUPLICATE_KEY, "errmsg": "lost the same race again and again"}]})


def page(
    outcomes: MongoCollection[Document], sweep_id: str, after: str | None, limit: int, visible: datetime
) -> OutcomePage:
    """Return the next outcomes by ``order``, the server's logical time of recording or adoption.

    MongoDB has no sequence whose numbers become visible one after the other: a write that was stamped earlier may be
    seen later than its neighbour. So each page reads again what was stamped in the last seconds before the one ahead
    of it, and leaves out what the cursor says was returned. ``order`` is the server's: writers' clocks do not matter,
    and as a Timestamp it never goes back, not even with another primary. ``visible`` is the time up to which readers
    see what was written: where no majority answers it stands still, however long that takes.
    """
    settled, returned = _read_cursor(after)
    which = {"sweep_ids": sweep_id, "state": {"$ne": "forgotten"}, "order": {"$gte": Timestamp(*settled)}}
    # A replica set's timestamps are unique; the rest decides where a server's are whole seconds.
    order = [("order", ASCENDING), ("recorded_at", ASCENDING), ("_id", ASCENDING)]
    fields = {"outcome": 1, "order": 1, "recorded_at": 1}
    found = outcomes.find(which, fields).sort(order).limit(limit + len(returned))
    fresh = [document for document in found if returned.get(_short(document)) != _stamp(document)][:limit]
    until = int((visible - OVERLAP).timestamp()), 0
    if len(fresh) == limit:
        until = min(until, (fresh[-1]["order"].time, fresh[-1]["order"].inc))
    settled = max(settled, until)
    returned |= {_short(document): _stamp(document) for document in fresh}
    newest = {key: stamp for key, stamp in returned.items() if (stamp[0], stamp[1]) >= settled}
    cursor = json.dumps({"settled": settled, "returned": newest}, separators=(",", ":"))
    return OutcomePage(outcomes=tuple(map(decoded, fresh)), cursor=cursor)


def ranked(
    outcomes: MongoCollection[Document], sweep_id: str, state: TrialState, metric: Metric, limit: int
) -> list[TrialOutcome]:
    """Return outcomes in that state: successes by the metric, best first; the others by time."""
    order = _best_first(metric) if state is TrialState.SUCCEEDED else [("finished_at", 1), ("_id", 1)]
    which: Document = {"sweep_ids": sweep_id, "state": state.value}
    if state is TrialState.SUCCEEDED:
        which[order[0][0]] = {"$exists": True}
    return [decoded(found) for found in outcomes.find(which, {"outcome": 1}).sort(order).limit(limit)]


def counts(outcomes: MongoCollection[Document], sweep_id: str) -> dict[str, tuple[int, datetime]]:
    """Return how many outcomes the sweep has of each state, and when the latest was recorded; reads an index alone."""
    states = [TrialState.SUCCEEDED, TrialState.FAILED, TrialState.DROPPED]
    pipeline: list[Document] = [
        {"$match": {"sweep_ids": sweep_id, "state": {"$in": [state.value for state in states]}}},
        {"$group": {"_id": "$state", "count": {"$sum": 1}, "latest": {"$max": "$recorded_at"}}},
    ]
    return {group["_id"]: (group["count"], group["latest"]) for group in outcomes.aggregate(pipeline)}


def forget_failures(outcomes: MongoCollection[Document], sweep_id: str) -> int:
    """Empty the failed outcomes of the sweep, keep their owners, and return how many there were."""
    forgotten = {"$set": {"state": "forgotten", "final": False}, "$unset": {"outcome": ""}}
    failed = {"sweep_ids": sweep_id, "state": TrialState.FAILED.value}
    return again(lambda: outcomes.update_many(failed, forgotten)).modified_count


def decoded(document: Document) -> TrialOutcome:
    """Return the outcome of a document."""
    return TrialOutcome.from_stored(document["outcome"])


def _is_late(outcomes: MongoCollection[Document], record: TrialOutcome) -> bool:
    if not record.attempt_id:
        return False
    return outcomes.find_one({"_id": record.trial_id, "given_up": record.attempt_id}, {"_id": 1}) is not None


def _upsert(
    outcomes: MongoCollection[Document],
    sweep_id: str,
    records: Sequence[TrialOutcome],
    given_up: Mapping[str, Sequence[str]],
) -> set[str]:
    """Write what may be written and return the ids of what met a duplicate key."""
    updates = []
    for record in records:
        which: Document = {"_id": record.trial_id}
        if record.state is not TrialState.SUCCEEDED:
            which["state"] = {"$ne": TrialState.SUCCEEDED.value}
        if record.attempt_id:
            which["given_up"] = {"$ne": record.attempt_id}
        fields = {
            "state": record.state.value,
            "final": record.is_final_everywhere,
            "finished_at": record.finished_at,
            "outcome": record.model_dump(mode="json"),
        }
        change = _owned_by(sweep_id)
        change["$currentDate"]["recorded_at"] = True
        if late := given_up.get(record.trial_id):
            change["$addToSet"]["given_up"] = {"$each": list(late)}
        updates.append((record.trial_id, UpdateOne(which, {"$set": fields} | change, upsert=True)))
    return write_all(outcomes, updates, tolerated=[DUPLICATE_KEY])


def _owned_by(sweep_id: str) -> Document:
    return {"$addToSet": {"sweep_ids": sweep_id}, "$currentDate": {"order": {"$type": "timestamp"}}}


def _best_first(metric: Metric) -> list[tuple[str, int]]:
    order = ASCENDING if metric_info(metric).lower_is_better else DESCENDING
    return [(f"outcome.scores.{metric.value}.mean_score", order), ("_id", ASCENDING)]


def _read_cursor(cursor: str | None) -> tuple[tuple[int, int], dict[str, list[int]]]:
    """Return from which ``order`` on to read, and what of that was returned with which stamp."""
    if cursor is None:
        return (0, 0), {}
    fields = json.loads(cursor)
    seconds, increment = fields["settled"]
    return (seconds, increment), fields["returned"]


def _stamp(document: Document) -> list[int]:
    order, recorded_at = document["order"], document["recorded_at"]
    return [order.time, order.inc, round(recorded_at.timestamp() * 1000)]


def _short(document: Document) -> str:
    # 64 of a trial id's 256 bits tell the outcomes of some seconds apart.
    return str(document["_id"])[:16]
