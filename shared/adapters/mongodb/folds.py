"""Results of single folds in MongoDB: one document each.

A document: ``_id`` of the trial and the fold; ``trial_id``; ``result`` the record as JSON has it; ``given_up`` the
attempts whose results are late; ``recorded_at`` by the server's clock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pymongo import UpdateOne
from pymongo.collection import Collection as MongoCollection
from pymongo.errors import BulkWriteError

from shared.adapters.mongodb.collisions import DUPLICATE_KEY, write_all
from shared.adapters.mongodb.connection import Document
from shared.adapters.passing_over import readable
from shared.domain import FoldResult, unit_id

#: how often a write may lose the race for a document to another that inserts or deletes it
_RACES = 10


def record(
    folds: MongoCollection[Document], results: Sequence[FoldResult], given_up: Mapping[str, Sequence[str]]
) -> None:
    """Keep the results; of one fold the last stands.

    ``given_up`` has, by trial, attempts of which nothing is taken any more. Each result tells its document of them, so
    that what comes of one later is refused by the document itself, whatever its writer saw before.
    """
    pending = [each for each in results if each.attempt_id not in given_up.get(each.trial_id, ())]
    for _ in range(_RACES):
        if not pending:
            return
        met = write_all(folds, (_update(each, given_up) for each in pending), tolerated=[DUPLICATE_KEY])
        # Either the document knows that it is late, so that its filter matched none and the upsert tried to insert it
        # again; or another writer inserted it just before: then it is there to be matched.
        pending = [each for each in pending if _id(each) in met and not _is_late(folds, each)]
    if pending:
        raise BulkWriteError({"writeErrors": [{"code": DUPLICATE_KEY, "errmsg": "lost the same race again and again"}]})


def by_trial(folds: MongoCollection[Document], trial_ids: Collection[str]) -> dict[str, list[FoldResult]]:
    """Return what is kept of each trial that has any, by fold."""
    kept: dict[str, list[FoldResult]] = {}
    documents = folds.find({"trial_id": {"$in": list(trial_ids)}})
    for result in readable(FoldResult, (document["result"] for document in documents)):
        kept.setdefault(result.trial_id, []).append(result)
    return {trial_id: sorted(results, key=lambda each: each.fold) for trial_id, results in kept.items()}


def _update(result: FoldResult, given_up: Mapping[str, Sequence[str]]) -> tuple[str, UpdateOne]:
    which: Document = {"_id": _id(result)}
    if result.attempt_id:
        which["given_up"] = {"$ne": result.attempt_id}
    fields = {"trial_id": result.trial_id, "result": result.model_dump(mode="json")}
    change: Document = {"$set": fields, "$currentDate": {"recorded_at": True}}
    if late := given_up.get(result.trial_id):
        change["$addToSet"] = {"given_up": {"$each": list(late)}}
    return _id(result), UpdateOne(which, change, upsert=True)


def _is_late(folds: MongoCollection[Document], result: FoldResult) -> bool:
    if not result.attempt_id:
        return False
    return folds.find_one({"_id": _id(result), "given_up": result.attempt_id}, {"_id": 1}) is not None


def _id(result: FoldResult) -> str:
    return unit_id(result.trial_id, result.fold)
