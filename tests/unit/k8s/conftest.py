"""The overlays, rendered by the kubectl of KUBEBUILDER_ASSETS (one older than 1.27 or so renders no components)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
#: every folder that is applied, from the project's root
OVERLAYS = sorted(
    str(each.parent.relative_to(ROOT))
    for each in [*ROOT.glob("k8s/overlays/*/kustomization.yaml"), *ROOT.glob("tests/e2e/**/kustomization.yaml")]
)
Resource = dict[str, Any]


def _kubectl() -> str:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        pytest.skip("KUBEBUILDER_ASSETS names no folder with kubectl")
    kubectl = Path(assets) / "kubectl"
    if not kubectl.exists():
        message = f"KUBEBUILDER_ASSETS={assets} has no kubectl"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return str(kubectl)


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project's manifests with secrets of its own, as `make secrets` writes them."""
    root = tmp_path_factory.mktemp("manifests")
    for folder in ("k8s", "tests/e2e"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("secrets.env", "__pycache__"))
    for overlay in (root / "k8s/overlays").iterdir():
        subprocess.run([ROOT / "k8s/make-secrets", overlay], check=True, capture_output=True)
    return root


@pytest.fixture(scope="session")
def render(manifests: Path) -> Callable[[str, Path | None], list[Resource]]:
    """Return a function that gives the resources of an overlay, here or of another copy of the manifests."""
    kubectl = _kubectl()
    kept: dict[Path, list[Resource]] = {}

    def rendered(overlay: str, root: Path | None = None) -> list[Resource]:
        folder = (root or manifests) / overlay
        if folder not in kept:
            done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            kept[folder] = [each for each in yaml.safe_load_all(done.stdout) if each]
        return kept[folder]

    return rendered


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    """Return the folder of each overlay in turn."""
    return str(request.param)


@pytest.fixture
def resources(overlay: str, render: Callable[[str], list[Resource]]) -> list[Resource]:
    """Return the resources of each overlay in turn, with the components that it has by itself."""
    return render(overlay)


@pytest.fixture(scope="session")
def compose(
    manifests: Path, render: Callable[[str, Path | None], list[Resource]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Sequence[str]], list[Resource]]:
    """Return a function that gives the resources of an overlay whose kustomization lists just these components."""
    kept: dict[tuple[str, ...], Path] = {}

    def composed(overlay: str, components: Sequence[str]) -> list[Resource]:
        key = (overlay, *components)
        if key not in kept:
            root = kept[key] = tmp_path_factory.mktemp("composed")
            shutil.copytree(manifests, root, dirs_exist_ok=True)
            file = root / overlay / "kustomization.yaml"
            kustomization = yaml.safe_load(file.read_text())
            kustomization["components"] = [f"../../components/{each}" for each in components]
            file.write_text(yaml.safe_dump(kustomization))
        return render(overlay, kept[key])

    return composed


def named(resources: list[Resource], kind: str) -> dict[str, Resource]:
    """Return the resources of that kind by name."""
    return {each["metadata"]["name"]: each for each in resources if each["kind"] == kind}


def pod_templates(resources: list[Resource]) -> dict[str, Resource]:
    """Return the pod template of each workload by its name."""
    return {
        name: each["spec"]["template"]
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job")
        for name, each in named(resources, kind).items()
    }


def containers(resources: list[Resource]) -> dict[str, Resource]:
    """Return every container, those of initialisation too, by workload/name."""
    return {
        f"{workload}/{container['name']}": container
        for workload, template in pod_templates(resources).items()
        for container in [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]
    }
