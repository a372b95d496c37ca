"""The version of the SQLite file, and the migrations of its tables."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from shared.adapters.migrations import FIRST_VERSION, LEASE_SECONDS, Migration, StoreVersion

#: in their order; the schemas of queue and store are those of version 1
MIGRATIONS: tuple[Migration[sqlite3.Connection], ...] = ()

_SCHEMA = """
CREATE TABLE IF NOT EXISTS store_version (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    readable_from INTEGER NOT NULL,
    holder TEXT,
    leased_until REAL NOT NULL DEFAULT 0  -- seconds since the epoch
)
"""


class FileVersion:
    """Versioned, in the file that the connection is to. ``execute`` statements are transactions of their own."""

    name = "The embedded store"

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._clock = clock

    def version(self) -> StoreVersion:
        """Return the file's version; one that has none yet gets the first."""
        if self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'store_version'").fetchone() is None:
            self._connection.execute(_SCHEMA)
        read = "SELECT version, readable_from, holder FROM store_version"
        row = self._connection.execute(read).fetchone()
        if row is None:
            self._connection.execute(
                "INSERT OR IGNORE INTO store_version (one, version, readable_from) VALUES (1, :first, :first)",
                {"first": FIRST_VERSION},
            )
            row = self._connection.execute(read).fetchone()
        return StoreVersion(*row)

    def lease(self, holder: str) -> bool:
        """Take or keep the right to migrate; False where another has it."""
        now = self._clock()
        return self._changed(
            "UPDATE store_version SET holder = :holder, leased_until = :until WHERE holder = :holder OR"
            " leased_until <= :now",
            {"holder": holder, "now": now, "until": now + LEASE_SECONDS},
        )

    def advance(self, holder: str, version: int) -> bool:
        """Note the version that was reached; False where the lease was lost."""
        return self._changed(
            "UPDATE store_version SET version = :version, readable_from = :version - 1"
            " WHERE holder = :holder AND leased_until > :now AND version = :version - 1",
            {"holder": holder, "version": version, "now": self._clock()},
        )

    def release(self, holder: str) -> None:
        """Give the lease back, if it is still the holder's."""
        self._changed(
            "UPDATE store_version SET holder = NULL, leased_until = 0 WHERE holder = :holder", {"holder": holder}
        )

    def _changed(self, statement: str, values: dict[str, object]) -> bool:
        return self._connection.execute(statement, values).rowcount == 1
