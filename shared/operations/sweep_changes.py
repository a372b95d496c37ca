"""Changing a sweep's record, whoever else changes it at the same time."""

from __future__ import annotations

from collections.abc import Callable

from shared.domain import Sweep
from shared.ports import SweepLedger


def standing(sweep: Sweep) -> str:
    """Return how the sweep stands, as the audit says it before and after a change."""
    state = "cancelled" if sweep.cancelled else "published" if sweep.published else "being published"
    return f"{state}, epoch {sweep.epoch}"


def change_sweep(sweep_id: str, store: SweepLedger, change: Callable[[Sweep], dict[str, object]]) -> Sweep:
    """Change what stands, however often somebody else changes it first, and return it. Raises SweepNotFound."""
    while True:
        before = store.sweep(sweep_id)
        after = before.model_copy(update=change(before))
        if after == before or store.change_sweep(before, after):
            return after
