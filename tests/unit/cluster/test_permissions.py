"""The Role is what the adapter asks for, no more and no less."""

from __future__ import annotations

import pytest
import yaml

from dashboard.cluster.kubernetes.permissions import RULES, SCALE
from tests.support import ROOT

MANIFEST = ROOT / "k8s" / "base" / "dashboard.yaml"


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


def test_nothing_but_the_scale_is_ever_changed_and_nothing_is_watched():
    changing = {(r.resource, verb) for r in RULES for verb in r.verbs if verb not in ("get", "list")}
    assert changing == {("deployments/scale", "patch")}


@pytest.mark.skipif(not MANIFEST.exists(), reason="there are no manifests yet")
def test_the_manifests_role_allows_exactly_that():
    documents = yaml.safe_load_all(MANIFEST.read_text())
    (role,) = (each for each in documents if each and each["kind"] == "Role")
    assert permissions(role["rules"]) == permissions(rule.as_dict() for rule in RULES)
