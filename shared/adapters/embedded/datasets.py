"""The tables of data that the embedded store keeps."""

from __future__ import annotations

from sqlite3 import Connection

from shared.adapters.embedded.database import Database
from shared.domain import DatasetInfo
from shared.errors import DatasetError

SCHEMA = """
CREATE TABLE IF NOT EXISTS datasets (content_hash TEXT PRIMARY KEY, info TEXT NOT NULL, parquet BLOB NOT NULL);
"""


def save(database: Database, info: DatasetInfo, parquet: bytes) -> None:
    """Store a table once by its content hash; one that is stored keeps its content and gets this description."""
    with database.immediate() as connection:
        if not _describe(connection, info):
            connection.execute(
                "INSERT INTO datasets (content_hash, info, parquet) VALUES (?, ?, ?)",
                (info.content_hash, info.model_dump_json(), parquet),
            )


def describe(database: Database, info: DatasetInfo) -> bool:
    """Give a stored table this description; False where it is not stored."""
    with database.immediate() as connection:
        return _describe(connection, info)


def delete(database: Database, content_hash: str) -> bool:
    """Delete a table, and return whether it was stored; the file shrinks."""
    with database.immediate() as connection:
        deleted = connection.execute("DELETE FROM datasets WHERE content_hash = ?", (content_hash,)).rowcount == 1
    database.shrink()
    return deleted


def infos(database: Database) -> list[DatasetInfo]:
    """Return all stored tables, the newest first."""
    with database.translated():
        rows = database.connection().execute("SELECT info FROM datasets").fetchall()
    found = [DatasetInfo.from_stored(row["info"]) for row in rows]
    return sorted(found, key=lambda info: (info.stored_at, info.content_hash), reverse=True)


def load(database: Database, content_hash: str) -> tuple[DatasetInfo, bytes]:
    """Return a table's description and Parquet file, or raise DatasetError."""
    query = "SELECT info, parquet FROM datasets WHERE content_hash = ?"
    with database.translated():
        row = database.connection().execute(query, (content_hash,)).fetchone()
    if row is None:
        raise DatasetError(f"The store has no data set {content_hash}; launching the sweep again stores it.")
    return DatasetInfo.from_stored(row["info"]), row["parquet"]


def _describe(connection: Connection, info: DatasetInfo) -> bool:
    row = connection.execute("SELECT info FROM datasets WHERE content_hash = ?", (info.content_hash,)).fetchone()
    if row is None:
        return False
    described = (info.over_stored(row["info"]), info.content_hash)
    return connection.execute("UPDATE datasets SET info = ? WHERE content_hash = ?", described).rowcount == 1
