"""Attempts in MongoDB: one document each.

A document: ``_id`` the attempt's id; ``sweep_id``; ``trial_ids``; ``fenced`` whether it was given up in its worker's
absence; ``unexplained`` whether its worker is lost and nobody has looked why; ``attempt`` the record as JSON has it;
``ended_at`` as a date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.collection import Collection as MongoCollection

from shared.adapters.mongodb.collisions import DUPLICATE_KEY, again, write_all
from shared.adapters.mongodb.connection import Document
from shared.adapters.passing_over import readable
from shared.domain import Attempt, AttemptCause, AttemptEnd
from shared.ports import ATTEMPTS_KEPT_DAYS

ATTEMPT_INDEXES = [
    IndexModel([("trial_ids", ASCENDING)]),
    IndexModel([("sweep_id", ASCENDING)]),
    IndexModel([("unexplained", ASCENDING), ("ended_at", ASCENDING)]),
    IndexModel([("ended_at", ASCENDING)], expireAfterSeconds=ATTEMPTS_KEPT_DAYS * 86_400),
]


def append(collection: MongoCollection[Document], attempts: Sequence[Attempt]) -> None:
    """Keep the attempts; of one id the first stands."""
    updates = []
    for attempt in attempts:
        fields = {
            "sweep_id": attempt.sweep_id,
            "trial_ids": list(attempt.trial_ids),
            "fenced": attempt.is_fenced,
            "unexplained": attempt.cause is AttemptCause.LOST and attempt.looked_at is None and bool(attempt.worker),
            "ended_at": attempt.ended_at,
            "attempt": attempt.model_dump(mode="json"),
        }
        change = UpdateOne({"_id": attempt.attempt_id}, {"$setOnInsert": fields}, upsert=True)
        updates.append((attempt.attempt_id, change))
    if updates:
        write_all(collection, updates, tolerated=[DUPLICATE_KEY])


def by_trial(collection: MongoCollection[Document], trial_ids: Collection[str]) -> dict[str, list[Attempt]]:
    """Return the attempts at each trial that has any, the first ended first."""
    asked, found = set(trial_ids), dict[str, list[Attempt]]()
    for document in collection.find({"trial_ids": {"$in": list(asked)}}).sort([("ended_at", 1), ("_id", 1)]):
        for attempt in readable(Attempt, [document["attempt"]]):
            for trial_id in asked.intersection(attempt.trial_ids):
                found.setdefault(trial_id, []).append(attempt)
    return found


def unexplained(collection: MongoCollection[Document], limit: int, in_pods: bool | None = None) -> list[Attempt]:
    """Return those that were lost with a worker after whom nobody has looked, the first ended first."""
    which: dict[str, object] = {"unexplained": True}
    if in_pods is not None:
        which["attempt.pod"] = {"$ne": None} if in_pods else None
    found = collection.find(which, {"attempt": 1}).sort("ended_at", 1).limit(limit)
    return readable(Attempt, (document["attempt"] for document in found))


def complete(collection: MongoCollection[Document], attempt_id: str, end: AttemptEnd) -> bool:
    """Enter what was learned of a lost attempt, once."""
    learned = {f"attempt.{name}": value for name, value in end.model_dump(mode="json").items()}
    which = {"_id": attempt_id, "unexplained": True}
    return collection.update_one(which, {"$set": learned | {"unexplained": False}}).modified_count == 1


def given_up(collection: MongoCollection[Document], trial_ids: Iterable[str]) -> dict[str, list[str]]:
    """Return, by trial, the attempts that were given up in their worker's absence."""
    asked, found = set(trial_ids), dict[str, list[str]]()
    which = {"trial_ids": {"$in": list(asked)}, "fenced": True}
    for document in collection.find(which, {"trial_ids": 1}).sort("_id", 1):
        for trial_id in asked.intersection(document["trial_ids"]):
            found.setdefault(trial_id, []).append(document["_id"])
    return found


def forget(collection: MongoCollection[Document], which: Document) -> None:
    """Delete the attempts that match."""
    again(lambda: collection.delete_many(which))
