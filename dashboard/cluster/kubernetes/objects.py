"""Raw Deployment, events, claims and quotas to what the page shows of them. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dashboard.cluster.kubernetes import reasons
from dashboard.cluster.kubernetes.values import Json, moment, quantity, resources, total
from dashboard.cluster.state import (
    Condition,
    Deployment,
    EventGroup,
    QuotaUse,
    Resources,
    ScaleChange,
    Volume,
)

#: as this dashboard calls itself in managedFields
MANAGER = "boostgrid-dashboard"
#: the scopes of a quota in which a worker's pod counts: it has requests and no deadline
_WORKER_SCOPES = {"NotBestEffort", "NotTerminating"}
#: what the Deployment's controller says when it scales
_SCALED = re.compile(r"replica set (\S+) from \d+ to (\d+)$")
#: ReplicaSets that scale within this time of each other do so for a rollout
_ROLLOUT = timedelta(minutes=10)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def deployment(raw: Json) -> Deployment:
    """Return the Deployment's rollout."""
    spec, status = raw.get("spec") or {}, raw.get("status") or {}
    desired = spec.get("replicas")
    return Deployment(
        name=str(raw.get("metadata", {}).get("name", "")),
        desired=1 if desired is None else int(desired),
        updated=int(status.get("updatedReplicas") or 0),
        ready=int(status.get("readyReplicas") or 0),
        unavailable=int(status.get("unavailableReplicas") or 0),
        observed=int(status.get("observedGeneration") or 0) >= int(raw.get("metadata", {}).get("generation") or 0),
        conditions=conditions(status),
    )


def conditions(status: Json) -> tuple[Condition, ...]:
    """Return the conditions of an object's status."""
    return tuple(
        Condition(
            type=str(each.get("type", "")),
            holds={"True": True, "False": False}.get(str(each.get("status"))),
            reason=str(each.get("reason") or ""),
            message=reasons.refused(str(each.get("message") or "")),
            since=moment(each.get("lastTransitionTime")),
        )
        for each in status.get("conditions") or ()
    )


def grace_seconds(raw: Json) -> float:
    """Return how long a worker's pod that is told to stop may go on."""
    seconds = _template(raw).get("terminationGracePeriodSeconds")
    return 30.0 if seconds is None else float(seconds)  # the API's default


def asked_by_a_worker(raw: Json, kind: str) -> Resources:
    """Return what one more pod of the Deployment asks for; ``kind`` is ``requests`` or ``limits``."""
    return total(resources((each.get("resources") or {}).get(kind)) for each in _template(raw).get("containers") or ())


def last_scaled(raw: Json) -> ScaleChange | None:
    """Return who set the number of replicas last, of managedFields; None where nobody owns it.

    The API notes no time there for what came through the scale subresource.
    """
    owners = [
        each
        for each in raw.get("metadata", {}).get("managedFields") or ()
        if "f:replicas" in ((each.get("fieldsV1") or {}).get("f:spec") or {})
    ]
    if not owners:
        return None
    # a change through the scale subresource takes the field from who had it; owners beside it agree with it
    last = max(owners, key=lambda owner: (owner.get("subresource") == "scale", moment(owner.get("time")) or _LONG_AGO))
    manager = str(last.get("manager") or "unknown")
    return ScaleChange(manager=manager, at=moment(last.get("time")), by_us=manager == MANAGER)


def scaling_event_at(events: Iterable[Json], name: str, desired: int) -> datetime | None:
    """Return when the Deployment's controller last scaled to ``desired``; None where no event tells.

    A rollout makes such events too, and tells nothing: it moves pods from one ReplicaSet to another at about that time.
    """
    scalings = [
        (_happened(event), found[1], int(found[2]))
        for event in events
        if event.get("reason") == "ScalingReplicaSet"
        and (event.get("involvedObject") or {}).get("name") == name
        and (found := _SCALED.search(str(event.get("message"))))
    ]
    if not scalings:
        return None
    last, replica_set, number = max(scalings)
    if number != desired or any(other != replica_set and last - at < _ROLLOUT for at, other, _ in scalings):
        return None
    return last


def event_groups(events: Iterable[Json]) -> tuple[EventGroup, ...]:
    """Return the events folded by reason and kind of object, the newest first."""
    folded: dict[tuple[str, str, str], list[Json]] = defaultdict(list)
    for event in events:
        kind = str((event.get("involvedObject") or {}).get("kind", ""))
        folded[str(event.get("type")), str(event.get("reason") or "unknown"), kind].append(event)
    groups = []
    for (severity, reason, kind), group in folded.items():
        latest = max(group, key=_happened)
        groups.append(
            EventGroup(
                reason=reason,
                is_warning=severity == "Warning",
                count=sum(_times(event) for event in group),
                about=f"{kind} {(latest.get('involvedObject') or {}).get('name', '')}".strip(),
                objects=len({(event.get("involvedObject") or {}).get("name") for event in group}),
                message=str(latest.get("message") or ""),
                last_at=_happened(latest),
            )
        )
    return tuple(sorted(groups, key=lambda group: group.last_at, reverse=True))


def volume(claim: Json) -> Volume:
    """Return a PersistentVolumeClaim's state."""
    spec, status = claim.get("spec") or {}, claim.get("status") or {}
    asked = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    size = quantity((status.get("capacity") or {}).get("storage", asked))
    return Volume(
        name=str(claim.get("metadata", {}).get("name", "")),
        phase=str(status.get("phase") or "Pending"),
        size=None if size is None else round(size),
        storage_class=spec.get("storageClassName"),
        stopping=bool(claim.get("metadata", {}).get("deletionTimestamp")),
    )


def quota_uses(quotas: Iterable[Json]) -> tuple[QuotaUse, ...]:
    """Return every resource that a quota of the namespace limits."""
    uses = []
    for quota in quotas:
        name, spec, status = (
            quota.get("metadata", {}).get("name", ""),
            quota.get("spec") or {},
            quota.get("status") or {},
        )
        scopes = set(spec.get("scopes") or ()) | {
            each.get("scopeName") for each in (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
        }
        for resource, hard in (status.get("hard") or spec.get("hard") or {}).items():
            allowed = quantity(hard)
            if allowed is None:
                continue
            uses.append(
                QuotaUse(
                    quota=str(name),
                    resource=str(resource),
                    used=quantity((status.get("used") or {}).get(resource)) or 0.0,
                    hard=allowed,
                    counts_workers=scopes <= _WORKER_SCOPES,
                )
            )
    return tuple(sorted(uses, key=lambda use: (use.quota, use.resource)))


def _template(raw: Json) -> Json:
    template: Json = ((raw.get("spec") or {}).get("template") or {}).get("spec") or {}
    return template


def _times(event: Json) -> int:
    return int((event.get("series") or {}).get("count") or event.get("count") or 1)


def _happened(event: Json) -> datetime:
    told = (
        (event.get("series") or {}).get("lastObservedTime"),
        event.get("lastTimestamp"),
        event.get("eventTime"),
        event.get("metadata", {}).get("creationTimestamp"),
    )
    return next((at for at in map(moment, told) if at is not None), _LONG_AGO)
