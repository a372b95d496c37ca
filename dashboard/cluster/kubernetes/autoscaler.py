"""KEDA's ScaledObject of the workers: found, paused, given back, and its limits set."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from dashboard.cluster.autoscaling import not_by_hand
from dashboard.cluster.kubernetes import keda
from dashboard.cluster.kubernetes.api import KubernetesApi, Refused
from dashboard.cluster.kubernetes.keda import PAUSED, PAUSED_AT
from dashboard.cluster.kubernetes.merging import merge
from dashboard.cluster.kubernetes.permissions import LIST_AUTOSCALERS, LIST_SCALED_OBJECTS, SET_AUTOSCALING, Rule
from dashboard.cluster.kubernetes.reviews import Reviews
from dashboard.cluster.kubernetes.values import Json
from dashboard.cluster.port import ScaledMeanwhile, ScalingRefused
from dashboard.cluster.state import Autoscaling, Charge, Gap, PodAutoscaler

_KEDA = "/apis/keda.sh/v1alpha1"
#: how long it is believed that KEDA is there or not, in seconds
INSTALLED_SECONDS = 30.0
_NOT_INSTALLED = (
    "KEDA is not installed here: the slider sets the number of workers. To have them scaled by the length of the "
    "queues, install KEDA 2.18.2 or newer, add the component keda to the overlay (k8s/components/keda) and apply it."
)
_NOT_APPLIED = (
    "KEDA is installed, and no ScaledObject of it scales the workers: the slider sets their number. To have them "
    "scaled by the length of the queues, add the component keda to the overlay (k8s/components/keda) and apply it."
)


class Autoscaler:
    """Finds the ScaledObject and changes it, on condition that it is still as it was read. Safe for several threads."""

    def __init__(
        self, api: KubernetesApi, namespace: str, reviews: Reviews, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api, self._reviews, self._clock = api, reviews, clock
        self._objects = f"{_KEDA}/namespaces/{namespace}/scaledobjects"
        self._autoscalers = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
        self._installed: tuple[float, bool] | None = None

    def seen(self, events: list[dict[str, Any]], gaps: list[Gap]) -> tuple[Autoscaling | None, str]:
        """Return what scales by itself, or why nothing does; what may not be asked goes to ``gaps``. Raises NotNow."""
        if not self._is_installed():
            return None, _NOT_INSTALLED
        try:
            scaled = keda.of_the_workers(self._api.list(self._objects))
        except Refused as refused:
            if refused.status == 404:
                self._installed = None
                return None, _NOT_INSTALLED
            gaps.append(self._reviews.refusal(LIST_SCALED_OBJECTS, "list", refused))
            return None, ""
        if scaled is None:
            return None, _NOT_APPLIED
        try:
            autoscalers = keda.autoscalers_of_the_workers(self._api.list(self._autoscalers))
        except Refused as refused:
            gap = self._reviews.refusal(LIST_AUTOSCALERS, "list", refused)
            gaps.append(gap)
            seen = keda.autoscaling(scaled, (), events, gap.reason)
            # that it is gone cannot be seen
            unsure = {"charge": Charge.PAUSING} if seen.charge is Charge.MANUAL else {}
            return seen.model_copy(update=unsure), ""
        return keda.autoscaling(scaled, autoscalers, events, self._why_not_change(scaled, gaps)), ""

    def refuse_by_hand(self) -> None:
        """Raise ScalingRefused where KEDA, and not the slider, is in charge at this moment, as far as may be seen."""
        if self._is_installed() and self._reviews.may(LIST_SCALED_OBJECTS, "list") is False:
            return  # KEDA may be there for others
        if (scaled := self._found()) is None:
            return
        seen = keda.autoscaling(scaled, self._listed_autoscalers(), (), None)
        if why := not_by_hand(seen):
            raise ScalingRefused(why)

    def set_automatic(self, automatic: bool) -> None:
        """Pause KEDA, or let it go on: ``paused`` alone, never beside ``paused-replicas``."""
        annotations = {PAUSED: None if automatic else "true", PAUSED_AT: None}

        def change(scaled: dict[str, Any]) -> dict[str, Any] | None:
            if not automatic:
                self._listed_autoscalers()  # that they are gone has to be seen: else nobody would be in charge
            present = scaled["metadata"].get("annotations") or {}
            as_wanted = all(present.get(name) == value for name, value in annotations.items())
            return None if as_wanted else {"metadata": {"annotations": annotations}}

        self._patch(change)

    def set_limits(self, minimum: int, maximum: int, shown: tuple[int, int] | None) -> None:
        """Set the least and the most workers that KEDA chooses."""

        def change(scaled: dict[str, Any]) -> dict[str, Any] | None:
            now = keda.limits(scaled)
            if now == (minimum, maximum):
                return None
            if shown is not None and now != shown:
                raise ScaledMeanwhile(
                    f"The limits were changed from {shown[0]} and {shown[1]} to {now[0]} and {now[1]} meanwhile, so "
                    f"{minimum} and {maximum} were not sent. Look again and decide anew."
                )
            return {"spec": {"minReplicaCount": minimum, "maxReplicaCount": maximum}}

        self._patch(change)

    def _patch(self, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        """Merge what ``change`` makes of the ScaledObject into it; None: it is so already."""
        found = self._found()
        if found is None:
            raise ScalingRefused(_NOT_APPLIED if self._is_installed() else _NOT_INSTALLED)
        try:
            merge(self._api, f"{self._objects}/{found['metadata']['name']}", "ScaledObject", change)
        except Refused as refused:
            raise self._refusal(_change_of(found), refused.verb, refused) from refused

    def _found(self) -> dict[str, Any] | None:
        """The ScaledObject as it is at this moment, not as the server's cache has it; None: there is none."""
        if not self._is_installed():
            return None
        try:
            found = keda.of_the_workers(self._api.get(self._objects).get("items") or ())
        except Refused as refused:
            if refused.status == 404:
                self._installed = None
                return None
            raise self._refusal(LIST_SCALED_OBJECTS, "list", refused) from refused
        return None if found is None else dict(found)

    def _listed_autoscalers(self) -> tuple[PodAutoscaler, ...]:
        try:
            return keda.autoscalers_of_the_workers(self._api.get(self._autoscalers).get("items") or ())
        except Refused as refused:
            raise self._refusal(LIST_AUTOSCALERS, "list", refused) from refused

    def _refusal(self, rule: Rule, verb: str, refused: Refused) -> ScalingRefused:
        gap = self._reviews.refusal(rule, verb, refused)
        return ScalingRefused(f"{gap.reason}\n{gap.remedy}".strip())

    def _why_not_change(self, scaled: Json, gaps: list[Gap]) -> str | None:
        rule = _change_of(scaled)
        for verb in rule.verbs:
            if self._reviews.may(rule, verb) is False:
                gap = self._reviews.refusal(rule, verb, Refused(403, "Forbidden", "forbidden"))
                gaps.append(gap)
                return gap.reason
        return None

    def _is_installed(self) -> bool:
        """Whether the API server knows KEDA's kinds: without a rule it refuses kinds that it does not know, too."""
        if self._installed is not None and self._clock() < self._installed[0]:
            return self._installed[1]
        try:
            self._api.get(_KEDA)
            installed = True
        except Refused as refused:
            installed = refused.status != 404
        self._installed = (self._clock() + INSTALLED_SECONDS, installed)
        return installed


def _change_of(scaled: Json) -> Rule:
    """The rule to change this ScaledObject: an overlay may call it something else."""
    name = str(scaled["metadata"]["name"])
    rule = SET_AUTOSCALING
    return Rule(rule.what, rule.group, rule.resource, rule.verbs, (name,))
