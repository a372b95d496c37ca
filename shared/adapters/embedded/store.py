"""The store in one SQLite file."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection, Row

from shared.adapters.embedded import adopting, datasets, drafts, left_queues, listing, unfinished, uploads, workers
from shared.adapters.embedded import attempts as attempt_rows
from shared.adapters.embedded import audit as audit_rows
from shared.adapters.embedded.database import Database
from shared.adapters.embedded.schema import IS_QUEUED, SCHEMA
from shared.adapters.embedded.versions import MIGRATIONS
from shared.adapters.migrations import Migration
from shared.adapters.passing_over import readable
from shared.catalog import metric_info
from shared.domain import (
    Attempt,
    AttemptEnd,
    AuditEntry,
    DatasetInfo,
    FoldResult,
    QueuedSweep,
    Sweep,
    SweepSummary,
    TaskAddress,
    TrialOutcome,
    TrialState,
    UnreadSweep,
)
from shared.errors import SweepNotFound
from shared.ports import CHANGING, OutcomePage, WorkerReport

#: copies what counting and ranking need from the outcome to its owners, and moves them to the end of the order
_REFRESH_OWNERS = """
UPDATE owners SET (sequence, state, rank, recorded_at) = (
    SELECT :sequence, o.state, iif(o.state = 'succeeded', s.sign * json_extract(o.body, s.score_path), o.finished_at),
        o.recorded_at
    FROM outcomes o, sweeps s WHERE o.number = owners.outcome AND s.number = owners.sweep
)
"""


class EmbeddedStore:
    """Keeps everything in the SQLite file at ``path``, for the processes of one machine."""

    def __init__(self, path: Path, migrations: Sequence[Migration[Connection]] = MIGRATIONS) -> None:
        self._database = Database(path, SCHEMA, migrations=migrations)

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
        # a sweep that was stored before a field was thought of stands as if with its default
        default = {name: Sweep.model_fields[name].default for name in CHANGING}
        same = " AND ".join(f"coalesce(json_extract(body, '$.{name}'), :default_{name}) = :{name}" for name in CHANGING)
        # field by field: a newer version may have written more of them
        new = ", ".join(f"'$.{name}', json(:new_{name})" for name in CHANGING)
        with self._database.immediate() as connection:
            changed = connection.execute(
                f"UPDATE sweeps SET body = json_set(body, {new}) WHERE sweep_id = :sweep_id AND {same}",  # noqa: S608
                {
                    **{f"new_{name}": json.dumps(getattr(after, name)) for name in CHANGING},
                    **{f"default_{name}": value for name, value in default.items()},
                    **before.model_dump(include={"sweep_id", *CHANGING}),
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
        with self._database.translated():
            return listing.summaries(self._database.connection(), sweep_ids)

    def unread_sweeps(self) -> list[UnreadSweep]:
        """Return the sweeps that this version cannot read, the newest first."""
        with self._database.translated():
            return listing.unread(self._database.connection())

    def queued_sweeps(self) -> list[QueuedSweep]:
        """Return the sweeps whose ``queued`` is set, the oldest first."""
        rows = self._rows(
            "SELECT json_remove(body, '$.spec') AS head, json_extract(body, '$.spec.library') AS library FROM sweeps"  # noqa: S608
            f" WHERE {IS_QUEUED} ORDER BY created_at, sweep_id",
            (),
        )
        return readable(QueuedSweep, ({**json.loads(row["head"]), "library": row["library"]} for row in rows))

    def delete_sweep(self, sweep_id: str) -> bool:
        """Delete the sweep, and the outcomes that belong to no other sweep; return whether there was any of it.

        The file shrinks where they were many.
        """
        with self._database.immediate() as connection:
            number = _number(connection, sweep_id)
            known = connection.execute("DELETE FROM sweeps WHERE number = ?", (number,)).rowcount > 0
            connection.execute(
                "DELETE FROM outcomes WHERE number IN (SELECT outcome FROM owners WHERE sweep = :sweep)"
                " AND NOT EXISTS (SELECT 1 FROM owners WHERE outcome = outcomes.number AND sweep <> :sweep)",
                {"sweep": number},
            )
            connection.execute("DELETE FROM owners WHERE sweep = ?", (number,))
            attempt_rows.forget(connection, sweep_id)
        self._database.shrink()
        return known

    # queues that are still to be removed

    def leave_queue(self, address: TaskAddress) -> None:
        """Note the queue."""
        left_queues.leave(self._database, address)

    def left_queues(self) -> list[TaskAddress]:
        """Return them, the longest left first."""
        return left_queues.left(self._database)

    def forget_left_queue(self, address: TaskAddress) -> None:
        """Note that it is gone."""
        left_queues.forget(self._database, address)

    # outcomes

    def adopt(self, sweep_id: str, trial_ids: Collection[str], drops_of: Collection[str] = ()) -> set[str]:
        """Let the sweep own the outcomes that exist and are settled for it, and return the ids of those."""
        drops = json.dumps(list(drops_of))
        asked = {"ids": json.dumps(list(trial_ids)), "sweep_id": sweep_id, "drops_of": drops}
        # Most calls find nothing to adopt: they need no turn as the one writer.
        rows = self._rows(adopting.SETTLED, asked)
        if all(row["owned"] for row in rows):
            return {row["trial_id"] for row in rows}
        with self._database.immediate() as connection:
            new = asked | {"sweep": _number(connection, sweep_id), "sequence": _next_sequence(connection)}
            connection.execute(adopting.OWN, new)
            connection.execute(f"{_REFRESH_OWNERS} WHERE sweep = :sweep AND sequence = :sequence", new)
            return {row["trial_id"] for row in connection.execute(adopting.SETTLED, asked) if row["owned"]}

    def record(self, sweep_id: str, outcomes: Sequence[TrialOutcome]) -> None:
        """Write the outcomes of one task in one transaction and let the sweep own them."""
        rows = {
            outcome.trial_id: (
                outcome.trial_id,
                outcome.state,
                outcome.is_final_everywhere,
                outcome.finished_at.timestamp(),
                time.time(),
                outcome.model_dump_json(),
            )
            for outcome in outcomes
        }
        with self._database.immediate() as connection:
            sweep = _number(connection, sweep_id)
            if sweep is None:
                return
            late = attempt_rows.late(connection, (outcome.attempt_id for outcome in outcomes))
            sequence = _next_sequence(connection)
            for row in [rows[outcome.trial_id] for outcome in outcomes if outcome.attempt_id not in late]:
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
            late = attempt_rows.late(connection, (result.attempt_id for result in results))
            unfinished.record_folds(connection, [result for result in results if result.attempt_id not in late])

    def fold_results(self, trial_ids: Collection[str]) -> dict[str, list[FoldResult]]:
        """Return what is kept of each trial that has any, by fold."""
        with self._database.translated():
            return unfinished.fold_results(self._database.connection(), trial_ids)

    # attempts

    def append_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Keep the attempts; of one id the first stands."""
        with self._database.immediate() as connection:
            attempt_rows.append(connection, attempts)

    def attempts(self, trial_ids: Collection[str]) -> dict[str, list[Attempt]]:
        """Return the attempts at each trial that has any, the first ended first."""
        with self._database.translated():
            return attempt_rows.by_trial(self._database.connection(), trial_ids)

    def lost_attempts(self, limit: int = 1_000, *, in_pods: bool | None = None) -> list[Attempt]:
        """Return those that were lost with a worker after whom nobody has looked."""
        with self._database.translated():
            return attempt_rows.unexplained(self._database.connection(), limit, in_pods)

    def complete_attempt(self, attempt_id: str, end: AttemptEnd) -> bool:
        """Enter what was learned of a lost attempt, once."""
        with self._database.immediate() as connection:
            return attempt_rows.complete(connection, attempt_id, end)

    # audit

    def append_audit(self, entry: AuditEntry) -> None:
        """Keep the entry; of one id the first stands."""
        with self._database.immediate() as connection:
            audit_rows.append(connection, entry)

    def audit(self, limit: int = 200) -> list[AuditEntry]:
        """Return what was done last, the newest first."""
        with self._database.translated():
            return audit_rows.latest(self._database.connection(), limit)

    # workers

    def report(self, worker: WorkerReport) -> None:
        """Replace what the worker said before."""
        workers.report(self._database, worker)

    def forget_worker(self, worker_id: str) -> None:
        """Remove a worker that leaves."""
        workers.forget(self._database, worker_id)

    def workers(self) -> list[WorkerReport]:
        """Return the workers that reported within WORKER_TTL_SECONDS, by id."""
        return workers.alive(self._database)

    def last_reports(self, trial_ids: Collection[str]) -> list[WorkerReport]:
        """Return the last reports of workers that fell silent while at any of these trials, the latest first."""
        return workers.last_reports(self._database, trial_ids)

    # data sets

    def save_dataset(self, info: DatasetInfo, parquet: bytes) -> None:
        """Store a table once by its content hash; one that is stored keeps its content and gets this description."""
        datasets.save(self._database, info, parquet)

    def describe_dataset(self, info: DatasetInfo) -> bool:
        """Give a stored table this description; False where it is not stored."""
        return datasets.describe(self._database, info)

    def delete_dataset(self, content_hash: str) -> bool:
        """Delete a table, and return whether it was stored; the file shrinks."""
        return datasets.delete(self._database, content_hash)

    def datasets(self) -> list[DatasetInfo]:
        """Return all stored tables, the newest first."""
        return datasets.infos(self._database)

    def load_dataset(self, content_hash: str) -> tuple[DatasetInfo, bytes]:
        """Return a table's description and Parquet file, or raise DatasetError."""
        return datasets.load(self._database, content_hash)

    def save_upload(self, content: bytes) -> str:
        """Keep a file as it was uploaded, once by its content, and return the SHA-256 of that."""
        return uploads.save(self._database, content)

    def load_upload(self, upload_hash: str) -> bytes:
        """Return an uploaded file as it was, or raise DatasetError."""
        return uploads.load(self._database, upload_hash)

    def delete_upload(self, upload_hash: str) -> bool:
        """Delete an uploaded file, and return whether it was kept; the file of the store shrinks."""
        return uploads.delete(self._database, upload_hash)

    def save_draft(self, draft_id: str, body: str) -> None:
        """Insert or replace the draft. Raises RecordRefused for one that is too large."""
        drafts.save(self._database, draft_id, body)

    def load_draft(self, draft_id: str) -> str | None:
        """Return the draft, used now; None where there is none of that id."""
        return drafts.load(self._database, draft_id)

    def forget_drafts(self, unused_for: timedelta) -> int:
        """Remove the drafts that were not used for so long, and return how many."""
        return drafts.forget(self._database, unused_for)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _rows(self, query: str, parameters: Sequence[object] | Mapping[str, object]) -> list[Row]:
        with self._database.translated():
            return self._database.connection().execute(query, parameters).fetchall()


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
