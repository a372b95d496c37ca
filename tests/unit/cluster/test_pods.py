"""Pods as the API tells them become what the page shows: recorded ones, and these in every kind of trouble."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.cluster.kubernetes.pods import component, pod_process, usage
from dashboard.cluster.state import LastEnd, Resources
from shared.domain import ProcessState

RECORDED = Path(__file__).parent / "recorded"
GIB = 2**30


@pytest.fixture
def worker() -> dict[str, Any]:
    """The recorded pod of a worker, to be changed."""
    pods = json.loads((RECORDED / "pods.json").read_text())["items"]
    return copy.deepcopy(next(pod for pod in pods if component(pod) == "worker"))


def test_a_running_worker(worker):
    used = {worker["metadata"]["name"]: Resources(cpu=1.5, memory=GIB)}
    process = pod_process(worker, used)

    assert process.name == worker["metadata"]["name"]
    assert (process.state, process.phase, process.ready, process.detail) == (ProcessState.RUNNING, "Running", True, "")
    assert process.restarts == 0
    assert process.last_end is None
    assert process.node == worker["spec"]["nodeName"]
    assert process.started_at is not None
    assert process.started_at.tzinfo is not None
    assert process.requests.cpu is not None
    assert process.limits.memory is not None
    assert process.used == Resources(cpu=1.5, memory=GIB)
    assert process.containers == ("worker",)


def test_the_broker_has_the_container_that_ran_before_it_too():
    pods = json.loads((RECORDED / "pods.json").read_text())["items"]
    process = pod_process(next(pod for pod in pods if component(pod) == "rabbitmq"))
    assert process.containers == ("rabbitmq", "cookie")
    assert process.state is ProcessState.RUNNING


def test_a_container_that_was_killed_for_its_memory_names_its_limit(worker):
    worker["spec"]["containers"][0]["resources"]["limits"]["memory"] = "4Gi"
    status = worker["status"]["containerStatuses"][0]
    status["restartCount"] = 2
    status["lastState"] = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-01-01T10:00:00Z"}}
    process = pod_process(worker)

    assert process.restarts == 2
    ended = datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert process.last_end == LastEnd(reason="OOMKilled", exit_code=137, ended_at=ended, memory_limit=4 * GIB)


def test_of_several_ends_the_latest_counts(worker):
    worker["spec"]["containers"].append({"name": "users"})
    first = worker["status"]["containerStatuses"][0]
    second = copy.deepcopy(first) | {"name": "users"}
    first["lastState"] = {"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": "2026-01-01T10:00:00Z"}}
    second["lastState"] = {"terminated": {"reason": "Error", "exitCode": 3, "finishedAt": "2026-01-01T11:00:00Z"}}
    worker["status"]["containerStatuses"].append(second)

    last_end = pod_process(worker).last_end

    assert last_end is not None
    assert (last_end.container, last_end.exit_code, last_end.memory_limit) == ("users", 3, None)


def test_a_pod_without_a_place_says_why(worker):
    message = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. preemption: 0/2 nodes ..."
    worker["status"] = {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}],
    }
    del worker["spec"]["nodeName"]
    process = pod_process(worker)

    assert (process.state, process.phase, process.ready, process.node) == (
        ProcessState.STARTING,
        "Pending",
        False,
        None,
    )
    assert process.detail == "None of 2 nodes takes it: 1 with too little CPU free, 1 cordoned (closed to new pods)."


@pytest.mark.parametrize(
    ("reason", "message", "state", "detail"),
    [
        ("ContainerCreating", "", ProcessState.STARTING, "is being created"),
        ("ImagePullBackOff", "Back-off pulling image x", ProcessState.CRASHED, "Back-off pulling image x"),
        ("CrashLoopBackOff", "back-off 5m0s restarting", ProcessState.CRASHED, "It keeps ending"),
        ("CreateContainerConfigError", 'secret "boostgrid" not found', ProcessState.CRASHED, '"boostgrid" not found'),
        ("SomethingNew", "", ProcessState.CRASHED, "SomethingNew"),
    ],
)
def test_a_container_that_waits_says_why(worker, reason, message, state, detail):
    worker["status"]["phase"] = "Pending"
    worker["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": reason, "message": message}}
    process = pod_process(worker)
    assert process.state is state
    assert detail in process.detail


def test_a_pod_that_was_told_to_stop(worker):
    worker["metadata"]["deletionTimestamp"] = "2026-01-01T10:00:00Z"
    assert pod_process(worker).state is ProcessState.STOPPING


def test_an_evicted_pod_says_why(worker):
    worker["status"] = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    process = pod_process(worker)
    assert process.state is ProcessState.CRASHED
    assert process.detail == "Evicted: The node was low on resource: memory."


def test_a_pod_that_runs_and_is_not_ready(worker):
    for condition in worker["status"]["conditions"]:
        if condition["type"] == "Ready":
            condition["status"] = "False"
    process = pod_process(worker)
    assert (process.state, process.ready) == (ProcessState.RUNNING, False)
    assert "not report ready" in process.detail


def test_a_sidecar_counts_into_what_a_pod_asks_for(worker):
    before = pod_process(worker).requests.cpu
    worker["spec"]["initContainers"] = [
        {"name": "sidecar", "restartPolicy": "Always", "resources": {"requests": {"cpu": "250m"}}},
        {"name": "once", "resources": {"requests": {"cpu": "8"}}},
    ]
    assert pod_process(worker).requests.cpu == pytest.approx(before + 0.25)


@pytest.mark.parametrize("pod", [{}, {"metadata": {}, "status": {}}, {"metadata": {"name": "a", "labels": None}}])
def test_a_pod_of_which_nothing_is_told_yet_is_starting(pod):
    assert pod_process(pod).state is ProcessState.STARTING
    assert component(pod) == ""


def test_usage_is_the_sum_over_containers():
    metrics = [
        {
            "metadata": {"name": "mongodb-0"},
            "containers": [
                {"usage": {"cpu": "12345678n", "memory": "300Mi"}},
                {"usage": {"cpu": "250m", "memory": "100Mi"}},
            ],
        },
        {"metadata": {"name": "odd"}, "containers": [{"usage": {"cpu": "much"}}]},
    ]
    used = usage(metrics)
    assert used["mongodb-0"].cpu == pytest.approx(0.262345678)
    assert used["mongodb-0"].memory == 400 * 2**20
    assert used["odd"] == Resources()
