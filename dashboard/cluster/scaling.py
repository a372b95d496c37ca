"""Setting the number of workers: decided and written down before and after the port."""

from __future__ import annotations

from dashboard.cluster.port import Cluster
from shared.domain import Action, Actor
from shared.errors import ServiceUnavailable
from shared.operations import authorise
from shared.ports import AuditLog


def set_workers(cluster: Cluster, workers: int, shown: int, audit: AuditLog, by: Actor) -> None:
    """Scale to so many workers, where the actor may. Raises NotAllowed, and what ``Cluster.scale`` raises."""
    permit = authorise(Action.SCALE, audit, by)
    try:
        cluster.scale(workers, shown)
    except ServiceUnavailable as error:
        hint = f"{error.hint} Nothing was changed, as far as one can tell."
        raise ServiceUnavailable(error.service, error.reason, hint) from error
    permit.done("workers", str(shown), str(workers))
