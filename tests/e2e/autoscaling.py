"""KEDA's component on a cluster: from no worker to three and back, and no trial lost."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.e2e.kubectl import Failed, component, kubectl, objects, until

#: what does not come to pass within this many seconds is broken
_BROKEN = 600
#: shorter than what is shipped, so that the way back to none is seen too
_QUICK = {
    "spec": {
        "minReplicaCount": 0,
        "maxReplicaCount": 3,
        "pollingInterval": 5,
        "cooldownPeriod": 30,
        "advanced": {
            "horizontalPodAutoscalerConfig": {
                "behavior": {
                    "scaleDown": {
                        "stabilizationWindowSeconds": 15,
                        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}],
                    }
                }
            }
        },
    }
}


class Replicas:
    """How many workers were wanted, in the order in which that was seen."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def now(self) -> int:
        """Return the wanted number, and remember it where it is another."""
        wanted = int(kubectl("get", "deployment", "worker", "-o", "jsonpath={.spec.replicas}") or 1)
        if self.seen[-1:] != [wanted]:
            self.seen.append(wanted)
        return wanted


def make_quick() -> None:
    """Wait until KEDA has taken the ScaledObject, and shorten its times."""
    until("KEDA's HorizontalPodAutoscaler", lambda: objects("horizontalpodautoscalers"), 120)
    kubectl("patch", "scaledobject", "worker", "--type=merge", "-p", json.dumps(_QUICK))


def keep_one() -> None:
    """Have KEDA keep a worker, and wait until it wants one."""
    kubectl("patch", "scaledobject", "worker", "--type=merge", "-p", json.dumps({"spec": {"minReplicaCount": 1}}))
    until("a worker", lambda: Replicas().now() >= 1, 120)


def idle(replicas: Replicas) -> None:
    """Wait until an empty queue has taken every worker away."""
    until("no worker", lambda: replicas.now() == 0 and not objects("pods", component("worker")), _BROKEN, every=1)


def up(replicas: Replicas) -> None:
    """Wait until the queue has brought three workers."""
    until("three workers", lambda: replicas.now() == 3, _BROKEN, every=1)


def quiet(replicas: Replicas, seconds: float = 40) -> None:
    """Watch whether the number stays at none."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if replicas.now():
            raise Failed(f"workers came back to an empty queue: {replicas.seen}")
        time.sleep(1)


def in_order(seen: list[int]) -> None:
    """Check that the number went up, then down, and never to and fro. Raises Failed."""
    top = seen.index(max(seen))
    if seen[: top + 1] != sorted(seen[: top + 1]) or seen[top:] != sorted(seen[top:], reverse=True):
        raise Failed(f"the number of workers flapped: {seen}")


def status() -> dict[str, Any]:
    """Return the ScaledObject's conditions by type."""
    found: list[dict[str, Any]] = json.loads(kubectl("get", "scaledobject", "worker", "-o", "json"))["status"][
        "conditions"
    ]
    return {each["type"]: each["status"] for each in found}
