"""What this account may, by the server's word, and what to say where it may not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.cluster.kubernetes.api import KubernetesApi, Refused
from dashboard.cluster.kubernetes.permissions import Rule
from dashboard.cluster.state import Gap

#: how long an answer to "may I?" is believed, in seconds
REVIEW_SECONDS = 30.0


@dataclass
class Reviews:
    """Asks what may be asked (SelfSubjectAccessReview), and keeps the answers for a while."""

    api: KubernetesApi
    namespace: str
    clock: Callable[[], float] = time.monotonic
    _kept: dict[tuple[Rule, str], tuple[float, bool | None]] = field(default_factory=dict)

    def refusal(self, rule: Rule, verb: str, refused: Refused) -> Gap:
        """Return what to show for a refused request: the missing permission by name, or the server's own words."""
        if refused.status == 403 and self.may(rule, verb) is not True:
            asked = f"{verb} {rule.resource}" + (f" ({rule.group})" if rule.group else "")
            return Gap(
                what=rule.what,
                reason=f"The dashboard's account may not {asked} in namespace {self.namespace}. Add to its Role:",
                remedy=rule.as_yaml(),
            )
        return Gap(what=rule.what, reason=f"The API server refuses it ({refused.status}): {refused}")

    def may(self, rule: Rule, verb: str) -> bool | None:
        """Return whether this account may; None: the server does not say."""
        known = self._kept.get((rule, verb))
        if known is not None and self.clock() < known[0]:
            return known[1]
        resource, _, subresource = rule.resource.partition("/")
        attributes = {
            "namespace": self.namespace,
            "verb": verb,
            "group": rule.group,
            "resource": resource,
            "subresource": subresource,
            "name": rule.names[0] if rule.names else "",
        }
        try:
            review = self.api.create(
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                {
                    "apiVersion": "authorization.k8s.io/v1",
                    "kind": "SelfSubjectAccessReview",
                    "spec": {"resourceAttributes": attributes},
                },
            )
            answer: bool | None = bool((review.get("status") or {}).get("allowed"))
        except Refused:
            answer = None
        self._kept[rule, verb] = (self.clock() + REVIEW_SECONDS, answer)
        return answer
