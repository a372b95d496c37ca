"""What the embedded store keeps of trials on the way to their outcomes: what single folds gave."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from sqlite3 import Connection

from shared.adapters.passing_over import readable
from shared.domain import FoldResult
from shared.ports import FOLDS_KEPT_DAYS

SCHEMA = """
CREATE TABLE IF NOT EXISTS folds (
    trial_id TEXT NOT NULL,
    fold INTEGER NOT NULL,
    recorded_at REAL NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (trial_id, fold)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS folds_by_time ON folds (recorded_at);
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
        for result in readable(FoldResult, [row["body"]]):
            kept.setdefault(row["trial_id"], []).append(result)
    return kept
