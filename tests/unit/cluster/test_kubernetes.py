"""The adapter over servers in trouble: what was seen stays, with its age and the reason."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from dashboard.cluster.kubernetes.adapter import KubernetesCluster
from dashboard.cluster.kubernetes.api import KubernetesApi
from dashboard.cluster.kubernetes.connecting import connect
from dashboard.cluster.kubernetes.reading import Reading
from shared.errors import ServiceUnavailable
from tests.support.false_api import FalseApi, Mute

RECORDED = Path(__file__).parent / "recorded"
KINDS = {"pods": "pods", "events": "events", "persistentvolumeclaims": "claims"}


def as_recorded(method: str, path: str) -> tuple[Any, ...]:
    """Answer as the recorded server did, without metrics-server."""
    if method == "POST":
        return 201, {"status": {"allowed": True}}
    if path.startswith("/apis/metrics.k8s.io"):
        return 404, {"message": "the server could not find the requested resource"}
    if path.endswith("/deployments/worker"):
        return 200, json.loads((RECORDED / "deployment.json").read_text())
    if path.endswith("/log"):
        return 200, b"took a task\n"
    name = KINDS.get(path.rpartition("/")[2])
    return 200, json.loads((RECORDED / f"{name}.json").read_text()) if name else {"items": []}


@pytest.fixture
def server():
    with FalseApi() as server:
        server.answer = as_recorded
        yield server


def cluster_of(server, pause: float = 0.05, read_seconds: float = 10.0) -> KubernetesCluster:
    api = KubernetesApi(server.configuration(), read_seconds=read_seconds, answer_seconds=2 * read_seconds)
    cluster = KubernetesCluster(api, "boostgrid", maximum=8)
    cluster._reader._pause = pause
    return cluster


def soon(cluster: KubernetesCluster, holds) -> Any:
    end = time.monotonic() + 10
    while not holds(state := cluster.state()):
        assert time.monotonic() < end, state
        time.sleep(0.02)
    return state


def test_a_namespace_as_it_was_recorded(server):
    state = cluster_of(server).state()

    assert (state.desired, state.maximum, state.read_only, state.trouble) == (1, 8, None, None)
    assert [process.name.startswith("worker-") for process in state.processes] == [True]
    assert [len(service.processes) for service in state.services] == [1, 0]
    assert [service.volumes[0].phase for service in state.services] == ["Bound", "Bound"]
    assert state.observed_at is not None
    assert [gap.what for gap in state.gaps] == ["CPU and memory in use"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda *_: (429, {"message": "slow down"}), "HTTP 429: slow down"),
        (lambda *_: (500, {"message": "etcdserver: no leader"}), "no leader"),
        (lambda *_: (401, {}), "does not know this login"),
        (lambda *_: (200, b"<html>"), "no JSON"),
        (lambda *_: (200, {"items": "none"}), "cannot be read"),
    ],
)
def test_what_was_seen_stays_while_the_server_is_in_trouble(server, answer, told):
    cluster = cluster_of(server)
    seen = cluster.state()
    server.answer = answer
    state = soon(cluster, lambda state: state.trouble is not None)
    assert told in state.trouble
    assert (state.processes, state.desired) == (seen.processes, 1)

    server.answer = as_recorded
    recovered = soon(cluster, lambda state: state.trouble is None)
    assert recovered.observed_at > state.observed_at


def test_a_server_that_turns_slow_is_told_and_looking_stays_quick(server):
    cluster = cluster_of(server, read_seconds=0.5)
    cluster.state()
    server.delay = 2.0
    state = soon(cluster, lambda state: state.trouble is not None)
    assert "no answer within 0.5 s" in state.trouble
    began = time.monotonic()
    for _ in range(20):
        cluster.state()
    assert time.monotonic() - began < 5


def test_ten_viewers_cost_the_server_what_one_does(server):
    cluster = cluster_of(server, pause=10.0)
    for _ in range(10):
        cluster.state()
    lists = [path for _, path in server.requests if "/pods?" in path and "metrics" not in path]
    assert len(lists) == 1


def test_a_mute_server_is_unavailable():
    with Mute() as server, pytest.raises(ServiceUnavailable, match="no answer within"):
        cluster_of(server, read_seconds=0.5).state()


def test_a_refusal_by_something_else_than_the_role_is_told_in_the_servers_words(server):
    def answer(method: str, path: str) -> tuple[Any, ...]:
        if path.endswith("/events"):
            return 403, {"message": "a webhook says no"}
        return as_recorded(method, path)

    server.answer = answer
    gap = next(gap for gap in cluster_of(server).state().gaps if gap.what == "events")
    assert "a webhook says no" in gap.reason
    assert not gap.remedy


def test_metrics_that_are_away_take_nothing_else_along(server):
    def answer(method: str, path: str) -> tuple[Any, ...]:
        if path.startswith("/apis/metrics.k8s.io"):
            return 503, b"service unavailable"
        return as_recorded(method, path)

    server.answer = answer
    state = cluster_of(server).state()
    assert state.trouble is None
    assert [gap.what for gap in state.gaps] == ["CPU and memory in use"]
    assert len(state.processes) == 1


@pytest.mark.parametrize(("pause", "is_known"), [(2.0, True), (3600.0, False)])
def test_when_the_number_was_set_is_told_only_where_it_was_seen(server, pause, is_known):
    number, now = 1, 1000.0

    def answer(method: str, path: str) -> tuple[Any, ...]:
        if path.endswith("/deployments/worker"):
            raw = json.loads((RECORDED / "deployment.json").read_text())
            raw["spec"]["replicas"] = number
            owner = {"manager": "kubectl-scale", "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
            raw["metadata"]["managedFields"] = [owner]
            return 200, raw
        return as_recorded(method, path)

    server.answer = answer
    reading = Reading(KubernetesApi(server.configuration()), "boostgrid", 8, clock=lambda: now)
    first = reading().scaled
    assert first is not None
    assert (first.manager, first.at) == ("kubectl-scale", None)

    number, now = 3, now + pause
    second = reading().scaled
    assert second is not None
    assert (second.at is not None) is is_known


def test_followers_of_one_log_share_an_answer(server):
    cluster = cluster_of(server)
    for _ in range(5):
        assert cluster.logs("worker-a", 50, container="worker", previous=True) == "took a task\n"
    (request,) = [path for _, path in server.requests if "/log" in path]
    for part in ("tailLines=50", "container=worker", "previous=true", "limitBytes="):
        assert part in request


def test_a_log_that_is_not_there_yet_says_why(server):
    server.answer = lambda *_: (400, {"message": 'container "worker" is waiting to start: ContainerCreating'})
    cluster = cluster_of(server)
    assert "waiting to start" in cluster.logs("worker-a")
    assert cluster.logs("worker-a", previous=True) == ""


def test_without_any_configuration_it_says_what_to_set(tmp_path):
    with pytest.raises(ServiceUnavailable, match="BOOSTGRID_KUBECONFIG"):
        connect(tmp_path / "missing")


def test_a_kubeconfig_is_read(tmp_path, server):
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "a", "cluster": {"server": server.configuration().host}}],
                "users": [{"name": "a", "user": {"token": "secret"}}],
                "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
                "current-context": "a",
            }
        )
    )
    assert connect(kubeconfig).list("/api/v1/namespaces/boostgrid/pods")
