"""A raw ScaledObject, the HorizontalPodAutoscalers and their events to what the page shows of autoscaling. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dashboard.cluster.kubernetes.objects import conditions, event_groups
from dashboard.cluster.kubernetes.permissions import DEPLOYMENT
from dashboard.cluster.kubernetes.values import Json
from dashboard.cluster.state import Autoscaling, Charge, EventGroup, PodAutoscaler

PAUSED = "autoscaling.keda.sh/paused"
PAUSED_AT = "autoscaling.keda.sh/paused-replicas"
#: these stop one direction only; ``scale-down`` is the older word for ``scale-in``
_RESTRAINTS = tuple(f"{PAUSED}-{way}" for way in ("scale-in", "scale-out", "scale-down"))
#: Go's words for no; whatever else is written there, KEDA takes for yes
_NO = {"0", "f", "F", "false", "False", "FALSE"}
#: KEDA's, where the ScaledObject has none
_DEFAULT_MAXIMUM, _DEFAULT_POLLING_SECONDS = 100, 30
_SHOWN_EVENTS = 8


def of_the_workers(scaled: Iterable[Json]) -> Json | None:
    """Return the ScaledObject of the workers' Deployment. There is one at most: KEDA refuses a second."""
    return next((each for each in scaled if _targets_workers(each)), None)


def autoscalers_of_the_workers(autoscalers: Iterable[Json]) -> tuple[PodAutoscaler, ...]:
    """Return every HorizontalPodAutoscaler of the workers' Deployment, whoever made it: each undoes the slider."""
    return tuple(
        PodAutoscaler(
            name=_name(each),
            current=_number(each.get("status"), "currentReplicas"),
            desired=_number(each.get("status"), "desiredReplicas"),
            conditions=conditions(each.get("status") or {}),
        )
        for each in autoscalers
        if _targets_workers(each)
    )


def charge(scaled: Json, autoscalers: Iterable[PodAutoscaler]) -> Charge:
    """Return who sets the number, by the annotations: the condition ``Paused`` comes later, or never."""
    annotations = _annotations(scaled)
    if PAUSED_AT in annotations:
        return Charge.HELD
    if not _says_yes(annotations, PAUSED):
        return Charge.AUTOMATIC
    return Charge.PAUSING if any(autoscalers) else Charge.MANUAL


def limits(scaled: Json) -> tuple[int, int]:
    """Return the least and the most workers that it chooses."""
    spec = scaled.get("spec") or {}
    most = _number(spec, "maxReplicaCount")
    return _number(spec, "minReplicaCount") or 0, _DEFAULT_MAXIMUM if most is None else most


def autoscaling(
    scaled: Json, autoscalers: tuple[PodAutoscaler, ...], events: Iterable[Json], read_only: str | None
) -> Autoscaling:
    """Return what the page shows of the ScaledObject."""
    annotations = _annotations(scaled)
    held = str(annotations.get(PAUSED_AT, ""))
    least, most = limits(scaled)
    return Autoscaling(
        name=_name(scaled),
        charge=charge(scaled, autoscalers),
        minimum=least,
        maximum=most,
        held_at=int(held) if held.isdecimal() else None,
        restrained_by=tuple(each for each in _RESTRAINTS if _says_yes(annotations, each)),
        polling_seconds=_number(scaled.get("spec"), "pollingInterval") or _DEFAULT_POLLING_SECONDS,
        autoscalers=autoscalers,
        conditions=tuple(each for each in conditions(scaled.get("status") or {}) if each.type != "Paused"),
        events=_scaling_events(scaled, events),
        read_only=read_only,
    )


def _scaling_events(scaled: Json, events: Iterable[Json]) -> tuple[EventGroup, ...]:
    """What KEDA, its autoscaler and the Deployment's controller said last, each by itself."""
    about = [
        event
        for event in events
        if (involved := event.get("involvedObject") or {})
        and (
            (involved.get("kind") == "ScaledObject" and involved.get("name") == _name(scaled))
            or (involved.get("kind") == "HorizontalPodAutoscaler" and involved.get("name") == _autoscaler_name(scaled))
            or (event.get("reason") == "ScalingReplicaSet" and involved.get("name") == DEPLOYMENT)
        )
    ]
    told = [group for event in about for group in event_groups([event])]
    return tuple(sorted(told, key=lambda each: each.last_at, reverse=True)[:_SHOWN_EVENTS])


def _autoscaler_name(scaled: Json) -> str:
    return str((scaled.get("status") or {}).get("hpaName") or f"keda-hpa-{_name(scaled)}")


def _targets_workers(each: Json) -> bool:
    target = (each.get("spec") or {}).get("scaleTargetRef") or {}
    return target.get("name") == DEPLOYMENT and target.get("kind", "Deployment") in ("", "Deployment")


def _annotations(raw: Json) -> Mapping[str, str]:
    return (raw.get("metadata") or {}).get("annotations") or {}


def _says_yes(annotations: Mapping[str, str], name: str) -> bool:
    return name in annotations and annotations[name] not in _NO


def _name(raw: Json) -> str:
    return str((raw.get("metadata") or {}).get("name") or "")


def _number(raw: Json | None, field: str) -> int | None:
    value = (raw or {}).get(field)
    return None if value is None else int(value)
