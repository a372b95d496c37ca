"""An OpenID provider in a process of its own: npm's oidc-provider behind provider.mjs."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
CLIENT_SECRET = "the-test-client-secret-0123456789"
COOKIE_SECRET = "the-test-cookie-secret-0123456789abcdef"


def streamlit_can_sign_in() -> bool:
    """Whether what Streamlit needs for it is installed."""
    return all(find_spec(name) is not None for name in ("authlib", "cryptography", "httpx"))


def what_is_missing() -> str | None:
    """Return what the provider needs and is not installed."""
    if shutil.which("node") is None:
        return "Node.js is not installed"
    if not (modules() / "node_modules" / "oidc-provider").is_dir():
        return "npm's oidc-provider is not installed: `npm ci` in tests/support/oidc"
    return None


def modules() -> Path:
    """Return the folder that has node_modules."""
    return Path(os.environ.get("OIDC_PROVIDER_MODULES", HERE))


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def provider(port: int, callback: str, host: str = "127.0.0.1") -> Iterator[str]:
    """Run the provider, and give its issuer; ``host`` is an address of this machine."""
    process = subprocess.Popen(
        ["node", str(HERE / "provider.mjs"), str(port), callback, host],
        env=os.environ | {"OIDC_PROVIDER_MODULES": str(modules())},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert any(line.strip() == "ready" for line in process.stdout), "the provider did not start"
        yield f"http://{host}:{port}"
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def auth_section(issuer: str, callback: str) -> str:
    """Return the file that the dashboard mounts."""
    return f"""[auth]
redirect_uri = "{callback}"
cookie_secret = "{COOKIE_SECRET}"
client_id = "boostgrid"
client_secret = "{CLIENT_SECRET}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
client_kwargs = {{ prompt = "login" }}
"""
