"""What workers report of themselves to the embedded store."""

from __future__ import annotations

import json
import time
from collections.abc import Collection

from shared.adapters.embedded.database import Database
from shared.adapters.passing_over import readable
from shared.ports import LAST_REPORTS_KEPT_SECONDS, WORKER_TTL_SECONDS, WorkerReport

SCHEMA = """
CREATE TABLE IF NOT EXISTS workers (worker_id TEXT PRIMARY KEY, reported_at REAL NOT NULL, body TEXT NOT NULL);
"""


def report(database: Database, worker: WorkerReport) -> None:
    """Replace what the worker said before; what is too old to be of use goes."""
    now = time.time()
    with database.immediate() as connection:
        connection.execute("DELETE FROM workers WHERE reported_at < ?", (now - LAST_REPORTS_KEPT_SECONDS,))
        connection.execute(
            "INSERT OR REPLACE INTO workers (worker_id, reported_at, body) VALUES (?, ?, ?)",
            (worker.worker_id, now, worker.model_dump_json()),
        )


def forget(database: Database, worker_id: str) -> None:
    """Remove a worker that leaves."""
    with database.immediate() as connection:
        connection.execute("DELETE FROM workers WHERE worker_id = ?", (worker_id,))


def alive(database: Database) -> list[WorkerReport]:
    """Return the workers that reported within WORKER_TTL_SECONDS, by id."""
    query = "SELECT body FROM workers WHERE reported_at > ? ORDER BY worker_id"
    with database.translated():
        rows = database.connection().execute(query, (time.time() - WORKER_TTL_SECONDS,)).fetchall()
    return readable(WorkerReport, (row["body"] for row in rows))


def last_reports(database: Database, trial_ids: Collection[str]) -> list[WorkerReport]:
    """Return the last reports of workers that fell silent while at any of these trials, the latest first."""
    now = time.time()
    query = (
        "SELECT body FROM workers WHERE reported_at > :kept AND reported_at <= :silent AND EXISTS ("
        " SELECT 1 FROM json_each(body, '$.running') task, json_each(task.value, '$.trial_ids') trial"
        " WHERE trial.value IN (SELECT value FROM json_each(:ids))) ORDER BY reported_at DESC"
    )
    asked = {
        "kept": now - LAST_REPORTS_KEPT_SECONDS,
        "silent": now - WORKER_TTL_SECONDS,
        "ids": json.dumps(list(trial_ids)),
    }
    with database.translated():
        rows = database.connection().execute(query, asked).fetchall()
    return readable(WorkerReport, (row["body"] for row in rows))
