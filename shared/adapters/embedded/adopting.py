"""Which outcomes a sweep may take over from others, in SQL."""

from __future__ import annotations

#: whether an outcome is a drop of one of some sweeps
_DROPPED_BY_THEM = """(o.state = 'dropped' AND EXISTS (
    SELECT 1 FROM owners d JOIN sweeps ds ON ds.number = d.sweep
    WHERE d.outcome = o.number AND ds.sweep_id IN (SELECT value FROM json_each(:drops_of))))"""

#: which of some trials have an outcome that a sweep owns or may adopt (CROSS JOIN: SQLite keeps to the order written)
SETTLED = (
    """
SELECT o.trial_id, w.sweep IS NOT NULL AS owned
FROM json_each(:ids) i
CROSS JOIN outcomes o ON o.trial_id = i.value
CROSS JOIN sweeps s ON s.sweep_id = :sweep_id
LEFT JOIN owners w ON w.sweep = s.number AND w.outcome = o.number
WHERE o.state <> 'forgotten' AND (o.final OR w.sweep IS NOT NULL OR """
    + _DROPPED_BY_THEM
    + """)
    AND (o.state <> 'dropped' OR json_extract(s.body, '$.spec.racing'))
"""
)

#: lets a sweep own those that are final for it
OWN = (
    """
INSERT OR IGNORE INTO owners (sweep, outcome, sequence, state, recorded_at)
SELECT s.number, o.number, :sequence, '', 0
FROM json_each(:ids) i
CROSS JOIN outcomes o ON o.trial_id = i.value
CROSS JOIN sweeps s ON s.number = :sweep
WHERE o.final OR """
    + _DROPPED_BY_THEM
)
