"""The tables of the embedded queues."""

from __future__ import annotations

import sqlite3

from shared.domain import TaskAddress

# A queue's number is never used twice: tasks that are left of a removed one are no other's.
# A task without ``leased_until`` is ready. Times are seconds since the epoch: processes share no other clock.
QUEUE_TABLES = """
CREATE TABLE IF NOT EXISTS queues (
    queue_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sweep_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS queue_address ON queues (sweep_id, epoch) WHERE removed = 0;
CREATE INDEX IF NOT EXISTS queue_removed ON queues (queue_id) WHERE removed = 1;
CREATE TABLE IF NOT EXISTS queued_tasks (
    task_id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_id INTEGER NOT NULL,
    body BLOB NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 0,
    token TEXT,
    consumer TEXT,
    leased_until REAL
);
CREATE INDEX IF NOT EXISTS task_order ON queued_tasks (queue_id, leased_until, task_id);
CREATE INDEX IF NOT EXISTS task_lease ON queued_tasks (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX IF NOT EXISTS task_consumer ON queued_tasks (consumer) WHERE consumer IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS task_token ON queued_tasks (token) WHERE token IS NOT NULL;
CREATE TABLE IF NOT EXISTS queue_dead (
    dead_id INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL,
    reason TEXT NOT NULL,
    died_at REAL NOT NULL
);
"""


def queue_id_of(connection: sqlite3.Connection, address: TaskAddress) -> int | None:
    """Return the number of the queue, or None if it does not exist."""
    row = connection.execute(
        "SELECT queue_id FROM queues WHERE sweep_id = ? AND epoch = ? AND removed = 0",
        (address.sweep_id, address.epoch),
    ).fetchone()
    return None if row is None else int(row[0])
