"""Forms that are being filled in, in the embedded store."""

from __future__ import annotations

import time
from datetime import timedelta

from shared.adapters.draft_size import check_draft_size
from shared.adapters.embedded.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS drafts (draft_id TEXT PRIMARY KEY, used_at REAL NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS drafts_by_use ON drafts (used_at);
"""


def save(database: Database, draft_id: str, body: str) -> None:
    """Insert or replace the draft. Raises RecordRefused for one that is too large."""
    check_draft_size("The embedded store", body)
    with database.immediate() as connection:
        connection.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?)", (draft_id, time.time(), body))


def load(database: Database, draft_id: str) -> str | None:
    """Return the draft, used now; None where there is none."""
    with database.immediate() as connection:
        connection.execute("UPDATE drafts SET used_at = ? WHERE draft_id = ?", (time.time(), draft_id))
        row = connection.execute("SELECT body FROM drafts WHERE draft_id = ?", (draft_id,)).fetchone()
    return None if row is None else str(row["body"])


def forget(database: Database, unused_for: timedelta) -> int:
    """Remove what was not used for so long, and return how many."""
    with database.immediate() as connection:
        before = time.time() - unused_for.total_seconds()
        return connection.execute("DELETE FROM drafts WHERE used_at <= ?", (before,)).rowcount
