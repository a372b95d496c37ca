"""The audit in MongoDB: one document an entry, ``at`` as a date beside it."""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.collection import Collection as MongoCollection

from shared.adapters.mongodb.connection import Document
from shared.adapters.passing_over import readable
from shared.domain import AuditEntry
from shared.ports import AUDIT_KEPT_DAYS

AUDIT_INDEXES = [IndexModel([("at", ASCENDING)], expireAfterSeconds=AUDIT_KEPT_DAYS * 86_400)]


def append(collection: MongoCollection[Document], entry: AuditEntry) -> None:
    """Keep the entry; of one id the first stands."""
    fields = {"at": entry.at, "entry": entry.model_dump(mode="json")}
    collection.update_one({"_id": entry.entry_id}, {"$setOnInsert": fields}, upsert=True)


def latest(collection: MongoCollection[Document], limit: int, now: datetime) -> list[AuditEntry]:
    """Return the last entries, the newest first. The server removes what expired only once a minute, or never."""
    kept = {"at": {"$gt": now - timedelta(days=AUDIT_KEPT_DAYS)}}
    found = collection.find(kept).sort([("at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
    return readable(AuditEntry, (document["entry"] for document in found))
