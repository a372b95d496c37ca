"""The embedded queue: tasks in SQLite, leased to consumers for as long as these renew."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from shared.adapters.embedded.database import Database
from shared.domain import Task
from shared.errors import UndecodableTask
from shared.ports import DELIVERY_LIMIT, LEASE_RENEWAL_SECONDS, DeadLetter, Delivery, QueueStatus

#: how long a lease lasts unless renewed, in seconds: two calls of ``renew_leases`` may fail
LEASE_SECONDS = 3 * LEASE_RENEWAL_SECONDS
#: tasks of one transaction: one flush to disk for all of them, and short enough not to keep other writers waiting
_PUBLISH_BATCH = 1_000

# A row without ``leased_until`` is ready. Times are seconds since the epoch: processes share no other clock.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS queue_tasks (
    task_id INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 0,
    token TEXT,
    consumer TEXT,
    leased_until REAL
);
CREATE INDEX IF NOT EXISTS queue_order ON queue_tasks (leased_until, task_id);
CREATE INDEX IF NOT EXISTS queue_leased ON queue_tasks (consumer) WHERE consumer IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS queue_token ON queue_tasks (token) WHERE token IS NOT NULL;
CREATE TABLE IF NOT EXISTS queue_dead (
    dead_id INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL,
    reason TEXT NOT NULL,
    died_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS queue_consumers (
    consumer TEXT PRIMARY KEY,
    alive_until REAL NOT NULL
);
"""


class EmbeddedTaskQueue:
    """A queue of leases in one SQLite file, for the processes of one machine."""

    def __init__(self, path: Path, lease_seconds: float = LEASE_SECONDS, delivery_limit: int = DELIVERY_LIMIT) -> None:
        self._path = path
        self._database = Database(path, _SCHEMA)
        self._lease_seconds = lease_seconds
        self._delivery_limit = delivery_limit

    def publish(self, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None) -> int:
        """Publish a lazy stream and return how many tasks were published; all are then on disk."""
        published = 0
        stream = iter(tasks)
        # the stream is pulled outside the transaction: it may be slow, and it may read the same file
        while batch := [(task.encode(),) for task in islice(stream, _PUBLISH_BATCH)]:
            with self._database.immediate() as connection:
                connection.executemany("INSERT INTO queue_tasks (body) VALUES (?)", batch)
            published += len(batch)
            if on_progress is not None:
                on_progress(published)
        return published

    def consume(self, prefetch: int) -> EmbeddedTaskConsumer:
        """Subscribe; at most ``prefetch`` tasks are held at once."""
        return EmbeddedTaskConsumer(self._path, prefetch, self._lease_seconds, self._delivery_limit)

    def status(self) -> QueueStatus:
        """Return the queue's counts. A lease that ran out counts as ready."""
        with self._database.translated():
            row = (
                self._database.connection()
                .execute(
                    """SELECT (SELECT COUNT(*) FROM queue_tasks WHERE leased_until IS NULL) AS ready,
                    (SELECT COUNT(*) FROM queue_tasks WHERE leased_until <= :now) AS expired,
                    (SELECT COUNT(*) FROM queue_tasks WHERE leased_until > :now) AS leased,
                    (SELECT COUNT(*) FROM queue_consumers WHERE alive_until > :now) AS consumers,
                    (SELECT COUNT(*) FROM queue_dead) AS dead""",
                    {"now": time.time()},
                )
                .fetchone()
            )
        return QueueStatus(
            ready=row["ready"] + row["expired"],
            unacknowledged=row["leased"],
            consumers=row["consumers"],
            dead=row["dead"],
        )

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """Return the oldest dead letters; they stay."""
        with self._database.translated():
            rows = self._database.connection().execute(
                "SELECT body, reason, died_at FROM queue_dead ORDER BY dead_id LIMIT ?", (limit,)
            )
            return [
                DeadLetter(
                    body=row["body"].decode(errors="replace"),
                    reason=row["reason"],
                    died_at=datetime.fromtimestamp(row["died_at"], UTC),
                )
                for row in rows
            ]

    def discard_dead_letters(self) -> int:
        """Delete all dead letters and return how many there were."""
        with self._database.immediate() as connection:
            return connection.execute("DELETE FROM queue_dead").rowcount

    def close(self) -> None:
        """Release connections."""
        self._database.close()


class EmbeddedTaskConsumer:
    """One worker's leases.

    What it writes survives its death, but is not flushed to disk at once: after a power cut a lease may have returned
    and an acknowledged task may come again, which is harmless, and a task costs two flushes less.
    """

    def __init__(self, path: Path, prefetch: int, lease_seconds: float, delivery_limit: int) -> None:
        self._database = Database(path, _SCHEMA, survives_power_cut=False)
        self._prefetch = prefetch
        self._lease_seconds = lease_seconds
        self._delivery_limit = delivery_limit
        self._consumer = uuid.uuid4().hex
        self._held: set[str] = set()
        self._taking = True
        self._alive_until = 0.0
        self.renew_leases()

    def take(self) -> Delivery | None:
        """Return the next task, or None if there is none now or ``prefetch`` are held."""
        if self._alive_until < time.time() + self._lease_seconds / 2:
            self.renew_leases()
        while self._taking and len(self._held) < self._prefetch and self._something_to_take():
            token = uuid.uuid4().hex
            with self._database.immediate() as connection:
                now = time.time()
                self._release(connection, "leased_until <= ?", now)
                row = connection.execute(
                    """UPDATE queue_tasks
                    SET token = ?, consumer = ?, leased_until = ?, deliveries = deliveries + 1
                    WHERE task_id = (
                        SELECT task_id FROM queue_tasks WHERE leased_until IS NULL ORDER BY task_id LIMIT 1)
                    RETURNING body, deliveries""",
                    (token, self._consumer, now + self._lease_seconds),
                ).fetchone()
                if row is None:
                    return None
                try:
                    task = Task.decode(row["body"])
                except UndecodableTask as error:
                    self._reap(connection, "token = ?", token, reason=str(error))
                    continue
            self._held.add(token)
            return Delivery(task=task, token=token, redelivered=row["deliveries"] > 1)
        return None

    def wakeup(self) -> None:
        """Return None: it must be polled."""

    def renew_leases(self) -> None:
        """Renew the leases, and count as a consumer for as long."""
        with self._database.immediate() as connection:
            now = time.time()
            alive_until = now + self._lease_seconds
            connection.execute(
                "UPDATE queue_tasks SET leased_until = ? WHERE consumer = ?", (alive_until, self._consumer)
            )
            connection.execute("DELETE FROM queue_consumers WHERE alive_until <= ?", (now,))
            if self._taking:
                connection.execute(
                    "INSERT OR REPLACE INTO queue_consumers VALUES (?, ?)", (self._consumer, alive_until)
                )
        self._alive_until = alive_until

    def interruption(self) -> None:
        """Return None: there is no connection to lose."""

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""
        with self._database.immediate() as connection:
            deleted = connection.execute("DELETE FROM queue_tasks WHERE token = ?", (delivery.token,)).rowcount
        self._held.discard(delivery.token)
        return deleted == 1

    def requeue(self, delivery: Delivery) -> bool:
        """Give the task to another consumer, as if never delivered. False if no longer held."""
        with self._database.immediate() as connection:
            returned = connection.execute(
                """UPDATE queue_tasks
                SET token = NULL, consumer = NULL, leased_until = NULL, deliveries = deliveries - 1,
                    task_id = (SELECT MAX(task_id) + 1 FROM queue_tasks)
                WHERE token = ?""",
                (delivery.token,),
            ).rowcount
        self._held.discard(delivery.token)
        return returned == 1

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""
        with self._database.immediate() as connection:
            reaped = self._reap(connection, "token = ?", delivery.token, reason=reason)
        self._held.discard(delivery.token)
        return reaped == 1

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""
        self._taking = False
        with self._database.immediate() as connection:
            connection.execute("DELETE FROM queue_consumers WHERE consumer = ?", (self._consumer,))

    def close(self) -> None:
        """Leave; what is still held returns to the queue."""
        self.stop_taking()
        with self._database.immediate() as connection:
            self._release(connection, "consumer = ?", self._consumer)
        self._held.clear()
        self._database.close()

    def _something_to_take(self) -> bool:
        # reading first spares idle consumers the write lock
        with self._database.translated():
            row = (
                self._database.connection()
                .execute(
                    """SELECT EXISTS (SELECT 1 FROM queue_tasks WHERE leased_until IS NULL)
                    OR EXISTS (SELECT 1 FROM queue_tasks WHERE leased_until <= ?)""",
                    (time.time(),),
                )
                .fetchone()
            )
        return bool(row[0])

    def _release(self, connection: sqlite3.Connection, which: str, value: object) -> None:
        """Return leased tasks to the queue, or dead-letter those that were delivered too often."""
        self._reap(
            connection,
            f"deliveries > {self._delivery_limit} AND {which}",
            value,
            reason=f"it was delivered {self._delivery_limit + 1} times and never acknowledged",
        )
        connection.execute(
            f"UPDATE queue_tasks SET token = NULL, consumer = NULL, leased_until = NULL WHERE {which}",  # noqa: S608
            (value,),
        )

    @staticmethod
    def _reap(connection: sqlite3.Connection, which: str, value: object, reason: str) -> int:
        connection.execute(
            f"""INSERT INTO queue_dead (body, reason, died_at)
            SELECT body, ?, ? FROM queue_tasks WHERE {which}""",  # noqa: S608 - constants of this file
            (reason, time.time(), value),
        )
        return connection.execute(f"DELETE FROM queue_tasks WHERE {which}", (value,)).rowcount  # noqa: S608
