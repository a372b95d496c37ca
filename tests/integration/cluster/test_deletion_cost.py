"""The component pod-deletion-cost against a real API server: who goes first, and what its policy refuses."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from kubernetes.client import AdmissionregistrationV1Api

from dashboard.cluster import ScaledMeanwhile
from dashboard.cluster.kubernetes import deletion_cost
from dashboard.cluster.kubernetes.api import KubernetesApi, Refused
from dashboard.cluster.kubernetes.deletion_cost import COST, LOWEST
from dashboard.cluster.kubernetes.permissions import MARK_PODS, RULES
from tests.integration.cluster.test_kubernetes import Namespace
from tests.support import ROOT
from tests.support.api_server import ApiServer

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


@pytest.fixture
def workers(api_server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> Namespace:
    """Three workers' pods, and an account that may mark them."""
    monkeypatch.setattr(deletion_cost, "SETTLE_SECONDS", 0.1)
    namespace = Namespace(api_server, f"cost-{secrets.token_hex(4)}")
    namespace.deploy(3)
    for name in ("busy", "idle", "pending"):
        namespace.add_pod(name, "worker", {"phase": "Pending" if name == "pending" else "Running"})
    return namespace


def costs(namespace: Namespace) -> dict[str, str | None]:
    pods = namespace.core.list_namespaced_pod(namespace.name).items
    return {pod.metadata.name: (pod.metadata.annotations or {}).get(COST) for pod in pods}


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def watch_scaling(cluster: Any, namespace: Namespace, monkeypatch: pytest.MonkeyPatch, *gone: str) -> dict[str, Any]:
    """Note the costs at the moment of the scaling, after which these pods go, as a controller would have it."""
    seen: dict[str, Any] = {}
    patched = cluster._api.patch

    def patch(path: str, body: Any, **query: str) -> Any:
        if path.endswith("/scale"):
            seen.update(costs(namespace))
            answer = patched(path, body, **query)
            for name in gone:
                namespace.core.delete_namespaced_pod(name, namespace.name, grace_period_seconds=0)
            return answer
        return patched(path, body, **query)

    monkeypatch.setattr(cluster._api, "patch", patch)
    return seen


def test_idle_and_pending_pods_have_the_lowest_cost_while_the_number_is_lowered_and_none_after(workers, monkeypatch):
    workers.grant(*RULES, MARK_PODS)
    cluster = workers.cluster()
    assert cluster.state().stops_idle_first
    seen = watch_scaling(cluster, workers, monkeypatch, "idle")

    cluster.scale(2, shown=3, idle=["idle", "pending", "gone-already"])

    assert seen == {"busy": None, "idle": LOWEST, "pending": LOWEST}
    eventually(lambda: costs(workers) == {"busy": None, "pending": None})
    assert workers.replicas() == 2


def test_what_an_ended_dashboard_left_behind_is_taken_off(workers, monkeypatch):
    workers.grant(*RULES, MARK_PODS)
    workers.core.patch_namespaced_pod("busy", workers.name, {"metadata": {"annotations": {COST: LOWEST}}})
    cluster = workers.cluster()
    seen = watch_scaling(cluster, workers, monkeypatch, "idle")
    cluster.scale(2, shown=3, idle=["idle"])
    assert seen == {"busy": None, "idle": LOWEST, "pending": None}


def test_a_number_that_is_not_lowered_leaves_no_mark(workers):
    workers.grant(*RULES, MARK_PODS)
    workers.apps.patch_namespaced_deployment_scale("worker", workers.name, {"spec": {"replicas": 5}})
    with pytest.raises(ScaledMeanwhile):
        workers.cluster().scale(2, shown=3, idle=["idle"])
    eventually(lambda: not any(costs(workers).values()))
    assert workers.replicas() == 5


def test_marks_are_taken_off_where_nobody_follows(workers, monkeypatch):
    monkeypatch.setattr(deletion_cost, "STOPPED_SECONDS", 1.0)
    workers.grant(*RULES, MARK_PODS)
    workers.cluster().scale(2, shown=3, idle=["idle"])
    assert costs(workers)["idle"] == LOWEST
    eventually(lambda: not any(costs(workers).values()))


def test_without_the_component_nothing_is_marked_and_nothing_missing(workers, monkeypatch):
    workers.grant(*RULES)
    cluster = workers.cluster()
    state = cluster.state()
    assert not state.stops_idle_first
    assert MARK_PODS.what not in {gap.what for gap in state.gaps}
    seen = watch_scaling(cluster, workers, monkeypatch)
    cluster.scale(2, shown=3, idle=["idle"])
    assert not any(seen.values())
    assert workers.replicas() == 2


def test_pods_that_cannot_be_marked_do_not_keep_from_scaling(workers, monkeypatch, caplog):
    workers.grant(*RULES, MARK_PODS)
    cluster = workers.cluster()
    patched = cluster._api.patch

    def patch(path: str, body: Any, **query: str) -> Any:
        if "/pods/" in path:
            raise Refused(403, "Forbidden", "a policy denied the request")
        return patched(path, body, **query)

    monkeypatch.setattr(cluster._api, "patch", patch)
    with caplog.at_level(logging.WARNING):
        cluster.scale(2, shown=3, idle=["idle"])
    assert workers.replicas() == 2
    assert "pods cannot be marked: a policy denied the request" in caplog.text


@pytest.fixture
def guarded(workers: Namespace) -> KubernetesApi:
    """Requests of an account that the component's policy watches."""
    documents = yaml.safe_load_all((ROOT / "k8s/components/pod-deletion-cost/dashboard.yaml").read_text())
    _, _, policy, binding = documents
    spec = policy["spec"]
    spec["matchConstraints"]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] = workers.name
    (condition,) = spec["matchConditions"]
    account = "system:serviceaccount:boostgrid:dashboard"
    assert account in condition["expression"]
    condition["expression"] = condition["expression"].replace(
        account, f"system:serviceaccount:{workers.name}:dashboard"
    )
    policy["metadata"]["name"] = binding["metadata"]["name"] = binding["spec"]["policyName"] = workers.name
    admission = AdmissionregistrationV1Api(workers.server.admin())
    admission.create_validating_admission_policy(policy)
    admission.create_validating_admission_policy_binding(binding)
    workers.grant(*RULES, MARK_PODS)
    workers.add_pod("rabbitmq-0", "rabbitmq", {"phase": "Running"})
    api = workers.api()

    def is_in_force() -> bool:
        another = {"metadata": {"labels": {"probe": secrets.token_hex(4)}}}  # the same again would be no change
        try:
            api.patch(f"/api/v1/namespaces/{workers.name}/pods/busy", another)
        except Refused as refused:
            return "pod-deletion-cost only" in str(refused)
        return False

    eventually(is_in_force)
    return api


@pytest.mark.parametrize(
    "body",
    [
        {"metadata": {"labels": {"app.kubernetes.io/component": "dashboard"}}},
        {"metadata": {"labels": {"app.kubernetes.io/component": None}}},
        {"metadata": {"annotations": {"another": "x"}}},
        {"metadata": {"annotations": {COST: "1", "another": "x"}}},
        {"metadata": {"finalizers": ["boostgrid.example/stay"]}},
        {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "x"}]}},
        {"spec": {"activeDeadlineSeconds": 1}},
    ],
    ids=str,
)
def test_the_policy_refuses_every_other_change(workers, guarded, body):
    with pytest.raises(Refused, match="pod-deletion-cost only"):
        guarded.patch(f"/api/v1/namespaces/{workers.name}/pods/busy", body)


def test_the_policy_allows_the_annotation_on_workers_pods_only(workers, guarded):
    path = f"/api/v1/namespaces/{workers.name}/pods"
    guarded.patch(f"{path}/busy", {"metadata": {"annotations": {COST: LOWEST}}})
    assert costs(workers)["busy"] == LOWEST
    guarded.patch(f"{path}/busy", {"metadata": {"annotations": {COST: None}}})
    assert costs(workers)["busy"] is None
    with pytest.raises(Refused, match="pods of workers only"):
        guarded.patch(f"{path}/rabbitmq-0", {"metadata": {"annotations": {COST: LOWEST}}})
    # others are none of its business
    workers.core.patch_namespaced_pod("busy", workers.name, {"metadata": {"labels": {"by": "somebody"}}})
