"""Which pods go first when the slider stops some: those with the lowest deletion cost, for as long as that takes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from dashboard.cluster.kubernetes.api import KubernetesApi, NotNow, Refused
from dashboard.cluster.kubernetes.objects import MANAGER
from dashboard.cluster.kubernetes.permissions import MARK_PODS
from dashboard.cluster.kubernetes.pods import COMPONENT
from dashboard.cluster.kubernetes.reviews import Reviews

log = logging.getLogger(__name__)

COST = "controller.kubernetes.io/pod-deletion-cost"
#: of the range that Kubernetes reads, 32 bits
LOWEST = str(-(2**31))
#: for the ReplicaSet's controller, which looks at a copy that follows
SETTLE_SECONDS = 1.0
#: how long it may take until pods in excess are told to stop
STOPPED_SECONDS = 10.0
_LOOK_SECONDS = 0.5


class DeletionCosts:
    """Marks pods while the number of workers is lowered, where the component pod-deletion-cost allows it."""

    def __init__(self, api: KubernetesApi, namespace: str, reviews: Reviews) -> None:
        self._api, self._reviews = api, reviews
        self._pods = f"/api/v1/namespaces/{namespace}/pods"
        #: of one change at a time, so that none takes off what another has put on
        self._one = threading.Lock()

    def are_allowed(self) -> bool:
        """Return whether this account may mark pods."""
        return self._reviews.may(MARK_PODS, "patch") is True

    @contextmanager
    def lowest(self, names: Collection[str], workers: int) -> Iterator[None]:
        """Have these pods go first while the body lowers the number to ``workers``; cleared once that is followed.

        What cannot be marked is left to Kubernetes' choice, and logged: no work is lost by that.
        """
        if not names or not self.are_allowed() or not self._one.acquire(timeout=STOPPED_SECONDS):
            yield
            return
        lowered_to = None
        try:
            self._mark(names)
            yield
            lowered_to = workers
        finally:
            threading.Thread(target=self._clear_all, args=(lowered_to,), name="deletion-costs", daemon=True).start()

    def _mark(self, names: Collection[str]) -> None:
        """Put the lowest cost on these pods, take it off others, and look whether it is there."""
        try:
            before = self._listed()
            self._clear(name for name in _with_lowest(before) if name not in names)
            for name in before.keys() & set(names):
                self._write(name, LOWEST)
            time.sleep(SETTLE_SECONDS)
            after = self._listed()
        except (Refused, NotNow) as trouble:
            log.warning("pods cannot be marked: %s", trouble, extra={"event": "cluster.not_marked"})
            return
        if unmarked := sorted((after.keys() & set(names)) - set(_with_lowest(after))):
            log.warning("these pods are not marked: %s", ", ".join(unmarked), extra={"event": "cluster.not_marked"})

    def _clear_all(self, lowered_to: int | None) -> None:
        """Take the marks off once the number is followed; at once where it was not lowered."""
        try:
            until = time.monotonic() + STOPPED_SECONDS
            pods = self._listed()
            while lowered_to is not None and len(pods) > lowered_to and time.monotonic() < until:
                time.sleep(_LOOK_SECONDS)
                pods = self._listed()
            self._clear(_with_lowest(pods))
        except (Refused, NotNow) as trouble:
            # taken off before the next time
            log.warning("marks stay on pods: %s", trouble, extra={"event": "cluster.marks_stay"})
        finally:
            self._one.release()

    def _listed(self) -> dict[str, dict[str, Any]]:
        """The workers' pods that are not told to stop, as they are at this moment."""
        pods = self._api.get(self._pods, labelSelector=f"{COMPONENT}=worker").get("items") or ()
        return {pod["metadata"]["name"]: pod for pod in pods if not pod["metadata"].get("deletionTimestamp")}

    def _clear(self, names: Iterable[str]) -> None:
        for name in names:
            self._write(name, None)

    def _write(self, name: str, cost: str | None) -> None:
        try:
            self._api.patch(f"{self._pods}/{name}", {"metadata": {"annotations": {COST: cost}}}, fieldManager=MANAGER)
        except Refused as refused:
            if refused.status != 404:  # gone meanwhile
                raise


def _with_lowest(pods: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, pod in pods.items() if (pod["metadata"].get("annotations") or {}).get(COST) == LOWEST]
