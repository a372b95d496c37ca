"""The tables of the embedded store: sweeps and outcomes here, and what each part keeps beside them."""

from __future__ import annotations

from shared.adapters.embedded import attempts, audit, datasets, drafts, left_queues, unfinished, uploads, workers

#: of a sweep: a record that was damaged within is none, and stands in nobody's way
IS_QUEUED = "CASE WHEN json_valid(body) THEN json_extract(body, '$.queued') END"

# Times are Unix seconds. ``owners`` repeats what counting and ranking need of the outcome, so that both read an index
# alone. ``sequence`` is given out inside the write transaction, and SQLite has one writer at a time: a reader that sees
# a sequence has seen, or can see, every lower one.
_SWEEPS_AND_OUTCOMES = f"""
CREATE TABLE IF NOT EXISTS sweeps (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sweep_id TEXT NOT NULL UNIQUE,
    score_path TEXT NOT NULL,       -- where an outcome's body has the mean of the ranking metric
    sign INTEGER NOT NULL,          -- 1 where a smaller score is better, else -1
    created_at REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sweeps_with_queue ON sweeps (created_at, sweep_id) WHERE {IS_QUEUED};
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
"""

_PARTS = (left_queues, unfinished, attempts, audit, workers, datasets, uploads, drafts)
#: idempotent: every opening runs it
SCHEMA = _SWEEPS_AND_OUTCOMES + "".join(part.SCHEMA for part in _PARTS)
