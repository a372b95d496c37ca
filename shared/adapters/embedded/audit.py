"""The audit that the embedded store keeps."""

from __future__ import annotations

import json
import time
from sqlite3 import Connection

from shared.adapters.passing_over import readable
from shared.domain import AuditEntry
from shared.ports import AUDIT_KEPT_DAYS

SCHEMA = """
CREATE TABLE IF NOT EXISTS audit (
    entry_id TEXT PRIMARY KEY,
    at REAL NOT NULL,               -- Unix seconds
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS audit_by_time ON audit (at);
"""

_DAY = 86_400.0


def append(connection: Connection, entry: AuditEntry) -> None:
    """Keep the entry; of one id the first stands. What is too old goes."""
    connection.execute("DELETE FROM audit WHERE at <= ?", (_kept_since(),))
    connection.execute(
        "INSERT OR IGNORE INTO audit (entry_id, at, body) VALUES (?, ?, ?)",
        (entry.entry_id, entry.at.timestamp(), entry.model_dump_json()),
    )


def latest(connection: Connection, limit: int) -> list[AuditEntry]:
    """Return the last entries, the newest first."""
    query = "SELECT body FROM audit WHERE at > ? AND json_valid(body) ORDER BY at DESC, entry_id DESC LIMIT ?"
    rows = connection.execute(query, (_kept_since(), limit))
    return readable(AuditEntry, (json.loads(row["body"]) for row in rows))


def _kept_since() -> float:
    return time.time() - AUDIT_KEPT_DAYS * _DAY
