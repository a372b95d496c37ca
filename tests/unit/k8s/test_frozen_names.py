"""What clusters have kept since the first apply stays as it is: names, selectors, claims and their templates.

Most of it cannot be changed in place, so that an `apply` would be refused or would start with an empty volume. If a
change is really meant, `frozen*.yaml` is where it is seen.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

#: where claims are larger, they are so for good; every other overlay has the first one's
FROZEN = {"k8s/overlays/production": "frozen-production.yaml"}
#: what the API server does not let change in a StatefulSet, and Deployments' selectors
FIXED = ("serviceName", "selector", "podManagementPolicy", "volumeClaimTemplates")


def frozen(resources):
    """Return what must stay of the rendered resources."""
    kept = {}
    for each in resources:
        entry = {}
        if each["kind"] in ("StatefulSet", "Deployment"):
            entry = {field: each["spec"][field] for field in FIXED if field in each["spec"]}
        elif each["kind"] == "Service":
            entry = {"selector": each["spec"]["selector"], "ports": [port["name"] for port in each["spec"]["ports"]]}
            if each["spec"].get("clusterIP") == "None":
                entry["headless"] = True
        elif each["kind"] == "Secret":
            entry = {"keys": sorted(each["data"])}
        kept[f"{each['kind']} {each['metadata']['name']}"] = entry
    return kept


def test_what_is_deployed_keeps_its_names(overlay, resources):
    file = Path(__file__).parent / FROZEN.get(overlay, "frozen.yaml")
    assert frozen(resources) == yaml.safe_load(file.read_text())


@pytest.fixture
def changed(manifests, tmp_path):
    """Return a copy of the manifests with another image and other settings."""
    root = tmp_path / "changed"
    shutil.copytree(manifests, root)
    overlay = root / "k8s/overlays/local/kustomization.yaml"
    text = overlay.read_text()
    assert "newTag: 0.1.0" in text
    overlay.write_text(text.replace("newTag: 0.1.0", "newTag: 9.9.9"))
    settings = root / "k8s/base/worker.yaml"
    settings.write_text(settings.read_text().replace('BOOSTGRID_THREADS: "1"', 'BOOSTGRID_THREADS: "2"'))
    return root


def test_another_image_and_other_settings_touch_nothing_that_is_fixed(render, changed):
    after = render("k8s/overlays/local", changed)
    text = yaml.safe_dump_all(after)
    assert "boostgrid-worker:9.9.9" in text
    assert "BOOSTGRID_THREADS: '2'" in text
    assert frozen(after) == frozen(render("k8s/overlays/local"))


def test_a_new_boostgrid_restarts_no_database(render, changed):
    overlay = changed / "k8s/overlays/local/kustomization.yaml"
    lines = overlay.read_text().splitlines(keepends=True)
    overlay.write_text("".join(line.replace("9.9.9", "0.1.0") if "users" in line else line for line in lines))
    before, after = render("k8s/overlays/local"), render("k8s/overlays/local", changed)
    for kind in ("StatefulSet", "Deployment"):
        templates = [
            {each["metadata"]["name"]: each["spec"]["template"] for each in rendered if each["kind"] == kind}
            for rendered in (before, after)
        ]
        assert (templates[0] == templates[1]) is (kind == "StatefulSet")


def test_secrets_are_never_overwritten(manifests):
    overlay = manifests / "k8s/overlays/local"
    before = (overlay / "secrets.env").read_text()
    done = make_secrets(overlay)
    assert done.returncode == 0
    assert "stays as it is" in done.stdout
    assert (overlay / "secrets.env").read_text() == before


def test_secrets_differ_and_fit_into_a_url(manifests, tmp_path):
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "kustomization.yaml").touch()
    assert make_secrets(overlay).returncode == 0
    file = overlay / "secrets.env"
    secrets = dict(line.split("=", 1) for line in file.read_text().splitlines())
    ours, other = secrets.values(), (manifests / "k8s/overlays/local/secrets.env").read_text()
    assert all(value.isalnum() for value in ours)
    generated = [value for name, value in secrets.items() if not name.endswith("USERNAME")]
    assert all(len(value) >= 32 and value not in other for value in generated)
    assert file.stat().st_mode & 0o077 == 0


def test_an_overlay_that_is_none_is_refused(tmp_path):
    assert make_secrets(tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


def make_secrets(overlay):
    script = Path(__file__).parents[3] / "k8s/make-secrets"
    return subprocess.run([script, overlay], capture_output=True, text=True)
