"""Which cluster the dashboard shows: said by settings, and found by itself in a pod."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dashboard import services
from dashboard.cluster.kubernetes import connecting
from dashboard.cluster.kubernetes.adapter import KubernetesCluster
from dashboard.cluster.local.processes import LocalProcesses
from shared.errors import ServiceUnavailable
from shared.settings import DashboardSettings

REAL = {"rabbitmq_url": "amqp://host/", "mongodb_url": "mongodb://host/"}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in ("RABBITMQ_URL", "MONGODB_URL", "BOOSTGRID_CLUSTER", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, False),
        (REAL, False),
        ({"kubernetes_service_host": "10.0.0.1"}, False),  # a notebook's pod with everything embedded
        ({"kubernetes_service_host": "10.0.0.1", **REAL}, True),
        ({"kubernetes_service_host": "10.0.0.1", **REAL, "cluster": "local"}, False),
        ({"cluster": "kubernetes"}, True),
    ],
)
def test_a_pod_with_real_services_is_on_kubernetes_unless_settings_say_else(given, expected):
    assert DashboardSettings(**given).on_kubernetes is expected


def test_a_cluster_of_an_unknown_kind_is_refused(monkeypatch):
    monkeypatch.setenv("BOOSTGRID_CLUSTER", "nomad")
    with pytest.raises(ValidationError, match="cluster"):
        DashboardSettings()


def opened(monkeypatch, **settings: object):
    monkeypatch.setattr(services, "settings", lambda: DashboardSettings(**settings))
    return services.cluster.__wrapped__()


def test_local_processes_are_the_default(monkeypatch, tmp_path):
    assert isinstance(opened(monkeypatch, home=tmp_path), LocalProcesses)


def test_kubernetes_is_opened_with_a_kubeconfig(monkeypatch, tmp_path):
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        "{apiVersion: v1, kind: Config, current-context: a, users: [], "
        "clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}], contexts: [{name: a, context: {cluster: a}}]}"
    )
    cluster = opened(monkeypatch, home=tmp_path, cluster="kubernetes", kubeconfig=kubeconfig)
    assert isinstance(cluster, KubernetesCluster)


def test_kubernetes_without_a_way_to_it_says_what_to_set(monkeypatch, tmp_path):
    with pytest.raises(ServiceUnavailable, match="BOOSTGRID_KUBECONFIG"):
        opened(monkeypatch, home=tmp_path, cluster="kubernetes", kubeconfig=tmp_path / "missing")


def test_the_namespace_is_the_pods_own_else_that_of_the_overlays(monkeypatch, tmp_path):
    monkeypatch.setattr(connecting, "_ACCOUNT", tmp_path)
    assert connecting.own_namespace() == "boostgrid"
    (tmp_path / "namespace").write_text("team-a\n")
    assert connecting.own_namespace() == "team-a"
