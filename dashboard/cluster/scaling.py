"""Setting the number of workers, or who sets it: decided before the port and written down after it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from dashboard.cluster.port import Cluster
from shared.domain import Action, Actor
from shared.errors import ServiceUnavailable
from shared.operations import authorise
from shared.ports import AuditLog


def set_workers(
    cluster: Cluster, workers: int, shown: int, audit: AuditLog, by: Actor, idle: Collection[str] = ()
) -> None:
    """Scale to so many workers, where the actor may. Raises NotAllowed, and what ``Cluster.scale`` raises."""
    permit = authorise(Action.SCALE, audit, by)
    _carry_out(lambda: cluster.scale(workers, shown, idle))
    permit.done("workers", str(shown), str(workers))


def set_automatic(cluster: Cluster, automatic: bool, shown: str, audit: AuditLog, by: Actor) -> None:
    """Say who sets the number, where the actor may. Raises NotAllowed, and what ``Cluster.set_automatic`` raises."""
    permit = authorise(Action.AUTOSCALE, audit, by)
    _carry_out(lambda: cluster.set_automatic(automatic))
    permit.done("autoscaling", shown, "automatic" if automatic else "manual")


def set_limits(
    cluster: Cluster, minimum: int, maximum: int, shown: tuple[int, int], audit: AuditLog, by: Actor
) -> None:
    """Limit the autoscaler, where the actor may. Raises NotAllowed, and what ``Cluster.set_limits`` raises."""
    permit = authorise(Action.AUTOSCALE, audit, by)
    _carry_out(lambda: cluster.set_limits(minimum, maximum, shown=shown))
    permit.done("limits of autoscaling", f"{shown[0]}–{shown[1]}", f"{minimum}–{maximum}")


def _carry_out(change: Callable[[], None]) -> None:
    try:
        change()
    except ServiceUnavailable as error:
        hint = f"{error.hint} Nothing was changed, as far as one can tell."
        raise ServiceUnavailable(error.service, error.reason, hint) from error
