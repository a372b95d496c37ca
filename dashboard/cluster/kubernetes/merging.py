"""Changing an object on condition that it is still as it was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard.cluster.kubernetes.api import KubernetesApi, Refused
from dashboard.cluster.kubernetes.objects import MANAGER
from dashboard.cluster.port import ScalingRefused

#: how often it is tried where the object changed between reading and patching (its status does, often)
_TRIES = 5


def merge(api: KubernetesApi, path: str, what: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Merge what ``change`` makes of the object at ``path`` into it; None: it is so already.

    Raises what ``change`` does, Refused, NotNow, and ScalingRefused where it changes all the time.
    """
    for _ in range(_TRIES):
        found = api.get(path)
        body = change(found)
        if body is None:
            return
        # the server refuses the patch where anything changed since
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        try:
            api.patch(path, body | {"metadata": body.get("metadata", {}) | version}, fieldManager=MANAGER)
        except Refused as refused:
            if refused.status != 409:
                raise
        else:
            return
    raise ScalingRefused(f"The {what} changes all the time: {_TRIES} tries met a change. Try again.")
