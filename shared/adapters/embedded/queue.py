"""The embedded queues: tasks in SQLite, leased to consumers for as long as these renew."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from shared.adapters.embedded.consumer import EmbeddedTaskConsumer
from shared.adapters.embedded.database import Database
from shared.adapters.embedded.queue_tables import QUEUE_TABLES, queue_id_of
from shared.domain import Task, TaskAddress
from shared.errors import PublishFailed
from shared.ports import DELIVERY_LIMIT, LEASE_RENEWAL_SECONDS, DeadLetter, QueueStatus

#: how long a lease lasts unless renewed, in seconds: two calls of ``renew_leases`` may fail
LEASE_SECONDS = 3 * LEASE_RENEWAL_SECONDS
#: tasks of one transaction: one flush to disk for all of them, and short enough not to keep other writers waiting
_PUBLISH_BATCH = 1_000
#: tasks of a removed queue that are deleted in one transaction, some hundredths of a second of it
_PURGE_BATCH = 5_000


class EmbeddedTaskQueue:
    """Queues of leases in one SQLite file, for the processes of one machine."""

    def __init__(self, path: Path, lease_seconds: float = LEASE_SECONDS, delivery_limit: int = DELIVERY_LIMIT) -> None:
        self._path = path
        self._database = Database(path, QUEUE_TABLES)
        self._lease_seconds = lease_seconds
        self._delivery_limit = delivery_limit

    def publish(
        self, address: TaskAddress, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None
    ) -> int:
        """Publish a lazy stream to one queue and return how many tasks were published; all are then on disk."""
        with self._database.immediate() as connection:
            queue_id = self._made(connection, address)
        published = 0
        stream = iter(tasks)
        # the stream is pulled outside the transaction: it may be slow, and it may read the same file
        while batch := [(queue_id, task.encode()) for task in islice(stream, _PUBLISH_BATCH)]:
            with self._database.immediate() as connection:
                if queue_id_of(connection, address) != queue_id:
                    raise PublishFailed("the queue of the tasks was removed", published)
                connection.executemany("INSERT INTO queued_tasks (queue_id, body) VALUES (?, ?)", batch)
            published += len(batch)
            if on_progress is not None:
                on_progress(published)
        return published

    def remove(self, address: TaskAddress, if_empty: bool = False) -> bool:
        """Remove the queue with all that is in it. Return whether it is gone.

        It is gone for everybody at once; its rows go a few at a time, so that other writers fit in between. What a
        process that died in the middle left of them goes with the next removal.
        """
        with self._database.immediate() as connection:
            queue_id = queue_id_of(connection, address)
            if queue_id is not None:
                if if_empty and self._has_ready(connection, queue_id):
                    return False
                connection.execute("UPDATE queues SET removed = 1 WHERE queue_id = ?", (queue_id,))
        self._purge()
        return True

    def consume(self) -> EmbeddedTaskConsumer:
        """Return a consumer."""
        self._database.connection()  # says at once where the place cannot be written
        return EmbeddedTaskConsumer(self._path, self._lease_seconds, self._delivery_limit)

    def status(self, addresses: Sequence[TaskAddress]) -> QueueStatus:
        """Return the counts of those queues. A lease that ran out counts as ready."""
        ready, leased = dict.fromkeys((address.sweep_id for address in addresses), 0), 0
        missing: list[TaskAddress] = []
        with self._database.translated():
            connection = self._database.connection()
            for address in dict.fromkeys(addresses):
                queue_id = queue_id_of(connection, address)
                if queue_id is None:
                    missing.append(address)
                    continue
                row = connection.execute(
                    """SELECT COUNT(*) AS waiting, COUNT(*) FILTER (WHERE leased_until > :now) AS leased
                    FROM queued_tasks WHERE queue_id = :queue_id""",
                    {"queue_id": queue_id, "now": time.time()},
                ).fetchone()
                ready[address.sweep_id] += row["waiting"] - row["leased"]
                leased += row["leased"]
            [dead] = connection.execute("SELECT COUNT(*) FROM queue_dead").fetchone()
        return QueueStatus(
            ready=sum(ready.values()),
            unacknowledged=leased,
            dead=dead,
            ready_by_sweep=ready,
            missing=tuple(missing),
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

    @staticmethod
    def _made(connection: sqlite3.Connection, address: TaskAddress) -> int:
        queue_id = queue_id_of(connection, address)
        if queue_id is None:
            place = (address.sweep_id, address.epoch)
            made = connection.execute("INSERT INTO queues (sweep_id, epoch) VALUES (?, ?) RETURNING queue_id", place)
            queue_id = int(made.fetchone()[0])
        return queue_id

    @staticmethod
    def _has_ready(connection: sqlite3.Connection, queue_id: int) -> bool:
        waiting = "SELECT 1 FROM queued_tasks WHERE queue_id = ? AND coalesce(leased_until, 0) <= ? LIMIT 1"
        return connection.execute(waiting, (queue_id, time.time())).fetchone() is not None

    def _purge(self) -> None:
        with self._database.translated():
            removed = self._database.connection().execute("SELECT queue_id FROM queues WHERE removed = 1").fetchall()
        for (queue_id,) in removed:
            deleted = _PURGE_BATCH
            while deleted == _PURGE_BATCH:
                with self._database.immediate() as connection:
                    deleted = connection.execute(
                        """DELETE FROM queued_tasks WHERE task_id IN (
                            SELECT task_id FROM queued_tasks WHERE queue_id = ? LIMIT ?)""",
                        (queue_id, _PURGE_BATCH),
                    ).rowcount
            with self._database.immediate() as connection:
                connection.execute("DELETE FROM queues WHERE queue_id = ?", (queue_id,))
