"""Deployment, events, claims and quotas as the API tells them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.cluster.kubernetes.objects import (
    MANAGER,
    asked_by_a_worker,
    deployment,
    event_groups,
    grace_seconds,
    last_scaled,
    quota_uses,
    scaling_event_at,
    volume,
)
from dashboard.cluster.state import Volume

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture
def raw() -> dict[str, Any]:
    return recorded("deployment")


def test_a_rollout_that_is_done(raw):
    told = deployment(raw)
    assert (told.name, told.desired, told.updated, told.ready, told.unavailable) == ("worker", 1, 1, 1, 0)
    assert told.observed
    assert [(each.type, each.holds, each.is_trouble) for each in told.conditions] == [
        ("Available", True, False),
        ("Progressing", True, False),
    ]


def test_a_rollout_with_trouble(raw):
    raw["metadata"]["generation"] += 1
    raw["status"]["conditions"] = [
        {"type": "Available", "status": "False"},
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: team"},
        {"type": "Progressing", "status": "Unknown", "reason": "DeploymentPaused"},
    ]
    told = deployment(raw)
    assert not told.observed
    assert [each.is_trouble for each in told.conditions] == [True, True, True]
    assert told.conditions[1].message == "exceeded quota: team"


def test_replicas_that_are_not_set_are_one_and_zero_is_zero(raw):
    del raw["spec"]["replicas"]
    assert deployment(raw).desired == 1
    raw["spec"]["replicas"] = 0
    assert deployment(raw).desired == 0


def test_a_new_worker_asks_for_what_the_template_says(raw):
    container = raw["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"cpu": "500m"}, "limits": {"cpu": "2", "memory": "4Gi"}}
    assert (asked_by_a_worker(raw, "requests").cpu, asked_by_a_worker(raw, "requests").memory) == (0.5, None)
    assert asked_by_a_worker(raw, "limits").memory == 4 * 2**30
    raw["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 120
    assert grace_seconds(raw) == 120
    del raw["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace_seconds(raw) == 30


def test_who_applied_the_number(raw):
    change = last_scaled(raw)
    assert change is not None
    assert (change.manager, change.by_us) == ("kubectl-client-side-apply", False)
    assert change.at is not None


def test_whoever_came_through_the_scale_subresource_came_last(raw):
    raw["metadata"]["managedFields"].append(
        {"manager": MANAGER, "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    )
    change = last_scaled(raw)
    assert change is not None
    assert (change.manager, change.by_us, change.at) == (MANAGER, True, None)


def test_a_number_that_nobody_owns(raw):
    raw["metadata"]["managedFields"] = []
    assert last_scaled(raw) is None


def scaling(message: str, at: str) -> dict[str, Any]:
    return {
        "reason": "ScalingReplicaSet",
        "involvedObject": {"kind": "Deployment", "name": "worker"},
        "message": message,
        "lastTimestamp": f"2026-01-01T{at}:00Z",
    }


def test_the_controllers_event_tells_when():
    rollout = [
        scaling("Scaled up replica set worker-new from 0 to 1", "10:00"),
        scaling("Scaled down replica set worker-old from 1 to 0", "10:01"),
    ]
    scaled = scaling("Scaled up replica set worker-new from 1 to 4", "11:00")
    assert scaling_event_at([*rollout, scaled], "worker", 4) == datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert scaling_event_at([*rollout, scaled], "worker", 3) is None, "somebody changed it after the event"
    assert scaling_event_at([*rollout, scaled], "another", 4) is None
    assert scaling_event_at([], "worker", 1) is None


def test_a_rollouts_events_do_not_tell_when_somebody_scaled():
    assert scaling_event_at(recorded("events")["items"], "worker", 1) is None
    after = scaling("Scaled up replica set worker-new from 1 to 2", "10:05")
    before = scaling("Scaled down replica set worker-old from 1 to 0", "10:01")
    assert scaling_event_at([before, after], "worker", 2) is None


def test_events_are_folded_by_reason_the_newest_first():
    groups = event_groups(recorded("events")["items"])

    assert [group.last_at for group in groups] == sorted((group.last_at for group in groups), reverse=True)
    unhealthy = next(group for group in groups if group.reason == "Unhealthy")
    assert unhealthy.is_warning
    assert unhealthy.objects == 5
    assert unhealthy.count == 20 + 1 + 18 + 1 + 3 + 2 + 2
    # of the new kind of event, which has no count and another time
    scheduled = next(group for group in groups if group.reason == "Scheduled")
    assert (scheduled.count, scheduled.is_warning) == (6, False)
    assert scheduled.last_at == datetime(2026, 11, 28, 17, 53, 38, 730812, tzinfo=UTC)


def test_an_event_in_a_series_counts_and_dates_by_it():
    event = {
        "type": "Warning",
        "reason": "FailedScheduling",
        "involvedObject": {"kind": "Pod", "name": "a"},
        "eventTime": "2026-01-01T00:00:00Z",
        "series": {"count": 9, "lastObservedTime": "2026-01-01T01:00:00Z"},
    }
    (group,) = event_groups([event])
    assert (group.count, group.last_at) == (9, datetime(2026, 1, 1, 1, tzinfo=UTC))


def test_claims():
    claim = recorded("claims")["items"][1]
    assert volume(claim) == Volume(name="data-rabbitmq-0", phase="Bound", size=8 * 2**30, storage_class="standard")
    unbound = copy.deepcopy(claim) | {"status": {"phase": "Pending"}}
    assert (volume(unbound).phase, volume(unbound).size) == ("Pending", 8 * 2**30)


@pytest.mark.parametrize(
    ("spec", "counts"),
    [
        ({}, True),
        ({"scopes": ["NotTerminating"]}, True),
        ({"scopes": ["BestEffort"]}, False),
        ({"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass"}]}}, False),
    ],
)
def test_a_quota_says_whether_workers_count_in_it(spec, counts):
    quota = {
        "metadata": {"name": "team"},
        "spec": spec,
        "status": {"hard": {"requests.cpu": "4", "pods": "10"}, "used": {"requests.cpu": "1500m"}},
    }
    pods, cpu = quota_uses([quota])
    assert (cpu.resource, cpu.used, cpu.hard, cpu.counts_workers) == ("requests.cpu", 1.5, 4.0, counts)
    assert (pods.resource, pods.used, pods.hard) == ("pods", 0.0, 10.0)
