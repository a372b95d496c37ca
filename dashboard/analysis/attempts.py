"""From a trial's attempts to the table that its details show."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from dashboard.analysis.progress import duration
from shared.domain import Attempt


def attempts_table(attempts: Iterable[Attempt]) -> pd.DataFrame:
    """Return how each attempt ended, the first first: ended, cause, why, fold, where, took, memory."""
    rows = [
        (
            attempt.ended_at,
            cause_label(attempt),
            attempt.message,
            "all" if attempt.fold is None else str(attempt.fold + 1),
            attempt.pod or attempt.worker or "unknown",
            _took(attempt),
            _memory(attempt),
        )
        for attempt in attempts
    ]
    frame = pd.DataFrame(rows, columns=["ended", "cause", "why", "fold", "where", "took", "memory"])
    return frame.sort_values("ended", kind="stable", ignore_index=True)


def cause_label(attempt: Attempt) -> str:
    """Return the cause in words, and with how many others it was tried."""
    others = len(attempt.trial_ids) - 1
    return attempt.cause.replace("_", " ") + (f" (with {others:,} more)" if others else "")


def _took(attempt: Attempt) -> str:
    if attempt.started_at is None:
        return ""
    seconds = max(0.0, (attempt.ended_at - attempt.started_at).total_seconds())
    return duration(seconds) if seconds >= 10 else f"{seconds:.2g} s"


def _memory(attempt: Attempt) -> str:
    if attempt.peak_memory_mb is None:
        return "" if attempt.memory_limit_mb is None else f"limit {attempt.memory_limit_mb:,.0f} MB"
    limit = "" if attempt.memory_limit_mb is None else f" of {attempt.memory_limit_mb:,.0f}"
    return f"{attempt.peak_memory_mb:,.0f}{limit} MB"
