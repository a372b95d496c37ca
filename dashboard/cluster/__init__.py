"""Whatever runs the workers: one port, and an adapter for each kind of place."""

from dashboard.cluster.port import Cluster, ClusterState, ScalingRefused

__all__ = ["Cluster", "ClusterState", "ScalingRefused"]
