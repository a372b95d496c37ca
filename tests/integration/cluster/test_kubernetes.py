"""The adapter against a real API server, with a ServiceAccount's own token: what it may, and what it may not."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from kubernetes.client import AppsV1Api, CoreV1Api, RbacAuthorizationV1Api

from dashboard.cluster import ClusterState, ScaledMeanwhile, ScalingRefused
from dashboard.cluster.kubernetes.adapter import KubernetesCluster
from dashboard.cluster.kubernetes.api import KubernetesApi
from dashboard.cluster.kubernetes.loss_reader import LossReader
from dashboard.cluster.kubernetes.permissions import RULES, SCALE, Rule
from shared.domain import AttemptCause, ProcessState
from shared.testing import InMemoryStore, make_attempt, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.api_server import ApiServer

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


@dataclass
class Namespace:
    """A namespace of one test's own, with a Deployment of workers and an account."""

    server: ApiServer
    name: str

    def __post_init__(self) -> None:
        admin = self.server.admin()
        self.core, self.apps, self.rbac = CoreV1Api(admin), AppsV1Api(admin), RbacAuthorizationV1Api(admin)
        self.core.create_namespace({"metadata": {"name": self.name}})
        self.core.create_namespaced_service_account(self.name, {"metadata": {"name": "dashboard"}})

    def deploy(self, replicas: int) -> None:
        labels = {"app.kubernetes.io/component": "worker"}
        container = {
            "name": "worker",
            "image": "boostgrid-worker:1",
            "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "2Gi"}},
        }
        self.apps.create_namespaced_deployment(
            self.name,
            {
                "metadata": {"name": "worker"},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": labels},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {"containers": [container], "terminationGracePeriodSeconds": 120},
                    },
                },
            },
            field_manager="kubectl-client-side-apply",
        )

    def add_pod(self, name: str, component: str, status: dict[str, Any]) -> None:
        """Make a pod, and say of it what a kubelet would."""
        self.core.create_namespaced_pod(
            self.name,
            {
                "metadata": {"name": name, "labels": {"app.kubernetes.io/component": component}},
                "spec": {"containers": [{"name": component, "image": "boostgrid-worker:1"}]},
            },
        )
        self.core.patch_namespaced_pod_status(name, self.name, {"status": status})

    def grant(self, *rules: Rule) -> None:
        """Let the account do what these rules say, and nothing else."""
        self.rbac.create_namespaced_role(
            self.name, {"metadata": {"name": "dashboard"}, "rules": [rule.as_dict() for rule in rules]}
        )
        self.rbac.create_namespaced_role_binding(
            self.name,
            {
                "metadata": {"name": "dashboard"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "dashboard"},
                "subjects": [{"kind": "ServiceAccount", "name": "dashboard", "namespace": self.name}],
            },
        )

    def api(self) -> KubernetesApi:
        """Return requests with the account's own token."""
        answer = self.core.create_namespaced_service_account_token(
            "dashboard", self.name, {"spec": {"expirationSeconds": 3600}}, _preload_content=False
        )
        token = json.loads(answer.data)["status"]["token"]
        return KubernetesApi(self.server.configuration(token))

    def cluster(self) -> KubernetesCluster:
        """Return the adapter with the account's own token."""
        return KubernetesCluster(self.api(), self.name, maximum=8)

    def replicas(self) -> int:
        return int(self.apps.read_namespaced_deployment_scale("worker", self.name).spec.replicas or 0)


@pytest.fixture
def namespace(api_server: ApiServer) -> Iterator[Namespace]:
    return Namespace(api_server, f"boostgrid-{secrets.token_hex(4)}")


def soon(cluster: KubernetesCluster, holds: Callable[[ClusterState], bool]) -> ClusterState:
    """Return the first state that it holds for."""
    until = time.monotonic() + 20
    while not holds(state := cluster.state()):
        assert time.monotonic() < until, state
        time.sleep(0.2)
    return state


def gaps(state: ClusterState) -> dict[str, str]:
    return {gap.what: gap.reason for gap in state.gaps}


def test_with_the_role_everything_is_told(namespace):
    namespace.grant(*RULES)
    namespace.deploy(3)
    conditions = [{"type": "Ready", "status": "True"}, {"type": "PodScheduled", "status": "True"}]
    namespace.add_pod("worker-a", "worker", {"phase": "Running", "conditions": conditions})
    namespace.add_pod("rabbitmq-0", "rabbitmq", {"phase": "Pending"})
    namespace.core.create_namespaced_resource_quota(
        namespace.name, {"metadata": {"name": "team"}, "spec": {"hard": {"requests.cpu": "2"}}}
    )
    namespace.core.create_namespaced_persistent_volume_claim(
        namespace.name,
        {
            "metadata": {"name": "data-rabbitmq-0", "labels": {"app.kubernetes.io/component": "rabbitmq"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "8Gi"}}},
        },
    )
    namespace.core.create_namespaced_event(
        namespace.name,
        {
            "metadata": {"name": "worker-a.1"},
            "involvedObject": {"kind": "Pod", "name": "worker-a", "namespace": namespace.name},
            "type": "Warning",
            "reason": "BackOff",
            "message": "Back-off restarting failed container",
            "count": 4,
            "lastTimestamp": "2026-01-01T00:00:00Z",
        },
    )

    state = namespace.cluster().state()

    assert state.read_only is None
    assert set(gaps(state)) == {"CPU and memory in use"}  # no metrics-server here, which is no fault of the Role
    assert "not installed" in gaps(state)["CPU and memory in use"]
    assert state.desired == 3
    assert state.deployment is not None
    assert state.grace_seconds == 120
    assert (state.worker_requests.cpu, state.worker_limits.memory) == (0.5, 2 * 2**30)
    (pod,) = state.processes
    assert (pod.name, pod.state, pod.ready) == ("worker-a", ProcessState.RUNNING, True)
    broker, store = state.services
    assert [pod.phase for pod in broker.processes] == ["Pending"]
    assert (broker.volumes[0].name, broker.volumes[0].size) == ("data-rabbitmq-0", 8 * 2**30)
    assert not store.processes
    assert [(event.reason, event.count, event.about) for event in state.events] == [("BackOff", 4, "Pod worker-a")]
    assert [(use.resource, use.hard) for use in state.quota] == [("requests.cpu", 2.0)]


def test_the_slider_patches_the_scale_and_is_named_as_who_did(namespace):
    namespace.grant(*RULES)
    namespace.deploy(1)
    cluster = namespace.cluster()
    assert cluster.state().scaled is not None
    assert cluster.state().scaled.manager == "kubectl-client-side-apply"

    cluster.scale(4, shown=1)

    assert namespace.replicas() == 4
    state = soon(cluster, lambda state: state.desired == 4)
    assert state.scaled is not None
    assert state.scaled.by_us
    assert state.scaled.at is not None  # as this process saw it: the API notes no time for the scale subresource

    cluster.scale(0, shown=4)
    assert namespace.replicas() == 0
    cluster.scale(2, shown=0)  # the API leaves a zero out of what it sends
    assert namespace.replicas() == 2


def test_two_people_do_not_fight(namespace):
    namespace.grant(*RULES)
    namespace.deploy(1)
    cluster = namespace.cluster()
    namespace.apps.patch_namespaced_deployment_scale(
        "worker", namespace.name, {"spec": {"replicas": 5}}, field_manager="kubectl-scale"
    )

    with pytest.raises(ScaledMeanwhile, match=r"by kubectl-scale from 1 to 5 meanwhile, so 2 was not sent"):
        cluster.scale(2, shown=1)
    assert namespace.replicas() == 5

    cluster.scale(5, shown=1)  # what is wanted is already so
    assert namespace.replicas() == 5


def test_a_change_of_something_else_between_reading_and_patching_is_no_conflict(namespace, monkeypatch):
    namespace.grant(*RULES)
    namespace.deploy(1)
    cluster = namespace.cluster()
    api, patched = cluster._api, cluster._api.patch

    def patch(path, body, **query):
        monkeypatch.setattr(api, "patch", patched)
        namespace.apps.patch_namespaced_deployment("worker", namespace.name, {"metadata": {"annotations": {"x": "y"}}})
        return patched(path, body, **query)

    monkeypatch.setattr(api, "patch", patch)
    cluster.scale(3, shown=1)
    assert namespace.replicas() == 3


def test_more_than_the_maximum_is_refused_and_names_the_setting(namespace):
    namespace.grant(*RULES)
    namespace.deploy(1)
    with pytest.raises(ScalingRefused, match="BOOSTGRID_WORKERS_MAX"):
        namespace.cluster().scale(9, shown=1)
    assert namespace.replicas() == 1


@pytest.mark.parametrize("missing", RULES, ids=lambda rule: rule.what)
def test_a_missing_permission_is_named_with_the_rule_to_add_and_the_rest_is_shown(namespace, missing):
    namespace.grant(*(rule for rule in RULES if rule is not missing))
    namespace.deploy(2)
    namespace.add_pod("worker-a", "worker", {"phase": "Running"})
    cluster = namespace.cluster()

    state = cluster.state()

    named = {gap.what: gap for gap in state.gaps}
    if missing.what == "logs":  # asked for only when somebody reads them
        text = cluster.logs("worker-a")
        assert "get pods/log" in text
        assert missing.as_yaml() in text
    elif missing.what == "CPU and memory in use":  # without metrics-server there is nothing to be forbidden
        assert missing.what in named
    else:
        assert missing.resource in named[missing.what].reason
        assert named[missing.what].remedy == missing.as_yaml()
    if missing is SCALE:
        assert state.read_only is not None
        assert "deployments/scale (apps)" in state.read_only
        with pytest.raises(ScalingRefused, match="deployments/scale"):
            cluster.scale(3, shown=2)
        assert namespace.replicas() == 2
    if missing.what != "pods":
        assert [pod.name for pod in state.processes] == ["worker-a"]


def test_the_rule_as_it_is_shown_is_what_was_missing(namespace):
    namespace.deploy(1)
    cluster = namespace.cluster()
    state = cluster.state()
    assert {gap.what for gap in state.gaps} >= {rule.what for rule in RULES if rule.what not in ("logs", SCALE.what)}

    namespace.grant(*RULES)

    assert soon(cluster, lambda state: not gaps(state).keys() - {"CPU and memory in use"}).deployment is not None


def test_without_the_deployment_it_says_what_to_apply(namespace):
    namespace.grant(*RULES)
    state = namespace.cluster().state()
    assert state.desired == 0
    assert state.read_only is not None
    assert "no Deployment worker" in state.read_only
    assert "Apply an overlay" in state.read_only


def test_logs_of_what_is_not_there_are_empty(namespace):
    namespace.grant(*RULES)
    assert namespace.cluster().logs("worker-gone") == ""


def test_the_role_suffices_to_find_out_why_workers_are_gone(namespace):
    namespace.grant(*RULES)
    now = datetime.now(UTC)
    disrupted = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI", "message": "drained"}
    killed = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    container = {"name": "worker", "image": "i", "imageID": "", "ready": True, "restartCount": 1}
    container |= {"lastState": {"terminated": killed}, "state": {"running": {}}}
    namespace.add_pod("drained", "worker", {"phase": "Running", "conditions": [disrupted]})
    namespace.add_pod("starved", "worker", {"phase": "Running", "containerStatuses": [container]})
    namespace.core.create_namespaced_event(
        namespace.name,
        {
            "metadata": {"name": "preempted.1"},
            "involvedObject": {"kind": "Pod", "name": "unseen", "namespace": namespace.name},
            "reason": "Preempted",
            "lastTimestamp": now.isoformat(),
        },
    )
    store = InMemoryStore()
    store.save_sweep(make_sweep())
    store.append_attempts(
        [
            make_attempt(pod, AttemptCause.LOST, trials=(pod,), pod=pod, ended_at=now, written_by="another")
            for pod in ("drained", "starved", "unseen")
        ]
    )

    assert LossReader(namespace.api(), namespace.name, store).look()

    causes = {
        each.pod: each.cause
        for (each,) in store.attempts([fake_trial_id(pod) for pod in ("drained", "starved", "unseen")]).values()
    }
    assert causes == {
        "drained": AttemptCause.DRAINED,
        "starved": AttemptCause.POD_OUT_OF_MEMORY,
        "unseen": AttemptCause.PREEMPTED,
    }
