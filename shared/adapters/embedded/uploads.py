"""Uploaded files in the embedded store, each once by the hash of its content."""

from __future__ import annotations

import hashlib

from shared.adapters.embedded.database import Database
from shared.errors import DatasetError

SCHEMA = "CREATE TABLE IF NOT EXISTS uploads (upload_hash TEXT PRIMARY KEY, content BLOB NOT NULL);"


def save(database: Database, content: bytes) -> str:
    """Keep the file once and return its hash."""
    upload_hash = hashlib.sha256(content).hexdigest()
    with database.immediate() as connection:
        connection.execute("INSERT OR IGNORE INTO uploads VALUES (?, ?)", (upload_hash, content))
    return upload_hash


def load(database: Database, upload_hash: str) -> bytes:
    """Return the file, or raise DatasetError."""
    with database.translated():
        found = database.connection().execute("SELECT content FROM uploads WHERE upload_hash = ?", (upload_hash,))
        row = found.fetchone()
    if row is None:
        raise DatasetError(f"The store has no uploaded file {upload_hash}; upload it again.")
    return bytes(row["content"])


def delete(database: Database, upload_hash: str) -> bool:
    """Delete the file, and return whether it was kept; the file of the store shrinks."""
    with database.immediate() as connection:
        deleted = connection.execute("DELETE FROM uploads WHERE upload_hash = ?", (upload_hash,)).rowcount == 1
    database.shrink()
    return deleted
