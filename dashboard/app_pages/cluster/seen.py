"""The cluster's state for panels that do without it: one says that it is away, the others leave it out."""

from __future__ import annotations

from dashboard import services
from dashboard.cluster import ClusterState
from shared.errors import ServiceUnavailable


def seen_state() -> ClusterState | None:
    """Return what the cluster tells; None where it does not answer and never did, which ``freshness`` says."""
    try:
        return services.cluster().state()
    except ServiceUnavailable:
        return None
