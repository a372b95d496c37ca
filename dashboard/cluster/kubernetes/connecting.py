"""Where the API server is and who we are to it: the pod's own account, or a kubeconfig."""

from __future__ import annotations

from pathlib import Path

from kubernetes.client import Configuration
from kubernetes.config import ConfigException, load_incluster_config, load_kube_config
from kubernetes.config.incluster_config import SERVICE_TOKEN_FILENAME

from dashboard.cluster.kubernetes.api import SERVICE, KubernetesApi
from shared.errors import ServiceUnavailable

#: the namespace of every overlay
DEFAULT_NAMESPACE = "boostgrid"
_ACCOUNT = Path(SERVICE_TOKEN_FILENAME).parent


def connect(kubeconfig: Path | None) -> KubernetesApi:
    """Return a client for ``kubeconfig``, else for the pod's account, else for the user's kubeconfig.

    Nothing is requested yet. Raises ServiceUnavailable where none of them is there.
    """
    configuration = Configuration()
    try:
        if kubeconfig is None and _ACCOUNT.is_dir():
            load_incluster_config(configuration)  # type: ignore[no-untyped-call]
        else:
            path = str(kubeconfig) if kubeconfig else None
            load_kube_config(path, client_configuration=configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, OSError) as error:
        raise ServiceUnavailable(
            SERVICE,
            str(error).strip().splitlines()[0] if str(error).strip() else "no configuration",
            "Set BOOSTGRID_KUBECONFIG to a kubeconfig, or run in a pod whose ServiceAccount's token is mounted.",
        ) from error
    return KubernetesApi(configuration)


def own_namespace() -> str:
    """Return the namespace of the pod that this runs in, else that of the overlays."""
    try:
        return (_ACCOUNT / "namespace").read_text().strip() or DEFAULT_NAMESPACE
    except OSError:
        return DEFAULT_NAMESPACE
