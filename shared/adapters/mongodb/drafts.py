"""Forms that are being filled in, in MongoDB: a document each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from shared.adapters.draft_size import check_draft_size
from shared.adapters.mongodb.connection import Document

DRAFT_INDEXES = [IndexModel([("used_at", ASCENDING)])]


def save(database: Database[Document], draft_id: str, body: str) -> None:
    """Insert or replace the draft. Raises RecordRefused for one that is too large."""
    check_draft_size("MongoDB", body)
    fields = {"body": body, "used_at": datetime.now(UTC)}
    database.drafts.update_one({"_id": draft_id}, {"$set": fields}, upsert=True)


def load(database: Database[Document], draft_id: str) -> str | None:
    """Return the draft, used now; None where there is none."""
    used = {"$set": {"used_at": datetime.now(UTC)}}
    document = database.drafts.find_one_and_update({"_id": draft_id}, used)
    return None if document is None else str(document["body"])


def forget(database: Database[Document], unused_for: timedelta) -> int:
    """Remove what was not used for so long, and return how many."""
    return database.drafts.delete_many({"used_at": {"$lte": datetime.now(UTC) - unused_for}}).deleted_count
