"""The Cluster port over the Kubernetes API."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from typing import Any

from dashboard.cluster.kubernetes import permissions
from dashboard.cluster.kubernetes.api import KubernetesApi, NotNow, Refused
from dashboard.cluster.kubernetes.merging import merge
from dashboard.cluster.kubernetes.objects import last_scaled
from dashboard.cluster.kubernetes.permissions import DEPLOYMENT
from dashboard.cluster.kubernetes.reader import Reader
from dashboard.cluster.kubernetes.reading import Reading
from dashboard.cluster.port import ScaledMeanwhile, ScalingRefused
from dashboard.cluster.state import ClusterState

#: of a log, for one page
LOG_BYTES = 4 * 2**20
#: followers of one log share an answer that is younger than this, in seconds
LOG_SECONDS = 1.0


class KubernetesCluster:
    """A Cluster over one namespace: it shows what the reader saw last, and asks the server only to change something."""

    def __init__(self, api: KubernetesApi, namespace: str, maximum: int) -> None:
        self._api, self._namespace, self._maximum = api, namespace, maximum
        self._reading = Reading(api, namespace, maximum)
        self._reader = Reader(self._reading)
        self._logs: dict[tuple[str, str | None, int, bool], tuple[float, str]] = {}
        self._logs_lock = threading.Lock()

    def state(self) -> ClusterState:
        """Return what the reader saw last. Raises ServiceUnavailable where it never saw anything."""
        seen = self._reader.look()
        trouble = None if seen.trouble is None else f"{seen.trouble.reason}. {seen.trouble.hint}"
        return seen.value.model_copy(update={"observed_at": seen.at, "trouble": trouble})

    def scale(self, workers: int, shown: int | None = None, idle: Collection[str] = ()) -> None:
        """Patch deployments/scale, on condition that it is still as shown; idle pods go first where that is allowed."""
        if not 0 <= workers <= max(self._maximum, shown or 0):
            raise ScalingRefused(f"{workers} workers is outside 0 to {self._maximum}; BOOSTGRID_WORKERS_MAX sets it.")
        try:
            self._reading.autoscaler.refuse_by_hand()
            going_first = idle if shown is not None and workers < shown else ()
            with self._reading.deletion_costs.lowest(going_first, workers):
                self._patch_scale(workers, shown)
        finally:
            self._reader.hurry()

    def _patch_scale(self, workers: int, shown: int | None) -> None:
        path = f"/apis/apps/v1/namespaces/{self._namespace}/deployments/{DEPLOYMENT}"

        def change(scale: dict[str, Any]) -> dict[str, Any] | None:
            current = int((scale.get("spec") or {}).get("replicas") or 0)
            if current == workers:
                return None
            if shown is not None and current != shown:
                raise ScaledMeanwhile(self._changed_meanwhile(path, current, shown, workers))
            return {"spec": {"replicas": workers}}

        try:
            merge(self._api, f"{path}/scale", "Deployment", change)
        except Refused as refused:
            gap = self._reading.reviews.refusal(permissions.SCALE, refused.verb, refused)
            raise ScalingRefused(f"{gap.reason}\n{gap.remedy}".strip()) from refused

    def set_automatic(self, automatic: bool) -> None:
        """Pause the ScaledObject of the workers, or let it go on."""
        try:
            self._reading.autoscaler.set_automatic(automatic)
        finally:
            self._reader.hurry()

    def set_limits(self, minimum: int, maximum: int, shown: tuple[int, int] | None = None) -> None:
        """Patch the limits of the ScaledObject of the workers, on condition that they are still as shown."""
        most = max(self._maximum, shown[1] if shown else 0)
        if not 0 <= minimum <= maximum or not 1 <= maximum <= most:
            raise ScalingRefused(
                f"{minimum} to {maximum} workers is refused: the least is 0 or more, the most 1 or more, no less than "
                f"the least and within {most}; BOOSTGRID_WORKERS_MAX sets that."
            )
        try:
            self._reading.autoscaler.set_limits(minimum, maximum, shown)
        finally:
            self._reader.hurry()

    def logs(self, name: str, tail: int = 200, *, container: str | None = None, previous: bool = False) -> str:
        """Return the end of a container's log. Viewers of the same one share an answer for a second."""
        key = (name, container, tail, previous)
        with self._logs_lock:
            now = time.monotonic()
            self._logs = {each: kept for each, kept in self._logs.items() if now < kept[0]}
            if key in self._logs:
                return self._logs[key][1]
        query: dict[str, str | int | bool] = {"tailLines": tail, "limitBytes": LOG_BYTES, "previous": previous}
        if container:
            query["container"] = container
        try:
            text = self._api.text(f"/api/v1/namespaces/{self._namespace}/pods/{name}/log", **query)
        except Refused as refused:
            text = self._why_no_log(refused, previous)
        with self._logs_lock:
            self._logs[key] = (time.monotonic() + LOG_SECONDS, text)
        return text

    def _why_no_log(self, refused: Refused, previous: bool) -> str:
        if refused.status == 404 or (refused.status == 400 and previous):
            return ""  # gone, or it never restarted
        if refused.status == 400:
            return f"[{refused}]\n"  # the container is being created, or there are several
        gap = self._reading.reviews.refusal(permissions.READ_LOGS, "get", refused)
        return f"[{gap.reason}]\n{gap.remedy}\n"

    def _changed_meanwhile(self, path: str, current: int, shown: int, wanted: int) -> str:
        by = ""
        try:
            change = last_scaled(self._api.get(path))
        except (Refused, NotNow):
            change = None
        if change is not None:
            by = " by somebody at this dashboard" if change.by_us else f" by {change.manager}"
        return (
            f"The number of workers was changed{by} from {shown} to {current} meanwhile, so {wanted} was not sent. "
            "Look again and decide anew."
        )
