"""A worker's leases in the embedded queues."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from shared.adapters.embedded.database import Database
from shared.adapters.embedded.queue_tables import QUEUE_TABLES, queue_id_of
from shared.domain import Task, TaskAddress
from shared.errors import UndecodableTask, UnknownTaskVersion
from shared.ports import Delivery

#: puts a task at the end of its queue, as if never delivered
_TO_THE_END = """token = NULL, consumer = NULL, leased_until = NULL, deliveries = deliveries - 1,
    task_id = (SELECT MAX(task_id) + 1 FROM queued_tasks)"""


class EmbeddedTaskConsumer:
    """One worker's leases.

    What it writes survives its death, but is not flushed to disk at once: after a power cut a lease may have returned
    and an acknowledged task may come again, which is harmless, and a task costs two flushes less.
    """

    def __init__(self, path: Path, lease_seconds: float, delivery_limit: int) -> None:
        self._database = Database(path, QUEUE_TABLES, survives_power_cut=False)
        self._lease_seconds = lease_seconds
        self._delivery_limit = delivery_limit
        self._consumer = uuid.uuid4().hex
        self._taking = True
        #: until when what is held is surely nobody else's, by time.time
        self._held_until = 0.0

    def take(self, addresses: Sequence[TaskAddress]) -> Delivery | None:
        """Return a task of the first of these queues that has one now, or None if none has."""
        for address in addresses if self._taking else ():
            # reading first spares idle consumers the write lock
            if self._has_something(address) and (delivery := self._take_of(address)) is not None:
                return delivery
        return None

    def _take_of(self, address: TaskAddress) -> Delivery | None:
        while True:
            token = uuid.uuid4().hex
            with self._database.immediate() as connection:
                now = time.time()
                self._renew(connection, now)  # as on a laptop that slept: what nobody took is its own still
                self._release(connection, "leased_until <= ?", now)
                row = connection.execute(
                    """UPDATE queued_tasks
                    SET token = ?, consumer = ?, leased_until = ?, deliveries = deliveries + 1
                    WHERE task_id = (
                        SELECT task_id FROM queued_tasks WHERE queue_id = ? AND leased_until IS NULL
                        ORDER BY task_id LIMIT 1)
                    RETURNING body, deliveries""",
                    (token, self._consumer, now + self._lease_seconds, queue_id_of(connection, address)),
                ).fetchone()
                if row is None:
                    return None
                try:
                    task = Task.decode(row["body"])
                except UnknownTaskVersion:
                    self._put_at_the_end(connection, token)
                    return None
                except UndecodableTask as error:
                    self._reap(connection, "token = ?", token, reason=str(error))
                    continue
            return Delivery(task=task, address=address, token=token, redelivered=row["deliveries"] > 1)

    def renew_leases(self) -> None:
        """Renew the leases."""
        with self._database.immediate() as connection:
            self._renew(connection, time.time())

    def interruption(self) -> None:
        """Return None: there is no connection to lose."""

    def mute(self) -> frozenset[TaskAddress]:
        """Return none: all queues are in one file."""
        return frozenset()

    def look_ahead(self, addresses: Sequence[TaskAddress]) -> bool:
        """Do nothing: taking is no round trip."""
        return False

    def give_back(self) -> None:
        """Do nothing: nothing is looked for ahead."""

    def holds(self, delivery: Delivery) -> bool:
        """Whether its lease has not run out: nobody else takes it before."""
        return time.time() < self._held_until

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""
        with self._database.immediate() as connection:
            done = connection.execute("DELETE FROM queued_tasks WHERE token = ?", (delivery.token,))
        return done.rowcount == 1

    def requeue(self, delivery: Delivery) -> bool:
        """Put the task at the end of its queue, as if never delivered. False where that is gone, or it not held."""
        with self._database.immediate() as connection:
            returned = self._put_at_the_end(connection, delivery.token)
            return returned and queue_id_of(connection, delivery.address) is not None

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""
        with self._database.immediate() as connection:
            return self._reap(connection, "token = ?", delivery.token, reason=reason) == 1

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""
        self._taking = False

    def close(self) -> None:
        """Leave; what is still held returns to its queue."""
        self.stop_taking()
        with self._database.immediate() as connection:
            self._release(connection, "consumer = ?", self._consumer)
        self._database.close()

    def _has_something(self, address: TaskAddress) -> bool:
        with self._database.translated():
            connection = self._database.connection()
            queue_id = queue_id_of(connection, address)
            if queue_id is None:
                return False
            row = connection.execute(
                """SELECT EXISTS (SELECT 1 FROM queued_tasks WHERE queue_id = ? AND leased_until IS NULL)
                OR EXISTS (SELECT 1 FROM queued_tasks WHERE queue_id = ? AND leased_until <= ?)""",
                (queue_id, queue_id, time.time()),
            ).fetchone()
        return bool(row[0])

    def _renew(self, connection: sqlite3.Connection, now: float) -> None:
        connection.execute(
            "UPDATE queued_tasks SET leased_until = ? WHERE consumer = ?", (now + self._lease_seconds, self._consumer)
        )
        self._held_until = now + self._lease_seconds

    @staticmethod
    def _put_at_the_end(connection: sqlite3.Connection, token: str) -> bool:
        moved = connection.execute(f"UPDATE queued_tasks SET {_TO_THE_END} WHERE token = ?", (token,))  # noqa: S608
        return moved.rowcount == 1

    def _release(self, connection: sqlite3.Connection, which: str, value: object) -> None:
        """Return leased tasks to their queues, or dead-letter those that were delivered too often."""
        self._reap(
            connection,
            f"deliveries > {self._delivery_limit} AND {which}",
            value,
            reason=f"it was delivered {self._delivery_limit + 1} times and never acknowledged",
        )
        connection.execute(
            f"UPDATE queued_tasks SET token = NULL, consumer = NULL, leased_until = NULL WHERE {which}",  # noqa: S608
            (value,),
        )

    @staticmethod
    def _reap(connection: sqlite3.Connection, which: str, value: object, reason: str) -> int:
        connection.execute(
            f"""INSERT INTO queue_dead (body, reason, died_at)
            SELECT body, ?, ? FROM queued_tasks WHERE {which}""",  # noqa: S608 - constants of this file
            (reason, time.time(), value),
        )
        return connection.execute(f"DELETE FROM queued_tasks WHERE {which}", (value,)).rowcount  # noqa: S608
