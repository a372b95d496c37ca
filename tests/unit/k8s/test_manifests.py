"""Every overlay is valid, and keeps what the project promises of its manifests."""

from __future__ import annotations

import subprocess

import kubernetes_validate
import pytest

from shared.settings import DashboardSettings, WorkerSettings
from tests.unit.k8s.conftest import containers, named, pod_templates

COMPONENTS = {"rabbitmq", "mongodb", "worker", "dashboard"}
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
PART_OF = "app.kubernetes.io/part-of"
#: the version whose schema they are held to
KUBERNETES = "1.36"


def test_every_resource_is_valid_and_has_no_unknown_field(resources):
    for each in resources:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_nothing_but_what_every_cluster_has(resources):
    groups = {each["apiVersion"].rpartition("/")[0] for each in resources}
    assert groups <= {"", "apps", "networking.k8s.io", "policy", "rbac.authorization.k8s.io"}


def test_everything_is_in_the_namespace_which_enforces_restricted(resources):
    (namespace,) = named(resources, "Namespace").values()
    assert namespace["metadata"]["name"] == "boostgrid"
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = [each for each in resources if each["kind"] != "Namespace"]
    assert {each["metadata"]["namespace"] for each in others} == {"boostgrid"}


def test_every_resource_has_the_recommended_labels(resources):
    for each in resources:
        labels = each["metadata"]["labels"]
        assert (labels[NAME], labels[PART_OF]) == ("boostgrid", "boostgrid"), each["metadata"]["name"]
        if each["kind"] not in ("Namespace", "Secret"):
            assert labels[COMPONENT] == each["metadata"]["name"].removesuffix("-headless")


def test_selectors_are_name_and_component_and_nothing_else(resources):
    selectors = {
        **{name: each["spec"]["selector"] for name, each in named(resources, "Service").items()},
        **{f"budget {name}": each["spec"]["selector"]["matchLabels"] for name, each in budgets(resources).items()},
    }
    for name, template in pod_templates(resources).items():
        (workload,) = [
            each
            for kind in ("Deployment", "StatefulSet")
            for each in named(resources, kind).values()
            if each["metadata"]["name"] == name
        ]
        selectors[f"workload {name}"] = workload["spec"]["selector"]["matchLabels"]
        assert workload["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    for name, selector in selectors.items():
        component = name.split()[-1].removesuffix("-headless")
        assert selector == {NAME: "boostgrid", COMPONENT: component}, name


def test_every_pod_and_container_is_restricted(resources):
    for template in pod_templates(resources).values():
        context = template["spec"]["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] > 0
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    for name, container in containers(resources).items():
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True, name
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert context.get("runAsUser", 1) > 0, name


def test_our_own_images_run_as_a_user_above_ten_thousand(resources):
    for name, template in pod_templates(resources).items():
        for container in template["spec"]["containers"]:
            if container["image"].startswith("boostgrid"):
                user = container["securityContext"].get("runAsUser", template["spec"]["securityContext"]["runAsUser"])
                assert user >= 10_000, name


def test_every_container_requests_and_limits_cpu_and_memory(resources):
    for name, container in containers(resources).items():
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys(), name


def test_every_image_has_a_tag_that_stays(resources):
    for name, container in containers(resources).items():
        _, colon, tag = container["image"].rpartition(":")
        assert colon, name
        assert tag not in ("latest", ""), name
        assert container["imagePullPolicy"] == "IfNotPresent", name


def test_ports_are_named_and_services_use_the_names(resources):
    names = {port["name"] for each in containers(resources).values() for port in each.get("ports", [])}
    for name, service in named(resources, "Service").items():
        for port in service["spec"]["ports"]:
            assert port["targetPort"] == port["name"], name
            assert port["targetPort"] in names, name
    for name, container in containers(resources).items():
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = container.get(kind, {})
            port = (probe.get("tcpSocket") or probe.get("httpGet") or {"port": "none"})["port"]
            assert isinstance(port, str), name


def budgets(resources):
    return named(resources, "PodDisruptionBudget")


def test_every_workload_has_a_budget_that_a_drain_can_live_with(resources):
    assert budgets(resources).keys() == pod_templates(resources).keys() == COMPONENTS
    for name, budget in budgets(resources).items():
        assert budget["spec"]["maxUnavailable"] == 1, name
        assert "minAvailable" not in budget["spec"], name
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow", name


def test_only_the_dashboard_talks_to_the_kubernetes_api(resources):
    for name, template in pod_templates(resources).items():
        assert template["spec"]["serviceAccountName"] == name
        assert template["spec"]["enableServiceLinks"] is False
        assert template["spec"].get("automountServiceAccountToken", True) is (name == "dashboard")
    (binding,) = named(resources, "RoleBinding").values()
    assert [each["name"] for each in binding["subjects"]] == ["dashboard"]
    assert not named(resources, "ClusterRole")


def test_volumes_in_memory_and_on_the_nodes_disk_have_a_size(resources):
    for name, template in pod_templates(resources).items():
        for volume in template["spec"]["volumes"]:
            if "emptyDir" in volume:
                assert "sizeLimit" in volume["emptyDir"], f"{name}/{volume['name']}"


def test_every_setting_is_one_that_is_read(resources):
    known = {
        (field.validation_alias or f"BOOSTGRID_{name.upper()}")
        for model in (WorkerSettings, DashboardSettings)
        for name, field in model.model_fields.items()
    }
    for name in ("worker", "dashboard"):
        config = named(resources, "ConfigMap")[name]["data"]
        assert {each for each in config if each.startswith("BOOSTGRID_")} <= known


def test_the_credentials_come_from_the_secret(resources):
    (secret,) = named(resources, "Secret").values()
    assert secret["metadata"]["name"] == "boostgrid"
    for name, container in containers(resources).items():
        for variable in container.get("env", []):
            if variable["name"].endswith(("PASSWORD", "PASS", "SECRET")):
                reference = variable["valueFrom"]["secretKeyRef"]
                assert reference["name"] == "boostgrid", name
                assert reference["key"] in secret["data"], name


# the components


def test_a_worker_has_longer_to_end_than_it_takes_and_no_replicas_that_an_apply_would_reset(resources):
    worker = named(resources, "Deployment")["worker"]
    assert "replicas" not in worker["spec"]
    grace = float(named(resources, "ConfigMap")["worker"]["data"]["BOOSTGRID_GRACE_SECONDS"])
    assert worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= grace + 20


def test_a_workers_probes_look_at_its_heartbeat_without_starting_python(resources):
    worker = containers(resources)["worker/worker"]
    (file,) = [each["value"] for each in worker["env"] if each["name"] == "BOOSTGRID_HEARTBEAT_FILE"]
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        command = worker[kind]["exec"]["command"]
        assert file in " ".join(command)
        assert "python" not in " ".join(command)


def test_workers_spread_over_nodes_and_cordoned_ones_do_not_count(resources):
    (constraint,) = pod_templates(resources)["worker"]["spec"]["topologySpreadConstraints"]
    assert constraint["topologyKey"] == "kubernetes.io/hostname"
    assert constraint["nodeTaintsPolicy"] == "Honor"


def test_the_dashboards_doors(resources):
    config = named(resources, "ConfigMap")["dashboard"]["data"]
    assert config["STREAMLIT_SERVER_ENABLE_CORS"] == config["STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION"] == "true"
    assert config["STREAMLIT_SERVER_ENABLE_AGENT_API"] == "false"
    assert config["STREAMLIT_CLIENT_SHOW_ERROR_DETAILS"] == "none"
    dashboard = containers(resources)["dashboard/dashboard"]
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert dashboard[kind]["httpGet"]["path"] == "/_stcore/health"


def test_the_base_is_locked_and_the_local_overlay_says_that_it_is_not(render, manifests):
    base = (manifests / "k8s/base/dashboard.yaml").read_text()
    assert 'BOOSTGRID_ANONYMOUS: ""' in base
    assert named(render("k8s/overlays/local"), "ConfigMap")["dashboard"]["data"]["BOOSTGRID_ANONYMOUS"] == "operator"


def mib(quantity):
    units = {"Mi": 1, "MiB": 1, "Gi": 1024, "GiB": 1024}
    unit = quantity.lstrip("0123456789")
    return int(quantity.removesuffix(unit)) * units[unit]


def test_rabbitmqs_limits_fit_its_memory_and_its_volume(resources):
    lines = named(resources, "ConfigMap")["rabbitmq"]["data"]["20-boostgrid.conf"].splitlines()
    config = dict(line.split(" = ") for line in lines if line and not line.startswith("#"))
    memory = mib(containers(resources)["rabbitmq/rabbitmq"]["resources"]["limits"]["memory"])
    log = int(config["raft.wal_max_size_bytes"]) / 2**20
    assert mib(config["vm_memory_high_watermark.absolute"]) + 3 * log <= memory
    (claim,) = named(resources, "StatefulSet")["rabbitmq"]["spec"]["volumeClaimTemplates"]
    assert 4 * mib(config["disk_free_limit.absolute"]) <= mib(claim["spec"]["resources"]["requests"]["storage"])
    assert config["default_queue_type"] == "quorum"
    assert config["anonymous_login_user"] == "none"


def test_no_probe_of_rabbitmq_or_mongodb_starts_a_program_of_theirs(resources):
    for name in ("rabbitmq/rabbitmq", "mongodb/mongodb"):
        container = containers(resources)[name]
        assert "livenessProbe" not in container
        for kind in ("startupProbe", "readinessProbe"):
            assert container[kind].keys() & {"tcpSocket", "exec"} == {"tcpSocket"}


def test_mongodb_authenticates_and_takes_its_cache_from_its_limit(render):
    mongodb = containers(render("k8s/overlays/local"))["mongodb/mongodb"]
    (script,) = mongodb["args"]
    assert "exec mongod --auth" in script
    (limit,) = [each for each in mongodb["env"] if each["name"] == "MEMORY_LIMIT_MB"]
    assert limit["valueFrom"]["resourceFieldRef"]["resource"] == "limits.memory"


@pytest.mark.parametrize(("limit", "cache"), [(1024, "0.40"), (2048, "0.80"), (8192, "3.20"), (640, "0.25")])
def test_the_cache_is_two_fifths_of_the_limit(render, tmp_path, limit, cache):
    (script,) = containers(render("k8s/overlays/local"))["mongodb/mongodb"]["args"]
    told = tmp_path / "mongod"
    told.write_text('#!/bin/sh\necho "$@"\n')
    told.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "MEMORY_LIMIT_MB": str(limit)}
    said = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=True).stdout
    assert said.split()[-1] == cache
