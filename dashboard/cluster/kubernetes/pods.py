"""Raw pods, and their metrics, to what the page shows of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.cluster.kubernetes.reasons import unscheduled, waiting
from dashboard.cluster.kubernetes.values import Json, moment, resources, total
from dashboard.cluster.state import ClusterProcess, LastEnd, Resources
from shared.domain import ProcessState

COMPONENT = "app.kubernetes.io/component"


def component(pod: Json) -> str:
    """Return which of the product's components the pod, or the claim, is of."""
    labels: Json = pod.get("metadata", {}).get("labels") or {}
    return str(labels.get(COMPONENT, ""))


def usage(metrics: Iterable[Json]) -> dict[str, Resources]:
    """Return what each pod uses, by name, of metrics.k8s.io's list."""
    return {
        str(pod.get("metadata", {}).get("name", "")): total(
            resources(container.get("usage")) for container in pod.get("containers") or ()
        )
        for pod in metrics
    }


def pod_process(pod: Json, used: Mapping[str, Resources] | None = None) -> ClusterProcess:
    """Return the pod as the page shows it; ``used`` is by pod name."""
    metadata: Json = pod.get("metadata") or {}
    spec: Json = pod.get("spec") or {}
    status: Json = pod.get("status") or {}
    sidecars = [each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always"]
    containers: list[Json] = [*(spec.get("containers") or ()), *sidecars]
    statuses: list[Json] = list(status.get("containerStatuses") or ())
    state, detail = _state(pod, statuses)
    name = str(metadata.get("name", ""))
    return ClusterProcess(
        name=name,
        state=state,
        detail=detail,
        phase=status.get("phase"),
        ready=_condition(status, "Ready").get("status") == "True",
        restarts=sum(int(each.get("restartCount") or 0) for each in statuses),
        started_at=moment(status.get("startTime")) or moment(metadata.get("creationTimestamp")),
        last_end=_last_end(statuses, containers),
        node=spec.get("nodeName"),
        requests=total(resources((each.get("resources") or {}).get("requests")) for each in containers),
        limits=total(resources((each.get("resources") or {}).get("limits")) for each in containers),
        used=(used or {}).get(name),
        containers=tuple(
            str(each.get("name", "")) for each in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
        ),
    )


def _state(pod: Json, statuses: list[Json]) -> tuple[ProcessState, str]:
    status: Json = pod.get("status") or {}
    if pod.get("metadata", {}).get("deletionTimestamp"):
        return ProcessState.STOPPING, "It was told to stop."
    phase = status.get("phase")
    if phase in ("Failed", "Succeeded"):
        why = ": ".join(str(status[key]) for key in ("reason", "message") if status.get(key))
        return ProcessState.CRASHED, why or "It has ended."
    scheduled = _condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        gated = scheduled.get("reason") == "SchedulingGated"
        message = str(scheduled.get("message", ""))
        return ProcessState.STARTING, f"It waits for a gate: {message}" if gated else unscheduled(message)
    for each in [*(status.get("initContainerStatuses") or ()), *statuses]:
        state: Json = each.get("state") or {}
        if held := state.get("waiting"):
            reason = str(held.get("reason", ""))
            crashed = reason not in ("ContainerCreating", "PodInitializing", "")
            return (
                ProcessState.CRASHED if crashed else ProcessState.STARTING,
                waiting(reason, str(held.get("message", ""))),
            )
    ended = [each["state"]["terminated"] for each in statuses if (each.get("state") or {}).get("terminated")]
    if ended:
        return ProcessState.CRASHED, f"It ended: {ended[0].get('reason')}, exit code {ended[0].get('exitCode')}."
    if phase != "Running":
        return ProcessState.STARTING, "It waits for its node."
    if _condition(status, "Ready").get("status") != "True":
        return ProcessState.RUNNING, "It runs and does not report ready."
    return ProcessState.RUNNING, ""


def _condition(status: Json, kind: str) -> Json:
    return next((each for each in status.get("conditions") or () if each.get("type") == kind), {})


def _last_end(statuses: list[Json], containers: list[Json]) -> LastEnd | None:
    """The latest end of any container: of the life before this one, or of this one where it is over."""
    ends: list[tuple[str, Json]] = []
    for each in statuses:
        for state in (each.get("state") or {}, each.get("lastState") or {}):
            if ended := state.get("terminated"):
                ends.append((str(each.get("name", "")), ended))
                break
    if not ends:
        return None
    name, ended = max(ends, key=lambda end: str(end[1].get("finishedAt") or ""))
    limit = None
    if ended.get("reason") == "OOMKilled":
        own: dict[str, Any] = next((dict(each) for each in containers if each.get("name") == name), {})
        limit = resources((own.get("resources") or {}).get("limits")).memory
    return LastEnd(
        reason=str(ended.get("reason") or "Error"),
        exit_code=int(ended.get("exitCode") or 0),
        container=name if len(containers) > 1 else None,
        ended_at=moment(ended.get("finishedAt")),
        memory_limit=limit,
    )
