"""The attempts that the embedded store keeps."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Sequence
from sqlite3 import Connection

from shared.adapters.passing_over import readable
from shared.domain import Attempt, AttemptCause, AttemptEnd
from shared.ports import ATTEMPTS_KEPT_DAYS

SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
    number INTEGER PRIMARY KEY,
    attempt_id TEXT NOT NULL UNIQUE,
    sweep_id TEXT NOT NULL,
    ended_at REAL NOT NULL,
    fenced INTEGER NOT NULL,        -- Attempt.is_fenced
    unexplained INTEGER NOT NULL,   -- lost, and nobody has looked why
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS attempts_by_sweep ON attempts (sweep_id);
CREATE INDEX IF NOT EXISTS attempts_by_time ON attempts (ended_at);
CREATE INDEX IF NOT EXISTS attempts_unexplained ON attempts (ended_at) WHERE unexplained;
CREATE TABLE IF NOT EXISTS attempt_trials (
    trial_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    PRIMARY KEY (trial_id, attempt)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attempt_trials_by_attempt ON attempt_trials (attempt);
"""

_DAY = 86_400.0


def append(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Keep the attempts; of one id the first stands."""
    _delete(connection, "ended_at < ?", time.time() - ATTEMPTS_KEPT_DAYS * _DAY)
    for attempt in attempts:
        unexplained = attempt.cause is AttemptCause.LOST and attempt.looked_at is None and bool(attempt.worker)
        written = connection.execute(
            "INSERT INTO attempts (attempt_id, sweep_id, ended_at, fenced, unexplained, body)"
            " SELECT :attempt_id, :sweep_id, :ended_at, :fenced, :unexplained, :body"
            " WHERE EXISTS (SELECT 1 FROM sweeps WHERE sweep_id = :sweep_id)"
            " ON CONFLICT (attempt_id) DO NOTHING RETURNING number",
            {
                "attempt_id": attempt.attempt_id,
                "sweep_id": attempt.sweep_id,
                "ended_at": attempt.ended_at.timestamp(),
                "fenced": attempt.is_fenced,
                "unexplained": unexplained,
                "body": attempt.model_dump_json(),
            },
        ).fetchone()
        if written:
            connection.executemany(
                "INSERT OR IGNORE INTO attempt_trials (trial_id, attempt) VALUES (?, ?)",
                [(trial_id, written["number"]) for trial_id in attempt.trial_ids],
            )


def by_trial(connection: Connection, trial_ids: Collection[str]) -> dict[str, list[Attempt]]:
    """Return the attempts at each trial that has any, the first ended first."""
    found: dict[str, list[Attempt]] = {}
    read: dict[int, list[Attempt]] = {}  # many trials may share one
    for row in connection.execute(
        "SELECT t.trial_id, a.number, a.body FROM json_each(?) i CROSS JOIN attempt_trials t ON t.trial_id = i.value"
        " JOIN attempts a ON a.number = t.attempt ORDER BY a.ended_at, a.number",
        (json.dumps(list(trial_ids)),),
    ):
        if row["number"] not in read:
            read[row["number"]] = readable(Attempt, [row["body"]])
        if read[row["number"]]:
            found.setdefault(row["trial_id"], []).extend(read[row["number"]])
    return found


def unexplained(connection: Connection, limit: int, in_pods: bool | None = None) -> list[Attempt]:
    """Return those that were lost with a worker after whom nobody has looked, the first ended first."""
    rows = connection.execute(
        """SELECT body FROM attempts
        WHERE unexplained AND (:in_pods IS NULL OR (json_extract(body, '$.pod') IS NOT NULL) = :in_pods)
        ORDER BY ended_at LIMIT :limit""",
        {"in_pods": in_pods, "limit": limit},
    )
    return readable(Attempt, (row["body"] for row in rows))


def complete(connection: Connection, attempt_id: str, end: AttemptEnd) -> bool:
    """Enter what was learned of a lost attempt, once."""
    changed = connection.execute(
        "UPDATE attempts SET unexplained = 0, body = json_patch(body, ?) WHERE attempt_id = ? AND unexplained",
        (end.model_dump_json(), attempt_id),
    )
    return changed.rowcount == 1


def late(connection: Connection, attempt_ids: Iterable[str]) -> set[str]:
    """Return which of the attempts were given up in their worker's absence."""
    rows = connection.execute(
        "SELECT attempt_id FROM attempts WHERE fenced AND attempt_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(set(attempt_ids))),),
    )
    return {row["attempt_id"] for row in rows}


def forget(connection: Connection, sweep_id: str) -> None:
    """Delete the sweep's attempts."""
    _delete(connection, "sweep_id = ?", sweep_id)


def _delete(connection: Connection, which: str, value: object) -> None:
    connection.execute(
        f"DELETE FROM attempt_trials WHERE attempt IN (SELECT number FROM attempts WHERE {which})",  # noqa: S608
        (value,),
    )
    connection.execute(f"DELETE FROM attempts WHERE {which}", (value,))  # noqa: S608
