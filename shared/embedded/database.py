"""The one SQLite file behind the embedded queue and store."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from shared.errors import ServiceUnavailable

#: how long a writer waits for another, in seconds
BUSY_SECONDS = 30.0


class _Connection(sqlite3.Connection):
    """A connection that can be referred to weakly: it closes when its thread has ended."""


class Database:
    """Hands out one connection for each process and thread, opened after a fork, never shared.

    WAL with ``synchronous=FULL``: a commit that returned survives a kill and a power cut.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._schema = schema
        self._local = threading.local()
        self._opened = WeakSet[_Connection]()
        #: of the process that this one was forked from: to close them here could release its locks
        self._inherited: list[_Connection] = []
        self._pid = os.getpid()

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection, in autocommit mode, rows by name. Raises ServiceUnavailable."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._local.pid != os.getpid():
            connection = self._open()
            self._local.connection, self._local.pid = connection, os.getpid()
        return connection

    @contextmanager
    def immediate(self) -> Iterator[sqlite3.Connection]:
        """Run the block in one write transaction; roll back when it raises."""
        connection = self.connection()
        with self.translated():
            connection.execute("BEGIN IMMEDIATE")
        try:
            with self.translated():
                yield connection
                connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn SQLite's operational errors into ServiceUnavailable."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Close every connection that this process opened."""
        if self._pid == os.getpid():
            for connection in self._opened:
                connection.close()
        self._opened.clear()
        self._local = threading.local()

    def _open(self) -> _Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=_Connection
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(self._schema)
        except (OSError, sqlite3.OperationalError) as error:
            raise self._unavailable(error) from error
        if self._pid != os.getpid():
            self._inherited += self._opened
            self._opened, self._pid = WeakSet(), os.getpid()
        self._opened.add(connection)
        return connection

    def _unavailable(self, error: Exception) -> ServiceUnavailable:
        return ServiceUnavailable(
            "The embedded store", str(error), f"Check that {self.path.parent} is writable and its disk not full."
        )
