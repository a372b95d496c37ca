"""The Role is what the adapter asks for, no more and no less."""

from __future__ import annotations

import pytest
import yaml

from dashboard.cluster.kubernetes.permissions import AUTOSCALING_RULES, MARK_PODS, RULES, SCALE
from tests.support import ROOT

#: where a Role is, and the rules that it is for
ROLES = {
    "k8s/base/dashboard.yaml": RULES,
    "k8s/components/keda/dashboard.yaml": AUTOSCALING_RULES,
    "k8s/components/pod-deletion-cost/dashboard.yaml": (MARK_PODS,),
}


def permissions(rules) -> set[tuple[str, str, str, str]]:
    """Return (group, resource, name or empty, verb) of every single thing that rules allow."""
    return {
        (group, resource, name, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames") or [""]
        for verb in rule["verbs"]
    }


def test_a_rule_is_shown_as_it_is_pasted_into_a_role():
    assert yaml.safe_load(SCALE.as_yaml()) == [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments/scale"],
            "resourceNames": ["worker"],
            "verbs": ["get", "patch"],
        }
    ]


def test_nothing_but_the_scale_and_the_workers_scaled_object_is_ever_changed_and_nothing_is_watched():
    changing = {
        (rule.resource, rule.names, verb)
        for rule in (*RULES, *AUTOSCALING_RULES)
        for verb in rule.verbs
        if verb not in ("get", "list")
    }
    assert changing == {("deployments/scale", ("worker",), "patch"), ("scaledobjects", ("worker",), "patch")}


@pytest.mark.parametrize("manifest", ROLES)
def test_the_manifests_role_allows_exactly_that(manifest):
    documents = yaml.safe_load_all((ROOT / manifest).read_text())
    (role,) = (each for each in documents if each and each["kind"] == "Role")
    assert permissions(role["rules"]) == permissions(rule.as_dict() for rule in ROLES[manifest])
