"""KEDA's ScaledObject in a real API server, by the schema that the manifests are held to; nothing scales by it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from kubernetes.client import ApiClient, ApiException, ApiextensionsV1Api, CustomObjectsApi

from tests.support import ROOT

_NAME = "scaledobjects.keda.sh"
_SECONDS = 20.0


@contextmanager
def keda_installed(admin: ApiClient) -> Iterator[None]:
    """Have the kind in the server, and take it out again."""
    schema = yaml.safe_load((ROOT / "tests/unit/k8s/keda-schemas.yaml").read_text())["ScaledObject"]
    schema["properties"]["status"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    extensions = ApiextensionsV1Api(admin)
    extensions.create_custom_resource_definition(
        {
            "metadata": {"name": _NAME},
            "spec": {
                "group": "keda.sh",
                "scope": "Namespaced",
                "names": {"kind": "ScaledObject", "listKind": "ScaledObjectList", "plural": "scaledobjects"},
                "versions": [version],
            },
        }
    )
    try:
        _wait(admin, there=True)
        yield
    finally:
        extensions.delete_custom_resource_definition(_NAME)
        _wait(admin, there=False)


def component() -> list[dict[str, Any]]:
    """Return the component's ScaledObject and the Role and RoleBinding of the dashboard, as they are applied."""
    folder = ROOT / "k8s/components/keda"
    scaled = next(yaml.safe_load_all((folder / "worker-scaling.yaml").read_text()))
    return [scaled, *yaml.safe_load_all((folder / "dashboard.yaml").read_text())]


def _wait(admin: ApiClient, *, there: bool) -> None:
    until = time.monotonic() + _SECONDS
    while _is_there(admin) is not there:
        assert time.monotonic() < until, f"KEDA's kind is {'not ' if there else ''}there after {_SECONDS:g} s"
        time.sleep(0.1)


def _is_there(admin: ApiClient) -> bool:
    try:
        CustomObjectsApi(admin).list_cluster_custom_object("keda.sh", "v1alpha1", "scaledobjects")
        CustomObjectsApi(admin).get_api_resources("keda.sh", "v1alpha1")
    except ApiException:
        return False
    return True
