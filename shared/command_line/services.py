"""What the commands share: the opened store, and what they ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.backends import open_store
from shared.ports import ResultStore
from shared.settings import DashboardSettings
from shared.sweep import Sweep
from shared.trial import TrialOutcome, TrialState


@contextmanager
def opened_store() -> Iterator[ResultStore]:
    """Give the configured store, and close it. Raises ServiceUnavailable."""
    store = open_store(DashboardSettings())
    try:
        yield store
    finally:
        store.close()


def winner_of(sweep: Sweep, store: ResultStore) -> TrialOutcome | None:
    """Return the success with the best score, if there is one."""
    return next(iter(store.ranked(sweep.sweep_id, TrialState.SUCCEEDED, 1)), None)
