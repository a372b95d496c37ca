"""The one SQLite file behind the embedded queue and store."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from shared.adapters.embedded.versions import MIGRATIONS, FileVersion
from shared.adapters.migrations import RECHECK_SECONDS, Migration, bring_up_to_date, known_version, readable_version
from shared.errors import RecordRefused, ServiceUnavailable

log = logging.getLogger(__name__)

#: how long a writer waits for another, in seconds
BUSY_SECONDS = 30.0

_SERVICE = "The embedded store"

#: fewer free pages (of 4 KiB) are left to be used again
_WORTH_GIVING_BACK = 256
#: pages that are given back in one transaction, so that other writers need not wait for long
_PAGES_AT_ONCE = 2_000


#: SQLite's number for a file whose free pages can be given back a few at a time
_INCREMENTAL = 2


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


class _Opened:
    """A connection of one process and thread; closed when the thread ends and takes this with it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.pid = os.getpid()
        #: when its version is looked at again
        self.recheck_at = time.monotonic() + RECHECK_SECONDS

    def close(self) -> None:
        """Close it, unless this process got it by a fork: that could release locks of the one that opened it."""
        if self.pid == os.getpid():
            self.connection.close()

    def __del__(self) -> None:
        if not sys.is_finalizing():  # a thread that still waits for a lock would have the process wait for it too
            self.close()


class Database:
    """Hands out one connection for each process and thread, opened after a fork, never shared.

    WAL with ``synchronous=FULL``: a commit that returned survives a kill and a power cut. Without
    ``survives_power_cut`` it survives a kill, and a power cut once a later commit with it has returned.
    """

    def __init__(
        self,
        path: Path,
        schema: str,
        *,
        survives_power_cut: bool = True,
        migrations: Sequence[Migration[sqlite3.Connection]] = MIGRATIONS,
    ) -> None:
        self.path = path
        self._schema = schema
        self._migrations = migrations
        self._synchronous = "FULL" if survives_power_cut else "NORMAL"
        self._local = threading.local()
        self._opened = WeakSet[_Opened]()

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection, in autocommit mode, rows by name. Raises ServiceUnavailable."""
        opened: _Opened | None = getattr(self._local, "opened", None)
        if opened is None or opened.pid != os.getpid():
            opened = self._local.opened = _Opened(self._open())
            self._opened.add(opened)
        elif time.monotonic() >= opened.recheck_at and not opened.connection.in_transaction:
            with self.translated():  # a rollout may have changed it meanwhile
                bring_up_to_date(FileVersion(opened.connection), opened.connection, self._migrations)
            opened.recheck_at = time.monotonic() + RECHECK_SECONDS
        return opened.connection

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

    def shrink(self) -> None:
        """Give the pages that deletions left free back to the file system, where they are many.

        In small steps that writers fit in between. A file from before it was made for that is written anew once, which
        makes it so. What was deleted stays deleted where this does not succeed; the next deletion tries again.
        """
        connection = self.connection()
        try:
            if _pragma(connection, "freelist_count") < _WORTH_GIVING_BACK:
                return
            if _pragma(connection, "auto_vacuum") != _INCREMENTAL:
                connection.execute(f"PRAGMA auto_vacuum={_INCREMENTAL}")
                connection.execute("VACUUM")
            while free := _pragma(connection, "freelist_count"):
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
                if _pragma(connection, "freelist_count") >= free:  # others fill it as fast
                    break
            # what was moved is in the log still, which is as large as that
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError as error:  # busy, or no space for the copy
            log.warning(
                "The file of the embedded store keeps its size for now: %s",
                error,
                extra={"event": "embedded.not_shrunk", "path": str(self.path)},
            )

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what is wrong with file or disk into ServiceUnavailable, and what is too large into RecordRefused.

        What is wrong with a query stays.
        """
        try:
            yield
        except (sqlite3.DataError, OverflowError) as error:
            raise RecordRefused(_SERVICE, str(error)) from error
        except sqlite3.DatabaseError as error:
            if type(error) not in (sqlite3.DatabaseError, sqlite3.OperationalError):
                raise
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Close every connection that this process opened."""
        for opened in list(self._opened):
            opened.close()
        self._opened.clear()
        self._local = threading.local()

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error
        with self.translated():
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                connection.row_factory = sqlite3.Row
                connection.execute(f"PRAGMA auto_vacuum={_INCREMENTAL}")  # of a new file; before all else
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(f"PRAGMA synchronous={self._synchronous}")
                version = FileVersion(connection)
                readable_version(version, known_version(self._migrations))  # before anything is changed
                connection.executescript(self._schema)
                bring_up_to_date(version, connection, self._migrations)
            except BaseException:
                connection.close()
                raise
        return connection

    def _unavailable(self, error: Exception) -> ServiceUnavailable:
        hint = f"Check that {self.path.parent} is writable and its disk not full."
        # no database, or a damaged one; a text that is none was damaged within
        if type(error) is sqlite3.DatabaseError or "UTF-8" in str(error):
            hint = f"Restore {self.path} from a copy, or move it away to begin anew."
        return ServiceUnavailable(_SERVICE, str(error), hint)
