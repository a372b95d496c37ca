"""Steering a launched sweep: cancelling, retrying its failures, deleting it."""

from __future__ import annotations

from shared.domain import Actor, Sweep
from shared.operations.actions import note_action
from shared.operations.launching import ProgressCallback, publish_anew
from shared.operations.sweep_changes import change_sweep
from shared.ports import Store, SweepLedger, TaskQueue


def retry_failed(
    sweep_id: str,
    store: Store,
    queue: TaskQueue,
    on_progress: ProgressCallback | None = None,
    *,
    by: Actor | None = None,
) -> Sweep:
    """Forget the sweep's failures and resume it; return the sweep. Raises what resume raises.

    Whatever refuses does so before a failure is forgotten, and what dies afterwards is completed by retry or resume.
    What racing dropped stays dropped: launch the spec without racing to have those trials evaluated, and only those.
    """

    def forget() -> None:
        store.forget_failures(sweep_id)
        note_action("retried", sweep_id, by)

    return publish_anew(sweep_id, store, queue, on_progress, by, forget)


def cancel(sweep_id: str, ledger: SweepLedger, *, by: Actor | None = None) -> Sweep:
    """Stop a sweep: workers drop its tasks, what has an outcome keeps it. Raises SweepNotFound."""
    sweep = change_sweep(sweep_id, ledger, lambda now: {"cancelled": True})
    note_action("cancelled", sweep_id, by)
    return sweep


def delete(sweep_id: str, ledger: SweepLedger, *, by: Actor | None = None) -> None:
    """Delete a sweep and the outcomes that no other sweep has. Raises SweepNotFound."""
    # cancelled first, so that workers drop its tasks even if the deletion is cut short
    try:
        change_sweep(sweep_id, ledger, lambda now: {"cancelled": True})
    finally:  # one that is not found may have been deleted half-way: its outcomes go now
        ledger.delete_sweep(sweep_id)
    note_action("deleted", sweep_id, by)


def discard_dead_letters(queue: TaskQueue, *, by: Actor | None = None) -> int:
    """Delete all dead letters and return how many there were."""
    discarded = queue.discard_dead_letters()
    note_action("discarded", "dead letters", by)
    return discarded
