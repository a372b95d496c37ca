"""A Kubernetes API server to test against: KUBEBUILDER_ASSETS' etcd and kube-apiserver on 127.0.0.1, no node."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from kubernetes.client import ApiClient, Configuration

_START_SECONDS = 90.0
_ADMIN_TOKEN = "administrator"


class ApiServer:
    """The real API with RBAC; its administrator's client makes what a test needs."""

    def __init__(self, assets: Path, folder: Path, running: ExitStack) -> None:
        self._assets, self._folder, self._running = assets, folder, running
        self.url = f"https://127.0.0.1:{_free_port()}"

    def start(self) -> None:
        """Start both and wait until the API is ready."""
        etcd, peer = (f"http://127.0.0.1:{_free_port()}" for _ in range(2))
        keys = self._folder / "service-accounts.key"
        subprocess.run(["openssl", "genrsa", "-out", keys, "2048"], check=True, capture_output=True)
        (self._folder / "tokens.csv").write_text(f"{_ADMIN_TOKEN},admin,admin,system:masters\n")
        self._spawn(
            "etcd",
            f"--data-dir={self._folder / 'etcd'}",
            "--unsafe-no-fsync",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        )
        self._spawn(
            "kube-apiserver",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self.url.rpartition(':')[2]}",
            f"--cert-dir={self._folder / 'certificates'}",
            f"--etcd-servers={etcd}",
            "--endpoint-reconciler-type=none",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={keys}",
            f"--service-account-signing-key-file={keys}",
            "--disable-admission-plugins=ServiceAccount",  # nothing makes default accounts here
        )
        self._wait_until_ready()

    def configuration(self, token: str = _ADMIN_TOKEN) -> Configuration:
        """Return how to reach it with that token; its certificate is of its own making."""
        configuration = Configuration(host=self.url, api_key={"BearerToken": token})
        configuration.api_key_prefix = {"BearerToken": "Bearer"}
        configuration.verify_ssl = False
        return configuration

    def admin(self) -> ApiClient:
        """Return an administrator's client."""
        return ApiClient(self.configuration())

    def _spawn(self, name: str, *arguments: str) -> None:
        log = self._running.enter_context((self._folder / f"{name}.log").open("wb"))
        process = subprocess.Popen([self._assets / name, *arguments], stdout=log, stderr=log)
        self._running.callback(process.wait)
        self._running.callback(process.kill)

    def _wait_until_ready(self) -> None:
        trusting = ssl._create_unverified_context()  # noqa: S323 - its certificate is of its own making
        request = urllib.request.Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {_ADMIN_TOKEN}"})  # noqa: S310
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(request, context=trusting, timeout=5):  # noqa: S310
                    return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > until:
                    raise AssertionError((self._folder / "kube-apiserver.log").read_text()[-2000:]) from None
                time.sleep(0.2)


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A running API server for all tests; skips where KUBEBUILDER_ASSETS names none, fails in CI where it is broken."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        pytest.skip("no API server: set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver")
    missing = [name for name in ("etcd", "kube-apiserver") if shutil.which(name, path=assets) is None]
    if missing:
        reason = f"KUBEBUILDER_ASSETS={assets} has no {' and no '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with ExitStack() as running:
        server = ApiServer(Path(assets), tmp_path_factory.mktemp("api-server"), running)
        server.start()
        yield server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
