"""Every component on every overlay, in every combination: valid, and each does what its README says."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from shared.settings import DashboardSettings
from tests.e2e.edges import OPEN, OUTSIDE
from tests.unit.k8s.conftest import ROOT, named, pod_templates

#: in the order in which an overlay lists them
COMPONENTS = (
    "network-policies",
    "keda",
    "monitoring",
    "external-rabbitmq",
    "external-mongodb",
    "pod-deletion-cost",
    "oidc",
)
OVERLAYS = ("k8s/overlays/local", "k8s/overlays/production")
COMBINATIONS = [chosen for count in range(len(COMPONENTS) + 1) for chosen in itertools.combinations(COMPONENTS, count)]
#: the version whose schema Kubernetes' own kinds are held to
KUBERNETES = "1.36"
NAME, COMPONENT, PART_OF = (f"app.kubernetes.io/{each}" for each in ("name", "component", "part-of"))
#: where clouds hand a node's credentials out
METADATA_ADDRESSES = {"169.254.169.254/32", "fd00:ec2::254/128"}

both = pytest.mark.parametrize("overlay", OVERLAYS)


def strict(schema: Any) -> Any:
    """Return the schema with every field refused that it does not name."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


@pytest.fixture(scope="module")
def keda_schemas() -> dict[str, Any]:
    """The schemas of KEDA's kinds, as strict as Kubernetes' own are held."""
    schemas = yaml.safe_load((Path(__file__).parent / "keda-schemas.yaml").read_text())
    for schema in schemas.values():
        schema["properties"]["metadata"]["additionalProperties"] = True
    return {kind: strict(schema) for kind, schema in schemas.items()}


#: what was held against its schema; most resources are the same in many combinations
_valid: set[str] = set()


def check(resource, keda_schemas):
    """Hold a resource against the schema of its kind; unknown fields are refused."""
    written = json.dumps(resource, sort_keys=True)
    if written in _valid:
        return
    if resource["apiVersion"] == "keda.sh/v1alpha1":
        jsonschema.validate(resource, keda_schemas[resource["kind"]])
    elif resource["apiVersion"] == "monitoring.coreos.com/v1":
        pass  # its schema is not to be had here; test_monitors_name_ports_that_are_there looks at what is in them
    else:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)
    _valid.add(written)


def ids(combination):
    return "+".join(combination) or "none"


def test_every_component_is_here_and_has_a_readme_that_names_what_it_needs():
    for folder in COMPONENTS:
        readme = (ROOT / "k8s/components" / folder / "README.md").read_text()
        assert "Foreign kinds" in readme, folder
        assert len(readme.splitlines()) < 60, folder


@pytest.mark.slow
@both
@pytest.mark.parametrize("combination", COMBINATIONS, ids=ids)
def test_every_combination_is_valid(compose, keda_schemas, overlay, combination):
    resources = compose(overlay, combination)
    for each in resources:
        check(each, keda_schemas)
        labels = each["metadata"]["labels"]
        assert (labels[NAME], labels[PART_OF]) == ("boostgrid", "boostgrid"), each["metadata"]["name"]
    groups = {each["apiVersion"].rpartition("/")[0] for each in resources}
    foreign = {group for group in groups if "." in group and not group.endswith(".k8s.io")}
    operators = {"keda": "keda.sh", "monitoring": "monitoring.coreos.com"}
    assert foreign == {group for component, group in operators.items() if component in combination}
    assert ("NetworkPolicy" in {each["kind"] for each in resources}) is ("network-policies" in combination)
    for service in ("rabbitmq", "mongodb"):
        external = f"external-{service}" in combination
        left = {
            (each["kind"], each["metadata"]["name"]) for each in resources if each["kind"] != "TriggerAuthentication"
        }
        assert any(name.startswith(service) for _, name in left) is not external
        for pod in ("worker", "dashboard"):
            assert_address(resources, pod, service, external)
            assert opens_its_port_to_the_world(resources, pod, service) is (
                external and "network-policies" in combination
            )


def assert_address(resources, pod, service, external):
    """The service's address is the Secret's where it is external, else the Service of the namespace."""
    (container,) = pod_templates(resources)[pod]["spec"]["containers"]
    environment = {each["name"]: each for each in container["env"]}
    url = environment[f"{service.upper()}_URL"]
    if external:
        secret = {"name": f"external-{service}"}
        assert url == {
            "name": f"{service.upper()}_URL",
            "valueFrom": {"secretKeyRef": {**secret, "key": f"{service.upper()}_URL"}},
        }
        authority = environment[f"{service.upper()}_CA"]["valueFrom"]["secretKeyRef"]
        assert authority == {**secret, "key": "ca.crt", "optional": True}
        # a key that the Secret need not have would keep the pod from starting
        assert not {f"{service.upper()}_USERNAME", f"{service.upper()}_PASSWORD"} & environment.keys()
    else:
        assert f"@{service}:" in url["value"]
        # a variable that is used in another stands before it
        order = list(environment)
        assert order.index(f"{service.upper()}_PASSWORD") < order.index(f"{service.upper()}_URL")


def opens_its_port_to_the_world(resources, pod, service):
    """Say whether the pod may reach the service's port anywhere."""
    ports = {"rabbitmq": {5671, 5672}, "mongodb": {27017}}[service]
    policy = named(resources, "NetworkPolicy").get(pod)
    return policy is not None and any(
        {port["port"] for port in rule["ports"]} == ports and any("ipBlock" in peer for peer in rule["to"])
        for rule in policy["spec"]["egress"]
    )


# network-policies


@both
def test_everything_is_denied_that_no_policy_opens(compose, overlay):
    policies = named(compose(overlay, ["network-policies"]), "NetworkPolicy")
    assert policies.keys() == {"default-deny", "dashboard", "worker", "rabbitmq", "mongodb"}
    assert policies["default-deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"], name
        if name != "default-deny":
            assert policy["spec"]["podSelector"] == {"matchLabels": {NAME: "boostgrid", COMPONENT: name}}
    assert [name for name, policy in policies.items() if policy["spec"].get("egress")] == ["dashboard", "worker"]
    assert "ingress" not in policies["worker"]["spec"]


@both
def test_only_the_dashboard_reaches_out_and_never_a_nodes_credentials(compose, overlay):
    policies = named(compose(overlay, COMPONENTS[:2]), "NetworkPolicy")
    outside = {
        name: {port["port"] for port in rule["ports"]}
        for name, policy in policies.items()
        for rule in policy["spec"].get("egress", [])
        if any("ipBlock" in peer for peer in rule["to"])
    }
    assert outside == {"dashboard": {443, 6443, 8443}}


@pytest.mark.parametrize("combination", [COMPONENTS[:1], COMPONENTS], ids=ids)
@both
def test_no_rule_opens_a_nodes_credentials(compose, overlay, combination):
    blocks = [
        peer["ipBlock"]
        for policy in named(compose(overlay, combination), "NetworkPolicy").values()
        for rule in policy["spec"].get("egress", [])
        for peer in rule["to"]
        if "ipBlock" in peer
    ]
    assert blocks
    for block in blocks:
        assert {"0.0.0.0/0": "169.254.169.254/32", "::/0": "fd00:ec2::254/128"}[block["cidr"]] in block["except"]
        assert set(block["except"]) <= METADATA_ADDRESSES


def test_the_dashboard_is_open_to_a_nodes_address_with_a_nodeport_only(compose):
    (local,) = named(compose(OVERLAYS[0], ["network-policies"]), "NetworkPolicy")["dashboard"]["spec"]["ingress"]
    assert "from" not in local
    (rule,) = named(compose(OVERLAYS[1], ["network-policies"]), "NetworkPolicy")["dashboard"]["spec"]["ingress"]
    assert [*rule["from"][0]] == ["namespaceSelector"]


def test_rules_name_ports_that_containers_have(compose):
    resources = compose(OVERLAYS[1], ["network-policies"])
    ports = {
        name: {port["name"] for each in template["spec"]["containers"] for port in each.get("ports", [])}
        for name, template in pod_templates(resources).items()
    }
    for name, policy in named(resources, "NetworkPolicy").items():
        for rule in policy["spec"].get("ingress", []):
            assert {port["port"] for port in rule["ports"]} <= ports[name], name
        for rule in policy["spec"].get("egress", []):
            for peer in rule["to"]:
                target = peer.get("podSelector", {}).get("matchLabels", {}).get(COMPONENT)
                assert target is None or {port["port"] for port in rule["ports"]} <= ports[target], name


def test_the_page_has_every_edge_and_no_other():
    page = (ROOT / "docs/components.md").read_text()
    rows = re.findall(r"^\| ([\w' ]+) \| ([\w-]+:\d+\+?) \|", page, re.MULTILINE)
    tried = {(source, target) for edges in (OPEN, OUTSIDE) for source, targets in edges.items() for target in targets}
    assert set(rows) == tried
    assert len(rows) == len(tried)


def test_every_edge_between_pods_is_one_of_a_policy(compose):
    resources = compose(OVERLAYS[1], ["network-policies"])
    numbers = {
        (name, port["name"]): port["containerPort"]
        for name, template in pod_templates(resources).items()
        for each in template["spec"]["containers"]
        for port in each.get("ports", [])
    }
    opened = set()
    for name, policy in named(resources, "NetworkPolicy").items():
        for rule in policy["spec"].get("ingress", []):
            for peer in rule["from"]:
                pod = peer.get("podSelector", {}).get("matchLabels", {}).get(COMPONENT)
                namespace = str(peer.get("namespaceSelector", {}))
                source = pod or next(each for each in ("keda", "monitoring", "ingress") if each in namespace)
                opened |= {(source, f"{name}:{numbers[name, port['port']]}") for port in rule["ports"]}
    assert opened == {(source, target) for source, targets in OPEN.items() for target in targets}


# monitoring


@both
@pytest.mark.parametrize("combination", [("monitoring",), COMPONENTS], ids=ids)
def test_monitors_name_ports_that_are_there(compose, overlay, combination):
    resources = compose(overlay, combination)
    monitors = named(resources, "PodMonitor") | named(resources, "ServiceMonitor")
    assert monitors.keys() == {"worker", "dashboard"} | ({"rabbitmq"} if len(combination) == 1 else set())
    for name, monitor in monitors.items():
        spec = monitor["spec"]
        assert spec["selector"]["matchLabels"][COMPONENT] == name
        (endpoint,) = spec["podMetricsEndpoints" if monitor["kind"] == "PodMonitor" else "endpoints"]
        (container,) = pod_templates(resources)[name]["spec"]["containers"]
        assert endpoint["port"] in {port["name"] for port in container["ports"]}
        if name != "rabbitmq":
            environment = {each["name"]: each.get("value") for each in container["env"]}
            (port,) = (port for port in container["ports"] if port["name"] == "metrics")
            assert environment["BOOSTGRID_METRICS_PORT"] == str(port["containerPort"])
            assert environment["BOOSTGRID_METRICS_HOST"] == "0.0.0.0"  # noqa: S104
    if "rabbitmq" in monitors:
        ports = {port["name"] for port in named(resources, "Service")["rabbitmq"]["spec"]["ports"]}
        assert "metrics" in ports


@both
def test_only_the_scrapers_namespace_reaches_the_metrics(compose, overlay):
    policies = named(compose(overlay, ["network-policies", "monitoring"]), "NetworkPolicy")
    for name in ("worker", "dashboard"):
        rules = [
            rule
            for rule in policies[name]["spec"]["ingress"]
            if {"protocol": "TCP", "port": "metrics"} in rule["ports"]
        ]
        (rule,) = rules
        assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    assert len(policies["worker"]["spec"]["ingress"]) == 1


def test_without_the_component_nothing_listens_for_a_scraper(compose):
    for template in pod_templates(compose(OVERLAYS[1], ["network-policies"])).values():
        for container in template["spec"]["containers"]:
            assert not any(each["name"].startswith("BOOSTGRID_METRICS") for each in container.get("env", ()))


# keda


@both
def test_keda_counts_every_queue_of_tasks_and_no_other(compose, overlay):
    scaled = named(compose(overlay, ["keda"]), "ScaledObject")["worker"]
    (trigger,) = scaled["spec"]["triggers"]
    about = trigger["metadata"]
    # as RabbitMQ looks for it: anywhere in the name, whatever its case
    counted = re.compile(about["queueName"], re.IGNORECASE)
    assert all(
        counted.search(queue) for queue in ("boostgrid.tasks", "boostgrid.tasks.ab12.3", "boostgrid.tasks." + 40 * "f")
    )
    assert not any(
        counted.search(queue)
        for queue in ("boostgrid.dead", "other.boostgrid.tasks.1", "boostgrid-tasks.1", "boostgrid.tasksx", "")
    )
    assert (about["useRegex"], about["operation"], about["pageSize"]) == ("true", "sum", "500")
    # by AMQP it would not see what workers hold
    assert about["protocol"] == "http"
    assert about["excludeUnacknowledged"] == "false"
    assert all(isinstance(value, str) for value in about.values())


def test_keda_scales_to_zero_and_takes_one_pod_a_minute(compose):
    spec = named(compose(OVERLAYS[1], ["keda"]), "ScaledObject")["worker"]["spec"]
    assert spec["scaleTargetRef"] == {"name": "worker"}
    assert spec["minReplicaCount"] == 0
    assert spec["cooldownPeriod"] >= 60
    down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert down["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 60}]
    # a broker that does not answer takes no worker away
    assert spec["fallback"]["behavior"] == "currentReplicas"


@pytest.mark.parametrize("combination", [("keda",), ("keda", "external-rabbitmq")], ids=ids)
def test_keda_takes_user_and_password_apart_and_no_address_holds_them(compose, combination):
    resources = compose(OVERLAYS[1], combination)
    (trigger,) = named(resources, "ScaledObject")["worker"]["spec"]["triggers"]
    authentication = named(resources, "TriggerAuthentication")[trigger["authenticationRef"]["name"]]
    parameters = {each["parameter"]: each for each in authentication["spec"]["secretTargetRef"]}
    external = "external-rabbitmq" in combination
    assert parameters.keys() == {"username", "password"} | ({"host"} if external else set())
    assert ("host" in trigger["metadata"]) is not external
    assert "@" not in trigger["metadata"].get("host", "")
    assert {each["name"] for each in parameters.values()} == {"external-rabbitmq" if external else "boostgrid"}
    if not external:
        secret = named(resources, "Secret")["boostgrid"]["data"]
        assert {each["key"] for each in parameters.values()} <= secret.keys()
        host = re.fullmatch(r"http://(\w+)\.boostgrid\.svc:(\d+)/", trigger["metadata"]["host"])
        ports = {str(each["port"]): each["name"] for each in named(resources, "Service")[host[1]]["spec"]["ports"]}
        assert ports[host[2]] == "management"


def test_the_schema_refuses_what_keda_would(compose, keda_schemas):
    scaled = named(compose(OVERLAYS[1], ["keda"]), "ScaledObject")["worker"]
    for wrong in ({"cooldown": 5}, {"minReplicaCount": "0"}, {"triggers": [{"type": "rabbitmq"}]}):
        with pytest.raises(jsonschema.ValidationError):
            check({**scaled, "spec": {**scaled["spec"], **wrong}}, keda_schemas)


# production


def test_production_has_an_ingress_for_any_controller_and_no_port_of_the_node(render):
    resources = render("k8s/overlays/production")
    (ingress,) = named(resources, "Ingress").values()
    assert "ingressClassName" not in ingress["spec"]
    assert "annotations" not in ingress["metadata"]
    assert ingress["spec"]["tls"]
    assert {each["spec"].get("type", "ClusterIP") for each in named(resources, "Service").values()} == {"ClusterIP"}


def test_production_has_a_sign_in_and_closed_networks_as_it_is_shipped(render, compose):
    shipped = render("k8s/overlays/production")
    assert named(shipped, "ConfigMap")["dashboard"]["data"]["BOOSTGRID_ANONYMOUS"] == ""
    assert shipped == compose("k8s/overlays/production", ["network-policies", "oidc"])


def test_a_digest_is_one_line(manifests, compose, render, tmp_path):
    compose("k8s/overlays/production", ())
    file = manifests / "k8s/overlays/production/kustomization.yaml"
    digest = "sha256:" + 8 * "0123abcd"
    changed = file.read_text().replace(
        "{name: boostgrid-worker, newTag: 0.1.0}", f"{{name: boostgrid-worker, digest: {digest}}}"
    )
    assert digest in changed
    shutil.copytree(manifests, tmp_path / "pinned")
    (tmp_path / "pinned/k8s/overlays/production/kustomization.yaml").write_text(changed)
    templates = pod_templates(render("k8s/overlays/production", tmp_path / "pinned"))
    assert templates["worker"]["spec"]["containers"][0]["image"] == f"boostgrid-worker@{digest}"
    assert templates["dashboard"]["spec"]["containers"][0]["image"] == "boostgrid-dashboard:0.1.0"


@pytest.mark.slow
@both
def test_with_a_sign_in_nobody_is_let_in_without_and_its_secret_is_a_file(compose, overlay):
    resources = compose(overlay, ["oidc"])
    settings = named(resources, "ConfigMap")["dashboard"]["data"]
    pod = pod_templates(resources)["dashboard"]["spec"]
    own = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
    assert own["BOOSTGRID_ANONYMOUS"] == ""  # stands over the ConfigMap of overlays/local
    (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "oidc"]
    assert settings["BOOSTGRID_OIDC_SECRETS"] == f"{mount['mountPath']}/secrets.toml"
    (volume,) = [each for each in pod["volumes"] if each["name"] == "oidc"]
    assert volume["secret"]["secretName"] == "oidc"
    known = {f"BOOSTGRID_{name.upper()}" for name in DashboardSettings.model_fields}
    assert {name for name in settings if "OIDC" in name or "SESSION" in name} <= known
    example = yaml.safe_load((ROOT / "k8s/components/oidc/secret.example.yaml").read_text())
    assert example["metadata"]["name"] == "oidc"
    assert set(tomllib.loads(example["stringData"]["secrets.toml"])["auth"]) >= {"redirect_uri", "cookie_secret"}
