"""Steering a launched sweep: cancelling, retrying its failures, deleting it."""

from __future__ import annotations

from shared.domain import Action, Actor, Sweep
from shared.errors import ServiceUnavailable, SweepNotFound
from shared.operations.actions import authorise
from shared.operations.launching import ProgressCallback, publish_anew
from shared.operations.queues import end_queue, remove_or_leave
from shared.operations.sweep_changes import change_sweep, standing
from shared.ports import AuditLog, Store, TaskQueue
from shared.wording import counted


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

    permit = authorise(Action.RETRY, store, by)

    def forget() -> str:
        return f", {counted(store.forget_failures(sweep_id), 'failed trial')}"

    return publish_anew(sweep_id, store, queue, on_progress, permit, forget)


def cancel(sweep_id: str, store: Store, queue: TaskQueue, *, by: Actor | None = None) -> Sweep:
    """Stop a sweep: its tasks go at once, what has an outcome keeps it. Raises NotAllowed and SweepNotFound.

    Should it die half-way, or the queue not answer, workers complete it.
    """
    permit = authorise(Action.CANCEL, store, by)
    before = store.sweep(sweep_id)
    sweep = change_sweep(sweep_id, store, lambda now: {"cancelled": True})
    permit.done(sweep_id, standing(before), standing(sweep))
    return end_queue(sweep, store, queue) if sweep.queued else sweep


def delete(sweep_id: str, store: Store, queue: TaskQueue, *, by: Actor | None = None) -> None:
    """Delete a sweep and the outcomes that no other sweep has. Raises NotAllowed, SweepNotFound, ServiceUnavailable.

    Where the broker does not answer, the sweep stays, cancelled. Where just its queue does not, workers remove that
    later.
    """
    permit = authorise(Action.DELETE_SWEEP, store, by)
    # cancelled first, so that its tasks go even if the deletion is cut short
    try:
        sweep = change_sweep(sweep_id, store, lambda now: {"cancelled": True})
        if sweep.queued:
            remove_or_leave(sweep.address, store, queue)
    except ServiceUnavailable as error:
        hint = f"{error.hint} {sweep_id} is not deleted; try again then."
        raise ServiceUnavailable(error.service, error.reason, hint) from error
    except SweepNotFound:  # one that is not found may have been deleted half-way: its outcomes go now
        if store.delete_sweep(sweep_id):
            permit.done(sweep_id, "deleted in part", "deleted")
        raise
    store.delete_sweep(sweep_id)
    permit.done(sweep_id, f"{sweep.spec.name}: {counted(sweep.size, 'trial')}", "deleted")


def discard_dead_letters(queue: TaskQueue, audit: AuditLog, *, by: Actor | None = None) -> int:
    """Delete all dead letters and return how many there were. Raises NotAllowed."""
    permit = authorise(Action.DISCARD, audit, by)
    discarded = queue.discard_dead_letters()
    permit.done("dead letters", str(discarded), "0")
    return discarded
