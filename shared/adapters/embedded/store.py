"""The store in one SQLite file."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection, Row

from shared.adapters.embedded import unfinished
from shared.adapters.embedded.database import Database
from shared.adapters.embedded.versions import MIGRATIONS
from shared.adapters.migrations import Migration
from shared.catalog import metric_info
from shared.domain import DatasetInfo, FoldResult, Sweep, SweepSummary, TrialError, TrialOutcome, TrialState
from shared.errors import DatasetError, SweepNotFound
from shared.ports import WORKER_TTL_SECONDS, OutcomePage, WorkerReport

# Times are Unix seconds. ``owners`` repeats what counting and ranking need of the outcome, so that both read an index
# alone. ``sequence`` is given out inside the write transaction, and SQLite has one writer at a time: a reader that sees
# a sequence has seen, or can see, every lower one.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sweeps (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sweep_id TEXT NOT NULL UNIQUE,
    score_path TEXT NOT NULL,       -- where an outcome's body has the mean of the ranking metric
    sign INTEGER NOT NULL,          -- 1 where a smaller score is better, else -1
    created_at REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS outcomes (
    number INTEGER PRIMARY KEY,
    trial_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,            -- succeeded, failed, dropped; forgotten: owned still, to be tried again
    final INTEGER NOT NULL,         -- TrialOutcome.is_final_everywhere
    finished_at REAL NOT NULL,
    recorded_at REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS owners (
    sweep INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    state TEXT NOT NULL,
    rank REAL,                      -- of a success sign * score, so that the smallest is the best; else finished_at
    recorded_at REAL NOT NULL,
    PRIMARY KEY (sweep, outcome)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS owners_by_outcome ON owners (outcome);
CREATE INDEX IF NOT EXISTS owners_by_sequence ON owners (sweep, sequence, outcome);
CREATE INDEX IF NOT EXISTS owners_by_rank ON owners (sweep, state, rank, recorded_at);
CREATE TABLE IF NOT EXISTS sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS workers (worker_id TEXT PRIMARY KEY, reported_at REAL NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS datasets (content_hash TEXT PRIMARY KEY, info TEXT NOT NULL, parquet BLOB NOT NULL);
"""

#: copies what counting and ranking need from the outcome to its owners, and moves them to the end of the order
_REFRESH_OWNERS = """
UPDATE owners SET (sequence, state, rank, recorded_at) = (
    SELECT :sequence, o.state, iif(o.state = 'succeeded', s.sign * json_extract(o.body, s.score_path), o.finished_at),
        o.recorded_at
    FROM outcomes o, sweeps s WHERE o.number = owners.outcome AND s.number = owners.sweep
)
"""

#: which of some trials have an outcome that a sweep owns or may adopt (CROSS JOIN: SQLite keeps to the order written)
_SETTLED = """
SELECT o.trial_id, w.sweep IS NOT NULL AS owned
FROM json_each(:ids) i
CROSS JOIN outcomes o ON o.trial_id = i.value
CROSS JOIN sweeps s ON s.sweep_id = :sweep_id
LEFT JOIN owners w ON w.sweep = s.number AND w.outcome = o.number
WHERE o.state <> 'forgotten' AND (o.final OR w.sweep IS NOT NULL)
    AND (o.state <> 'dropped' OR json_extract(s.body, '$.spec.racing'))
"""


class EmbeddedStore:
    """Keeps everything in the SQLite file at ``path``, for the processes of one machine."""

    def __init__(self, path: Path, migrations: Sequence[Migration[Connection]] = MIGRATIONS) -> None:
        self._database = Database(path, _SCHEMA + unfinished.SCHEMA, migrations=migrations)

    # sweeps

    def save_sweep(self, sweep: Sweep) -> None:
        """Insert or replace the sweep."""
        sign = metric_info(sweep.spec.ranking_metric).loss(1)
        row = (
            sweep.sweep_id,
            f"$.scores.{sweep.spec.ranking_metric}.mean_score",
            sign,
            sweep.created_at.timestamp(),
            sweep.model_dump_json(),
        )
        with self._database.immediate() as connection:
            connection.execute(
                "INSERT INTO sweeps (sweep_id, score_path, sign, created_at, body) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (sweep_id) DO UPDATE SET score_path = excluded.score_path, sign = excluded.sign,"
                " created_at = excluded.created_at, body = excluded.body",
                row,
            )

    def change_sweep(self, before: Sweep, after: Sweep) -> bool:
        """Put ``after`` in the place of ``before``; False where that no longer stands."""
        with self._database.immediate() as connection:
            changed = connection.execute(
                # field by field: a newer version may have written more of them
                "UPDATE sweeps SET body = json_set(body, '$.epoch', :new_epoch,"
                " '$.published', json(:new_published), '$.cancelled', json(:new_cancelled)) WHERE sweep_id = :sweep_id"
                " AND json_extract(body, '$.epoch') = :epoch"
                " AND json_extract(body, '$.published') = :published"
                " AND json_extract(body, '$.cancelled') = :cancelled",
                {
                    "new_epoch": after.epoch,
                    "new_published": json.dumps(after.published),
                    "new_cancelled": json.dumps(after.cancelled),
                    **before.model_dump(include={"sweep_id", "epoch", "published", "cancelled"}),
                },
            )
            return changed.rowcount == 1

    def sweep(self, sweep_id: str) -> Sweep:
        """Return the sweep, or raise SweepNotFound."""
        rows = self._rows("SELECT body FROM sweeps WHERE sweep_id = ?", (sweep_id,))
        if not rows:
            raise SweepNotFound(f"There is no sweep {sweep_id}.")
        return Sweep.from_stored(rows[0]["body"])

    def summaries(self, sweep_ids: Sequence[str] | None = None) -> list[SweepSummary]:
        """Return the sweeps, the newest first, with their counts."""
        rows = self._rows(
            "SELECT s.body,"
            " (SELECT count(*) FROM owners WHERE sweep = s.number AND state = 'succeeded') AS succeeded,"
            " (SELECT count(*) FROM owners WHERE sweep = s.number AND state = 'failed') AS failed,"
            " (SELECT count(*) FROM owners WHERE sweep = s.number AND state = 'dropped') AS dropped,"
            " (SELECT max(recorded_at) FROM owners WHERE sweep = s.number AND state <> 'forgotten') AS recorded_at,"
            " s.sign * (SELECT min(rank) FROM owners WHERE sweep = s.number AND state = 'succeeded') AS best_score,"
            " (SELECT o.trial_id FROM owners b JOIN outcomes o ON o.number = b.outcome"
            "  WHERE b.sweep = s.number AND b.state = 'succeeded' AND b.rank IS NOT NULL"
            "  ORDER BY b.rank, o.trial_id LIMIT 1) AS best_trial_id"
            " FROM sweeps s"
            " WHERE :wanted IS NULL OR s.sweep_id IN (SELECT value FROM json_each(:wanted))"
            " ORDER BY s.created_at DESC, s.sweep_id DESC",
            {"wanted": None if sweep_ids is None else json.dumps(list(sweep_ids))},
        )
        return [_summary(row) for row in rows]

    def delete_sweep(self, sweep_id: str) -> None:
        """Delete the sweep, and the outcomes that belong to no other sweep; the file shrinks where they were many."""
        with self._database.immediate() as connection:
            number = _number(connection, sweep_id)
            connection.execute("DELETE FROM sweeps WHERE number = ?", (number,))
            connection.execute(
                "DELETE FROM outcomes WHERE number IN (SELECT outcome FROM owners WHERE sweep = :sweep)"
                " AND NOT EXISTS (SELECT 1 FROM owners WHERE outcome = outcomes.number AND sweep <> :sweep)",
                {"sweep": number},
            )
            connection.execute("DELETE FROM owners WHERE sweep = ?", (number,))
        self._database.shrink()

    # outcomes

    def adopt(self, sweep_id: str, trial_ids: Collection[str]) -> set[str]:
        """Let the sweep own the outcomes that exist and are settled for it, and return the ids of those."""
        asked = {"ids": json.dumps(list(trial_ids)), "sweep_id": sweep_id}
        # Most calls find nothing to adopt: they need no turn as the one writer.
        rows = self._rows(_SETTLED, asked)
        if all(row["owned"] for row in rows):
            return {row["trial_id"] for row in rows}
        with self._database.immediate() as connection:
            adopting = asked | {"sweep": _number(connection, sweep_id), "sequence": _next_sequence(connection)}
            connection.execute(
                "INSERT OR IGNORE INTO owners (sweep, outcome, sequence, state, recorded_at)"
                " SELECT s.number, o.number, :sequence, '', 0 FROM json_each(:ids) i"
                " CROSS JOIN outcomes o ON o.trial_id = i.value CROSS JOIN sweeps s ON s.number = :sweep WHERE o.final",
                adopting,
            )
            connection.execute(f"{_REFRESH_OWNERS} WHERE sweep = :sweep AND sequence = :sequence", adopting)
            return {row["trial_id"] for row in connection.execute(_SETTLED, asked) if row["owned"]}

    def record(self, sweep_id: str, outcomes: Sequence[TrialOutcome]) -> None:
        """Write the outcomes of one task in one transaction and let the sweep own them."""
        rows = [
            (
                outcome.trial_id,
                outcome.state,
                outcome.is_final_everywhere,
                outcome.finished_at.timestamp(),
                time.time(),
                outcome.model_dump_json(),
            )
            for outcome in outcomes
        ]
        with self._database.immediate() as connection:
            sweep = _number(connection, sweep_id)
            if sweep is None:
                return
            sequence = _next_sequence(connection)
            for row in rows:
                written = connection.execute(
                    "INSERT INTO outcomes (trial_id, state, final, finished_at, recorded_at, body)"
                    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (trial_id) DO UPDATE SET state = excluded.state,"
                    " final = excluded.final, finished_at = excluded.finished_at,"
                    " recorded_at = excluded.recorded_at, body = excluded.body"
                    " WHERE NOT (outcomes.state = 'succeeded' AND excluded.state <> 'succeeded') RETURNING number",
                    row,
                ).fetchone()
                number = written["number"] if written else _outcome(connection, row[0])
                refresh = {"sequence": sequence, "outcome": number, "sweep": sweep}
                added = connection.execute(
                    "INSERT OR IGNORE INTO owners (sweep, outcome, sequence, state, recorded_at)"
                    " VALUES (:sweep, :outcome, :sequence, '', 0)",
                    refresh,
                ).rowcount
                if written:
                    connection.execute(f"{_REFRESH_OWNERS} WHERE outcome = :outcome", refresh)
                elif added:
                    connection.execute(f"{_REFRESH_OWNERS} WHERE outcome = :outcome AND sweep = :sweep", refresh)
            unfinished.forget_attempts(connection, [outcome.trial_id for outcome in outcomes])

    def outcomes(self, sweep_id: str, after: str | None = None, limit: int = 10_000) -> OutcomePage:
        """Return outcomes of the sweep recorded after the cursor, in the order of recording."""
        sequence, outcome = map(int, after.split(".")) if after else (0, 0)
        rows = self._rows(
            "SELECT w.sequence, w.outcome, o.body FROM owners w JOIN outcomes o ON o.number = w.outcome"
            " WHERE w.sweep = (SELECT number FROM sweeps WHERE sweep_id = ?) AND w.state <> 'forgotten'"
            " AND (w.sequence, w.outcome) > (?, ?) ORDER BY w.sequence, w.outcome LIMIT ?",
            (sweep_id, sequence, outcome, limit),
        )
        if rows:
            sequence, outcome = rows[-1]["sequence"], rows[-1]["outcome"]
        return OutcomePage(
            outcomes=tuple(TrialOutcome.from_stored(row["body"]) for row in rows),
            cursor=f"{sequence}.{outcome}",
        )

    def ranked(self, sweep_id: str, state: TrialState, limit: int) -> list[TrialOutcome]:
        """Return outcomes in that state: successes best first, the others by time."""
        rows = self._rows(
            "SELECT o.body FROM owners w JOIN outcomes o ON o.number = w.outcome"
            " WHERE w.sweep = (SELECT number FROM sweeps WHERE sweep_id = ?) AND w.state = ?"
            " AND w.rank IS NOT NULL ORDER BY w.rank, o.trial_id LIMIT ?",
            (sweep_id, state, limit),
        )
        return [TrialOutcome.from_stored(row["body"]) for row in rows]

    def forget_failures(self, sweep_id: str) -> int:
        """Delete the sweep's failed outcomes and return how many there were; owners wait for the next outcome."""
        with self._database.immediate() as connection:
            forgotten = connection.execute(
                "UPDATE outcomes SET state = 'forgotten', final = 0, body = '{}'"
                " WHERE number IN (SELECT outcome FROM owners WHERE sweep = ? AND state = 'failed')"
                " RETURNING number AS outcome",
                (_number(connection, sweep_id),),
            ).fetchall()
            sequence = _next_sequence(connection)
            for row in forgotten:
                refresh = {"sequence": sequence, "outcome": row["outcome"]}
                connection.execute(f"{_REFRESH_OWNERS} WHERE outcome = :outcome", refresh)
            return len(forgotten)

    # on the way to an outcome

    def record_folds(self, results: Sequence[FoldResult]) -> None:
        """Keep what single folds gave; of one fold the last result stands."""
        with self._database.immediate() as connection:
            unfinished.record_folds(connection, results)

    def fold_results(self, trial_ids: Collection[str]) -> dict[str, list[FoldResult]]:
        """Return what is kept of each trial that has any, by fold."""
        with self._database.translated():
            return unfinished.fold_results(self._database.connection(), trial_ids)

    def count_attempt(self, unit_ids: Sequence[str], cause: TrialError) -> int:
        """Note that an attempt ended without a result; return the largest count among these units."""
        with self._database.immediate() as connection:
            return unfinished.count_attempt(connection, unit_ids, cause)

    def attempts(self, unit_ids: Sequence[str]) -> dict[str, list[TrialError]]:
        """Return the ended attempts at each unit that has any, the oldest first."""
        with self._database.translated():
            return unfinished.attempts(self._database.connection(), unit_ids)

    # workers

    def report(self, worker: WorkerReport) -> None:
        """Replace what the worker said before."""
        now = time.time()
        with self._database.immediate() as connection:
            connection.execute("DELETE FROM workers WHERE reported_at < ?", (now - WORKER_TTL_SECONDS,))
            connection.execute(
                "INSERT OR REPLACE INTO workers (worker_id, reported_at, body) VALUES (?, ?, ?)",
                (worker.worker_id, now, worker.model_dump_json()),
            )

    def forget_worker(self, worker_id: str) -> None:
        """Remove a worker that leaves."""
        with self._database.immediate() as connection:
            connection.execute("DELETE FROM workers WHERE worker_id = ?", (worker_id,))

    def workers(self) -> list[WorkerReport]:
        """Return the workers that reported within WORKER_TTL_SECONDS, by id."""
        alive_since = time.time() - WORKER_TTL_SECONDS
        rows = self._rows("SELECT body FROM workers WHERE reported_at > ? ORDER BY worker_id", (alive_since,))
        return [WorkerReport.from_stored(row["body"]) for row in rows]

    # data sets

    def save_dataset(self, info: DatasetInfo, parquet: bytes) -> None:
        """Store a table once by its content hash; one that is stored keeps its content and gets this description."""
        with self._database.immediate() as connection:
            if not _describe(connection, info):
                connection.execute(
                    "INSERT INTO datasets (content_hash, info, parquet) VALUES (?, ?, ?)",
                    (info.content_hash, info.model_dump_json(), parquet),
                )

    def describe_dataset(self, info: DatasetInfo) -> bool:
        """Give a stored table this description; False where it is not stored."""
        with self._database.immediate() as connection:
            return _describe(connection, info)

    def delete_dataset(self, content_hash: str) -> bool:
        """Delete a table, and return whether it was stored; the file shrinks."""
        with self._database.immediate() as connection:
            deleted = connection.execute("DELETE FROM datasets WHERE content_hash = ?", (content_hash,)).rowcount == 1
        self._database.shrink()
        return deleted

    def datasets(self) -> list[DatasetInfo]:
        """Return all stored tables, the newest first."""
        rows = self._rows("SELECT info FROM datasets", ())
        infos = [DatasetInfo.from_stored(row["info"]) for row in rows]
        return sorted(infos, key=lambda info: (info.stored_at, info.content_hash), reverse=True)

    def load_dataset(self, content_hash: str) -> tuple[DatasetInfo, bytes]:
        """Return a table's description and Parquet file, or raise DatasetError."""
        rows = self._rows("SELECT info, parquet FROM datasets WHERE content_hash = ?", (content_hash,))
        if not rows:
            raise DatasetError(f"The store has no data set {content_hash}; launching the sweep again stores it.")
        return DatasetInfo.from_stored(rows[0]["info"]), rows[0]["parquet"]

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _rows(self, query: str, parameters: Sequence[object] | Mapping[str, object]) -> list[Row]:
        with self._database.translated():
            return self._database.connection().execute(query, parameters).fetchall()


def _summary(row: Row) -> SweepSummary:
    return SweepSummary(
        sweep=Sweep.from_stored(row["body"]),
        succeeded=row["succeeded"],
        failed=row["failed"],
        dropped=row["dropped"],
        best_score=row["best_score"],
        best_trial_id=row["best_trial_id"],
        last_recorded_at=row["recorded_at"] and datetime.fromtimestamp(row["recorded_at"], UTC),
    )


def _describe(connection: Connection, info: DatasetInfo) -> bool:
    """Give a stored table this description; whether it is stored."""
    row = connection.execute("SELECT info FROM datasets WHERE content_hash = ?", (info.content_hash,)).fetchone()
    if row is None:
        return False
    described = (info.over_stored(row["info"]), info.content_hash)
    return connection.execute("UPDATE datasets SET info = ? WHERE content_hash = ?", described).rowcount == 1


def _number(connection: Connection, sweep_id: str) -> int | None:
    row = connection.execute("SELECT number FROM sweeps WHERE sweep_id = ?", (sweep_id,)).fetchone()
    return None if row is None else int(row["number"])


def _outcome(connection: Connection, trial_id: str) -> int:
    row = connection.execute("SELECT number FROM outcomes WHERE trial_id = ?", (trial_id,)).fetchone()
    return int(row["number"])


def _next_sequence(connection: Connection) -> int:
    row = connection.execute(
        "INSERT INTO sequence (name, value) VALUES ('outcomes', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
    ).fetchone()
    return int(row["value"])
