"""The sweeps that the embedded store keeps, with what their trials add up to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from sqlite3 import Connection, Row

from shared.adapters.passing_over import sweep_or_none, unread_sweep
from shared.domain import Sweep, SweepSummary, UnreadSweep

_SUMMARIES = """
SELECT s.sweep_id, s.body,
    (SELECT count(*) FROM owners WHERE sweep = s.number AND state = 'succeeded') AS succeeded,
    (SELECT count(*) FROM owners WHERE sweep = s.number AND state = 'failed') AS failed,
    (SELECT count(*) FROM owners WHERE sweep = s.number AND state = 'dropped') AS dropped,
    (SELECT max(recorded_at) FROM owners WHERE sweep = s.number AND state <> 'forgotten') AS recorded_at,
    -- with 0.0 added, that the score 0 of a metric that is maximized is not -0.0
    s.sign * (SELECT min(rank) FROM owners WHERE sweep = s.number AND state = 'succeeded') + 0.0 AS best_score,
    (SELECT o.trial_id FROM owners b JOIN outcomes o ON o.number = b.outcome
        WHERE b.sweep = s.number AND b.state = 'succeeded' AND b.rank IS NOT NULL
        ORDER BY b.rank, o.trial_id LIMIT 1) AS best_trial_id
FROM sweeps s
WHERE :wanted IS NULL OR s.sweep_id IN (SELECT value FROM json_each(:wanted))
ORDER BY s.created_at DESC, s.sweep_id DESC
"""


def summaries(connection: Connection, sweep_ids: Sequence[str] | None) -> list[SweepSummary]:
    """Return the sweeps, the newest first; of all of them those that can be read."""
    wanted = None if sweep_ids is None else json.dumps(list(sweep_ids))
    rows = connection.execute(_SUMMARIES, {"wanted": wanted}).fetchall()
    if sweep_ids is not None:
        return [_summary(row, Sweep.from_stored(row["body"])) for row in rows]
    read = [(row, sweep_or_none(row["sweep_id"], row["body"])) for row in rows]
    return [_summary(row, sweep) for row, sweep in read if sweep is not None]


def unread(connection: Connection) -> list[UnreadSweep]:
    """Return the sweeps that cannot be read, the newest first."""
    rows = connection.execute(
        "SELECT sweep_id, created_at, body FROM sweeps ORDER BY created_at DESC, sweep_id DESC"
    ).fetchall()
    found = (unread_sweep(row["sweep_id"], _moment(row["created_at"]), row["body"]) for row in rows)
    return [each for each in found if each is not None]


def _summary(row: Row, sweep: Sweep) -> SweepSummary:
    return SweepSummary(
        sweep=sweep,
        succeeded=row["succeeded"],
        failed=row["failed"],
        dropped=row["dropped"],
        best_score=row["best_score"],
        best_trial_id=row["best_trial_id"],
        last_recorded_at=row["recorded_at"] and _moment(row["recorded_at"]),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
