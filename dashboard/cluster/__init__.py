"""The port to whatever runs the workers. Adapters: processes of this machine, and Kubernetes."""

from dashboard.cluster.port import Cluster, ScaledMeanwhile, ScalingRefused
from dashboard.cluster.state import (
    Autoscaling,
    Charge,
    ClusterProcess,
    ClusterState,
    Condition,
    Deployment,
    EventGroup,
    Gap,
    LastEnd,
    PodAutoscaler,
    QuotaUse,
    Resources,
    ScaleChange,
    ServiceStatus,
    Volume,
)

__all__ = [
    "Autoscaling",
    "Charge",
    "Cluster",
    "ClusterProcess",
    "ClusterState",
    "Condition",
    "Deployment",
    "EventGroup",
    "Gap",
    "LastEnd",
    "PodAutoscaler",
    "QuotaUse",
    "Resources",
    "ScaleChange",
    "ScaledMeanwhile",
    "ScalingRefused",
    "ServiceStatus",
    "Volume",
]
