"""Queues that are still to be removed, in the embedded store."""

from __future__ import annotations

from shared.adapters.embedded.database import Database
from shared.adapters.passing_over import readable
from shared.domain import TaskAddress

SCHEMA = """
CREATE TABLE IF NOT EXISTS left_queues (
    number INTEGER PRIMARY KEY,
    sweep_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    UNIQUE (sweep_id, epoch)
);
"""


def leave(database: Database, address: TaskAddress) -> None:
    """Note the queue."""
    with database.immediate() as connection:
        values = (address.sweep_id, address.epoch)
        connection.execute("INSERT OR IGNORE INTO left_queues (sweep_id, epoch) VALUES (?, ?)", values)


def left(database: Database) -> list[TaskAddress]:
    """Return them, the longest left first."""
    with database.translated():
        rows = database.connection().execute("SELECT sweep_id, epoch FROM left_queues ORDER BY number").fetchall()
    return readable(TaskAddress, map(dict, rows))


def forget(database: Database, address: TaskAddress) -> None:
    """Note that it is gone."""
    with database.immediate() as connection:
        values = (address.sweep_id, address.epoch)
        connection.execute("DELETE FROM left_queues WHERE sweep_id = ? AND epoch = ?", values)
