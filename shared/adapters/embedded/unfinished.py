"""What the embedded store keeps of trials on the way to their outcomes: fold results, and attempts that ended."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from sqlite3 import Connection

from shared.domain import FoldResult, TrialError
from shared.ports import ATTEMPTS_KEPT_DAYS, FOLDS_KEPT_DAYS

SCHEMA = """
CREATE TABLE IF NOT EXISTS folds (
    trial_id TEXT NOT NULL,
    fold INTEGER NOT NULL,
    recorded_at REAL NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (trial_id, fold)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS folds_by_time ON folds (recorded_at);
CREATE TABLE IF NOT EXISTS ended_attempts (
    number INTEGER PRIMARY KEY,
    unit_id TEXT NOT NULL,
    ended_at REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ended_attempts_by_unit ON ended_attempts (unit_id);
"""

_DAY = 86_400.0


def record_folds(connection: Connection, results: Sequence[FoldResult]) -> None:
    """Keep the results; of one fold the last stands."""
    now = time.time()
    connection.execute("DELETE FROM folds WHERE recorded_at < ?", (now - FOLDS_KEPT_DAYS * _DAY,))
    connection.executemany(
        "INSERT OR REPLACE INTO folds (trial_id, fold, recorded_at, body) VALUES (?, ?, ?, ?)",
        [(result.trial_id, result.fold, now, result.model_dump_json()) for result in results],
    )


def fold_results(connection: Connection, trial_ids: Collection[str]) -> dict[str, list[FoldResult]]:
    """Return what is kept of each trial that has any, by fold."""
    kept: dict[str, list[FoldResult]] = {}
    for row in connection.execute(
        "SELECT trial_id, body FROM folds WHERE trial_id IN (SELECT value FROM json_each(?)) ORDER BY fold",
        (json.dumps(list(trial_ids)),),
    ):
        kept.setdefault(row["trial_id"], []).append(FoldResult.from_stored(row["body"]))
    return kept


def count_attempt(connection: Connection, unit_ids: Sequence[str], cause: TrialError) -> int:
    """Note the attempt that ended and return the largest count among the units."""
    now, body = time.time(), cause.model_dump_json()
    connection.execute("DELETE FROM ended_attempts WHERE ended_at < ?", (now - ATTEMPTS_KEPT_DAYS * _DAY,))
    connection.executemany(
        "INSERT INTO ended_attempts (unit_id, ended_at, body) VALUES (?, ?, ?)",
        [(unit_id, now, body) for unit_id in unit_ids],
    )
    counts = connection.execute(
        "SELECT count(*) AS attempts FROM ended_attempts WHERE unit_id IN (SELECT value FROM json_each(?))"
        " GROUP BY unit_id",
        (json.dumps(list(unit_ids)),),
    )
    return max((row["attempts"] for row in counts), default=0)


def attempts(connection: Connection, unit_ids: Sequence[str]) -> dict[str, list[TrialError]]:
    """Return the ended attempts at each unit that has any, the oldest first."""
    ended: dict[str, list[TrialError]] = {}
    for row in connection.execute(
        "SELECT unit_id, body FROM ended_attempts WHERE unit_id IN (SELECT value FROM json_each(?)) ORDER BY number",
        (json.dumps(list(unit_ids)),),
    ):
        ended.setdefault(row["unit_id"], []).append(TrialError.from_stored(row["body"]))
    return ended


def forget_attempts(connection: Connection, trial_ids: Sequence[str]) -> None:
    """Delete the attempts at these trials and their folds."""
    # what follows a '/' names a fold, and '0' is the character after '/'
    connection.executemany(
        "DELETE FROM ended_attempts WHERE unit_id = ?1 OR (unit_id > ?1 || '/' AND unit_id < ?1 || '0')",
        [(trial_id,) for trial_id in trial_ids],
    )
