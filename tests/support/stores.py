"""What tests of all result stores share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.domain import TrialOutcome
from shared.ports import Store

#: the sweeps that every store under test has, and when the older was created
A, B = "sweep-a", "sweep-b"
T0 = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Adapter:
    """One implementation: how to open an instance, and the module that counts how long a worker is alive."""

    open: Callable[[], Store]
    module: str


def everything(store: Store, sweep_id: str, limit: int = 10_000) -> list[TrialOutcome]:
    """Page to the end."""
    outcomes: list[TrialOutcome] = []
    cursor = None
    while True:
        page = store.outcomes(sweep_id, cursor, limit)
        outcomes += page.outcomes
        cursor = page.cursor
        if len(page.outcomes) < limit:
            return outcomes


def ids(outcomes: Iterable[TrialOutcome]) -> list[str]:
    return [outcome.trial_id for outcome in outcomes]


def counts(store: Store, sweep_id: str) -> tuple[int, int]:
    (summary,) = store.summaries([sweep_id])
    return summary.succeeded, summary.failed
