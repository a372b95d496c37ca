"""One look at the namespace: every kind listed once, each with its own permission, put together for the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dashboard.cluster.autoscaling import not_by_hand
from dashboard.cluster.kubernetes import permissions
from dashboard.cluster.kubernetes.api import KubernetesApi, NotNow, Refused
from dashboard.cluster.kubernetes.autoscaler import Autoscaler
from dashboard.cluster.kubernetes.deletion_cost import DeletionCosts
from dashboard.cluster.kubernetes.objects import (
    asked_by_a_worker,
    deployment,
    event_groups,
    grace_seconds,
    last_scaled,
    quota_uses,
    scaling_event_at,
    volume,
)
from dashboard.cluster.kubernetes.permissions import DEPLOYMENT, Rule
from dashboard.cluster.kubernetes.pods import COMPONENT, component, pod_process, usage
from dashboard.cluster.kubernetes.reviews import Reviews
from dashboard.cluster.state import ClusterState, Gap, ScaleChange, ServiceStatus

WORKER = "worker"
SERVICES = ("rabbitmq", "mongodb")
KIND = f"Deployment {DEPLOYMENT}"
#: a change between two looks no further apart than this happened at the second, in seconds
RECENT_SECONDS = 45.0
_OURS = f"{COMPONENT} in ({', '.join((WORKER, *SERVICES))})"
_NO_METRICS = "metrics.k8s.io does not answer: metrics-server is not installed, or has just started."


@dataclass
class Reading:
    """Lists what the page shows, and finds out why something may not be listed."""

    api: KubernetesApi
    namespace: str
    maximum: int
    clock: Callable[[], float] = time.monotonic
    #: the number of workers at the last look and who had set it; when another was seen
    _scale_seen: tuple[int, str] | None = None
    _scale_changed_at: datetime | None = None
    _scale_looked_at: float = 0.0
    #: what this account may
    reviews: Reviews = field(init=False)
    #: which pods go first
    deletion_costs: DeletionCosts = field(init=False)
    #: what scales the workers by itself
    autoscaler: Autoscaler = field(init=False)

    def __post_init__(self) -> None:
        self.reviews = Reviews(self.api, self.namespace, self.clock)
        self.deletion_costs = DeletionCosts(self.api, self.namespace, self.reviews)
        self.autoscaler = Autoscaler(self.api, self.namespace, self.reviews, self.clock)

    def __call__(self) -> ClusterState:
        """Return the namespace at this moment. Raises NotNow where the server does not answer."""
        gaps: list[Gap] = []
        raw = self._deployment(gaps)
        core = f"/api/v1/namespaces/{self.namespace}"
        pods = self._listed(permissions.LIST_PODS, f"{core}/pods", gaps, labelSelector=_OURS)
        used = usage(self._metrics(gaps))
        claims = self._listed(permissions.LIST_VOLUMES, f"{core}/persistentvolumeclaims", gaps, labelSelector=_OURS)
        events = self._listed(permissions.LIST_EVENTS, f"{core}/events", gaps)
        quotas = self._listed(permissions.LIST_QUOTAS, f"{core}/resourcequotas", gaps)
        rollout = deployment(raw) if raw else None
        autoscaling, no_autoscaling = self.autoscaler.seen(events, gaps) if raw else (None, "")
        by_hand = self._why_not_scale(gaps, found=raw is not None)
        return ClusterState(
            kind=KIND,
            desired=rollout.desired if rollout else 0,
            maximum=max(self.maximum, rollout.desired if rollout else 0),
            processes=tuple(pod_process(pod, used) for pod in pods if component(pod) == WORKER),
            read_only=by_hand or (not_by_hand(autoscaling) if autoscaling else None),
            autoscaling=autoscaling,
            no_autoscaling=no_autoscaling,
            deployment=rollout,
            scaled=self._scaled(raw, events) if raw else None,
            services=tuple(
                ServiceStatus(
                    name=name,
                    processes=tuple(pod_process(pod, used) for pod in pods if component(pod) == name),
                    volumes=tuple(volume(claim) for claim in claims if component(claim) == name),
                )
                for name in SERVICES
            ),
            events=event_groups(events),
            quota=quota_uses(quotas),
            gaps=tuple(gaps),
            stops_idle_first=self.deletion_costs.are_allowed(),
            grace_seconds=grace_seconds(raw) if raw else None,
            worker_requests=asked_by_a_worker(raw or {}, "requests"),
            worker_limits=asked_by_a_worker(raw or {}, "limits"),
        )

    def _scaled(self, raw: dict[str, Any], events: list[dict[str, Any]]) -> ScaleChange | None:
        """Who scaled last and when: as the API notes, as this process saw it, or as the controller's event says."""
        change = last_scaled(raw) or ScaleChange(manager="", at=None)
        seen = (deployment(raw).desired, change.manager)
        if self._scale_seen not in (None, seen):
            # after a while without a look it may have been at any time since
            recent = self.clock() - self._scale_looked_at < RECENT_SECONDS
            self._scale_changed_at = datetime.now(UTC) if recent else None
        self._scale_seen, self._scale_looked_at = seen, self.clock()
        at = change.at or self._scale_changed_at or scaling_event_at(events, DEPLOYMENT, seen[0])
        return change.model_copy(update={"at": at}) if at or change.manager else None

    def _deployment(self, gaps: list[Gap]) -> dict[str, Any] | None:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{DEPLOYMENT}"
        try:
            return self.api.get(path, resourceVersion="0")
        except Refused as refused:
            if refused.status == 404:
                gaps.append(
                    Gap(
                        what=permissions.READ_DEPLOYMENT.what,
                        reason=f"There is no Deployment {DEPLOYMENT} in namespace {self.namespace}. "
                        "Apply an overlay of k8s/, or set BOOSTGRID_NAMESPACE.",
                    )
                )
            else:
                gaps.append(self.reviews.refusal(permissions.READ_DEPLOYMENT, "get", refused))
            return None

    def _listed(self, rule: Rule, path: str, gaps: list[Gap], **query: str) -> list[dict[str, Any]]:
        try:
            return self.api.list(path, **query)
        except Refused as refused:
            gaps.append(self.reviews.refusal(rule, "list", refused))
            return []

    def _metrics(self, gaps: list[Gap]) -> list[dict[str, Any]]:
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{self.namespace}/pods"
        try:
            return self.api.list(path, labelSelector=_OURS)
        except NotNow as trouble:
            if trouble.status == 503:  # the aggregator's word for: what serves this API is away; the rest works
                gaps.append(Gap(what=permissions.LIST_METRICS.what, reason=_NO_METRICS))
                return []
            raise
        except Refused as refused:
            if refused.status == 404:
                gaps.append(Gap(what=permissions.LIST_METRICS.what, reason=_NO_METRICS))
            else:
                gaps.append(self.reviews.refusal(permissions.LIST_METRICS, "list", refused))
            return []

    def _why_not_scale(self, gaps: list[Gap], *, found: bool) -> str | None:
        if not found:
            return next(gap.reason for gap in gaps if gap.what == permissions.READ_DEPLOYMENT.what)
        for verb in permissions.SCALE.verbs:
            if self.reviews.may(permissions.SCALE, verb) is False:
                gap = self.reviews.refusal(permissions.SCALE, verb, Refused(403, "Forbidden", "forbidden"))
                gaps.append(gap)
                return gap.reason
        return None
