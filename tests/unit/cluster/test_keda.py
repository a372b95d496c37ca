"""What a ScaledObject says of who is in charge: its annotations do, whatever its conditions say."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.cluster import Charge, Condition, PodAutoscaler
from dashboard.cluster.kubernetes import keda

HPA = PodAutoscaler(name="keda-hpa-worker")
PAUSED, HELD = "autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"


def scaled(annotations: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "worker", "annotations": annotations},
        "spec": {"scaleTargetRef": {"name": "worker"}} | changes,
        # late, as it may be
        "status": {"conditions": [{"type": "Paused", "status": "False" if annotations else "True"}]},
    }


@pytest.mark.parametrize(
    ("annotations", "autoscalers", "charge"),
    [
        (None, [HPA], Charge.AUTOMATIC),
        ({}, [], Charge.AUTOMATIC),
        ({PAUSED: "false"}, [HPA], Charge.AUTOMATIC),
        ({PAUSED: "0"}, [HPA], Charge.AUTOMATIC),
        ({PAUSED: "true"}, [HPA], Charge.PAUSING),
        ({PAUSED: "true"}, [], Charge.MANUAL),
        ({PAUSED: "yes"}, [], Charge.MANUAL),  # what is no word of Go's for no, KEDA takes for yes
        ({HELD: "2"}, [], Charge.HELD),
        ({HELD: "2", PAUSED: "true"}, [], Charge.HELD),  # together it is set to two
    ],
)
def test_who_is_in_charge_is_read_from_the_annotations(annotations, autoscalers, charge):
    assert keda.charge(scaled(annotations), autoscalers) is charge


def test_limits_are_kedas_own_where_none_are_written():
    assert keda.limits(scaled()) == (0, 100)
    assert keda.limits(scaled(minReplicaCount=2, maxReplicaCount=5)) == (2, 5)


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("0", 0), ("many", None), ("-1", None), ("", None)])
def test_the_number_that_it_is_held_at(text, number):
    seen = keda.autoscaling(scaled({HELD: text}), (), (), None)
    assert (seen.charge, seen.held_at) == (Charge.HELD, number)


def test_only_what_targets_the_workers_deployment_counts():
    other = scaled(scaleTargetRef={"name": "other"})
    of_a_set = scaled(scaleTargetRef={"name": "worker", "kind": "StatefulSet"})
    ours = scaled(scaleTargetRef={"name": "worker", "kind": "Deployment"})
    assert keda.of_the_workers([other, of_a_set]) is None
    assert keda.of_the_workers([other, of_a_set, ours]) is ours
    assert [each.name for each in keda.autoscalers_of_the_workers([other, ours])] == ["worker"]


def test_an_autoscaler_at_none_is_no_trouble_and_a_fallback_is():
    conditions = [
        Condition(type="ScalingActive", holds=False, reason="ScalingDisabled"),
        Condition(type="Active", holds=False),
        Condition(type="Fallback", holds=False),
        Condition(type="Fallback", holds=True),
        Condition(type="Ready", holds=False),
        Condition(type="AbleToScale", holds=False),
    ]
    assert [each.is_trouble for each in conditions] == [False, False, False, True, True, True]


def test_the_condition_paused_is_not_shown_and_one_directions_pause_is():
    seen = keda.autoscaling(scaled({f"{PAUSED}-scale-in": "true", f"{PAUSED}-scale-out": "false"}), (HPA,), (), None)
    assert seen.charge is Charge.AUTOMATIC
    assert seen.restrained_by == (f"{PAUSED}-scale-in",)
    assert seen.conditions == ()


def test_the_last_scaling_events_are_those_of_keda_its_autoscaler_and_the_deployment():
    def event(kind: str, name: str, reason: str, minute: int) -> dict[str, Any]:
        return {
            "involvedObject": {"kind": kind, "name": name},
            "reason": reason,
            "message": f"{reason} of {name}",
            "type": "Normal",
            "lastTimestamp": f"2026-01-01T00:{minute:02}:00Z",
        }

    events = [
        event("ScaledObject", "worker", "KEDAScalersStarted", 1),
        event("HorizontalPodAutoscaler", "keda-hpa-worker", "SuccessfulRescale", 3),
        event("Deployment", "worker", "ScalingReplicaSet", 2),
        event("ScaledObject", "another", "ScaledObjectReady", 4),
        event("HorizontalPodAutoscaler", "another", "SuccessfulRescale", 5),
        event("Pod", "worker-a", "BackOff", 6),
    ]
    seen = keda.autoscaling(scaled(), (HPA,), events, None)
    assert [each.reason for each in seen.events] == ["SuccessfulRescale", "ScalingReplicaSet", "KEDAScalersStarted"]
    many = [event("Deployment", "worker", "ScalingReplicaSet", minute) for minute in range(30)]
    assert len(keda.autoscaling(scaled(), (), many, None).events) == 8
