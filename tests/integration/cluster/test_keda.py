"""Autoscaling against a real API server with KEDA's kind and the component's Role; what KEDA does, the test does."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import AutoscalingV2Api, CustomObjectsApi

from dashboard.cluster import Charge, ScaledMeanwhile, ScalingRefused
from dashboard.cluster.kubernetes.permissions import AUTOSCALING_RULES, LIST_AUTOSCALERS, RULES, SET_AUTOSCALING
from tests.integration.cluster.test_kubernetes import Namespace, gaps, soon
from tests.support.api_server import ApiServer
from tests.support.keda_kinds import component, keda_installed

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")

PAUSED, HELD = "autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"
KIND = ("keda.sh", "v1alpha1")


class Scaled(Namespace):
    """A namespace in which the component is applied, and the test is KEDA."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.objects, self.autoscalers = CustomObjectsApi(self.server.admin()), AutoscalingV2Api(self.server.admin())
        self.deploy(2)

    def apply_component(self) -> None:
        """Make what the component has, here."""
        scaled, role, binding = component()
        for each in (scaled, role, binding):
            each["metadata"]["namespace"] = self.name
        for subject in binding["subjects"]:
            subject["namespace"] = self.name
        self.objects.create_namespaced_custom_object(*KIND, self.name, "scaledobjects", scaled)
        self.rbac.create_namespaced_role(self.name, role)
        self.rbac.create_namespaced_role_binding(self.name, binding)
        self.add_autoscaler()

    def add_autoscaler(self) -> None:
        self.autoscalers.create_namespaced_horizontal_pod_autoscaler(
            self.name,
            {
                "metadata": {"name": "keda-hpa-worker"},
                "spec": {
                    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "worker"},
                    "minReplicas": 1,
                    "maxReplicas": 8,
                },
            },
        )

    def take_autoscaler_away(self) -> None:
        self.autoscalers.delete_namespaced_horizontal_pod_autoscaler("keda-hpa-worker", self.name)

    def scaled_object(self) -> dict[str, Any]:
        answer = self.objects.get_namespaced_custom_object(*KIND, self.name, "scaledobjects", "worker")
        assert isinstance(answer, dict)
        return answer

    def annotations(self) -> dict[str, str]:
        return self.scaled_object()["metadata"].get("annotations") or {}

    def change(self, body: dict[str, Any]) -> None:
        self.objects.patch_namespaced_custom_object(*KIND, self.name, "scaledobjects", "worker", body)

    def say(self, **conditions: str) -> None:
        """Write the ScaledObject's status, as KEDA does."""
        said = [{"type": name, "status": status} for name, status in conditions.items()]
        self.objects.patch_namespaced_custom_object_status(
            *KIND, self.name, "scaledobjects", "worker", {"status": {"conditions": said}}
        )


def new(server: ApiServer) -> Scaled:
    return Scaled(server, f"keda-{secrets.token_hex(4)}")


@pytest.fixture(scope="module")
def keda(api_server: ApiServer) -> Iterator[ApiServer]:
    with keda_installed(api_server.admin()):
        yield api_server


@pytest.fixture
def scaled(keda: ApiServer) -> Scaled:
    namespace = new(keda)
    namespace.apply_component()
    namespace.grant(*RULES)
    return namespace


def test_the_components_role_suffices_and_the_page_is_told_all(scaled):
    scaled.say(Ready="True", Active="False", Paused="True")
    state = scaled.cluster().state()
    assert set(gaps(state)) == {"CPU and memory in use"}
    seen = state.autoscaling
    assert seen is not None
    # the condition Paused says otherwise, and is no matter
    assert (seen.name, seen.charge, seen.minimum, seen.maximum) == ("worker", Charge.AUTOMATIC, 0, 8)
    assert (seen.polling_seconds, seen.reads_zero, seen.read_only) == (10, True, None)
    assert [each.name for each in seen.autoscalers] == ["keda-hpa-worker"]
    assert state.read_only is not None
    assert "KEDA is in charge" in state.read_only


def test_manual_waits_until_the_autoscaler_is_gone_and_then_the_slider_works(scaled):
    cluster = scaled.cluster()
    with pytest.raises(ScalingRefused, match="KEDA is in charge"):
        cluster.scale(3, shown=2)

    cluster.set_automatic(False)

    assert scaled.annotations()[PAUSED] == "true"
    assert soon(cluster, lambda state: state.autoscaling.charge is Charge.PAUSING).read_only is not None
    with pytest.raises(ScalingRefused, match="keda-hpa-worker is not gone yet"):
        cluster.scale(3, shown=2)
    assert scaled.replicas() == 2

    scaled.take_autoscaler_away()
    soon(cluster, lambda state: state.autoscaling.charge is Charge.MANUAL and state.read_only is None)
    cluster.scale(3, shown=2)
    assert scaled.replicas() == 3

    cluster.set_automatic(True)
    assert PAUSED not in scaled.annotations()
    with pytest.raises(ScalingRefused, match="KEDA is in charge"):
        cluster.scale(4, shown=3)
    assert scaled.replicas() == 3


def test_paused_and_paused_replicas_are_never_there_together(scaled):
    scaled.change({"metadata": {"annotations": {HELD: "2"}}})
    cluster = scaled.cluster()
    seen = cluster.state().autoscaling
    assert seen is not None
    assert (seen.charge, seen.held_at) == (Charge.HELD, 2)
    with pytest.raises(ScalingRefused, match="Held at 2 workers"):
        cluster.scale(3, shown=2)

    cluster.set_automatic(False)
    assert (scaled.annotations().get(PAUSED), scaled.annotations().get(HELD)) == ("true", None)

    scaled.change({"metadata": {"annotations": {HELD: "2"}}})
    cluster.set_automatic(True)
    assert not {PAUSED, HELD} & scaled.annotations().keys()


def test_limits_are_edited_and_what_somebody_else_set_meanwhile_is_kept(scaled):
    cluster = scaled.cluster()
    cluster.set_limits(1, 4, shown=(0, 8))
    spec = scaled.scaled_object()["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (1, 4)

    scaled.change({"spec": {"maxReplicaCount": 6}})
    with pytest.raises(ScaledMeanwhile, match="from 1 and 4 to 1 and 6 meanwhile, so 0 and 2 were not sent"):
        cluster.set_limits(0, 2, shown=(1, 4))
    assert scaled.scaled_object()["spec"]["maxReplicaCount"] == 6
    cluster.set_limits(1, 6, shown=(1, 4))  # they are so already


@pytest.mark.parametrize("limits", [(-1, 4), (5, 4), (0, 0), (0, 9)])
def test_limits_that_make_no_sense_are_not_sent(scaled, limits):
    with pytest.raises(ScalingRefused, match="BOOSTGRID_WORKERS_MAX"):
        scaled.cluster().set_limits(*limits, shown=(0, 8))
    assert scaled.scaled_object()["spec"]["maxReplicaCount"] == 8


@pytest.mark.parametrize("conflicts", [1, 99])
def test_a_status_that_is_written_between_reading_and_patching_is_met_again(scaled, monkeypatch, conflicts):
    cluster = scaled.cluster()
    patched, left = cluster._api.patch, [conflicts]

    def patch(path, body, **query):
        if left[0]:
            left[0] -= 1
            scaled.say(Ready="True", Active="True", Try=str(left[0]))
        return patched(path, body, **query)

    monkeypatch.setattr(cluster._api, "patch", patch)
    if conflicts == 1:
        cluster.set_automatic(False)
        assert scaled.annotations()[PAUSED] == "true"
    else:
        with pytest.raises(ScalingRefused, match="changes all the time"):
            cluster.set_automatic(False)
        assert PAUSED not in scaled.annotations()


def test_without_the_components_role_the_gap_has_the_rule_and_the_slider_works(keda):
    namespace = new(keda)  # KEDA is there for others
    namespace.grant(*RULES)
    cluster = namespace.cluster()
    state = cluster.state()
    named = {gap.what: gap for gap in state.gaps}
    assert named["autoscaling"].remedy == AUTOSCALING_RULES[0].as_yaml()
    assert "list scaledobjects (keda.sh)" in named["autoscaling"].reason
    cluster.scale(3, shown=2)
    assert namespace.replicas() == 3
    with pytest.raises(ScalingRefused, match=r"list scaledobjects \(keda.sh\)"):
        cluster.set_automatic(False)


@pytest.mark.parametrize("missing", [SET_AUTOSCALING, LIST_AUTOSCALERS], ids=lambda rule: rule.what)
def test_a_missing_permission_is_named_with_the_rule_and_nothing_is_changed(keda, missing):
    namespace = new(keda)
    namespace.apply_component()
    namespace.rbac.delete_namespaced_role("dashboard-autoscaling", namespace.name)
    namespace.grant(*RULES, *(rule for rule in AUTOSCALING_RULES if rule is not missing))
    cluster = namespace.cluster()
    state = cluster.state()
    named = {gap.what: gap for gap in state.gaps}
    assert named[missing.what].remedy == missing.as_yaml()
    assert state.autoscaling is not None
    assert state.autoscaling.read_only == named[missing.what].reason
    with pytest.raises(ScalingRefused, match=missing.resource):
        cluster.set_automatic(False)
    assert PAUSED not in namespace.annotations()


def test_where_the_autoscaler_may_not_be_looked_for_nobody_believes_that_it_is_gone(keda):
    namespace = new(keda)
    namespace.apply_component()
    namespace.rbac.delete_namespaced_role("dashboard-autoscaling", namespace.name)
    namespace.grant(*RULES, *(rule for rule in AUTOSCALING_RULES if rule is not LIST_AUTOSCALERS))
    namespace.change({"metadata": {"annotations": {PAUSED: "true"}}})
    cluster = namespace.cluster()
    seen = cluster.state().autoscaling
    assert seen is not None
    assert seen.charge is Charge.PAUSING
    with pytest.raises(ScalingRefused, match="horizontalpodautoscalers"):
        cluster.scale(3, shown=2)
    assert namespace.replicas() == 2


def test_a_scaled_object_of_another_name_names_the_rule_for_it(scaled):
    body = scaled.scaled_object()
    scaled.objects.delete_namespaced_custom_object(*KIND, scaled.name, "scaledobjects", "worker")
    body["metadata"] = {"name": "ours"}
    scaled.objects.create_namespaced_custom_object(*KIND, scaled.name, "scaledobjects", body)
    cluster = scaled.cluster()
    seen = cluster.state().autoscaling
    assert seen is not None
    assert (seen.name, seen.charge) == ("ours", Charge.AUTOMATIC)
    with pytest.raises(ScalingRefused, match=r"resourceNames: \[ours\]"):
        cluster.set_automatic(False)
