"""Streamlit's server as a child process of `python -m dashboard`."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_DASHBOARD = Path(__file__).parent
#: without a sign-in of ours, a file of somebody's home must not switch one on
_NO_SECRETS = _DASHBOARD / "no_secrets.toml"
#: a cold start imports pandas and plotly from a slow disk
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


def free_port(host: str, wanted: int) -> int:
    """Return ``wanted``, or the first port after it on which nothing listens."""
    for port in range(wanted, min(wanted + 100, 65_536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {wanted} on {host}")


class WebServer:
    """Runs the app on ``host:port`` while the context lasts, and not longer than this process lives."""

    def __init__(
        self,
        host: str,
        port: int,
        base_path: str | None = None,
        *,
        secrets: Path | None = None,
        allowed_hosts: Sequence[str] = (),
    ) -> None:
        """``base_path`` is where Streamlit, which reads it by itself, serves everything, its health too."""
        below = "".join(f"/{each}" for each in (base_path or "").split("/") if each)
        self.url = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}{below}"  # noqa: S104
        self._health = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}{below}/_stcore/health"  # noqa: S104
        self._command = [
            *(sys.executable, "-m", "dashboard.child"),
            *("streamlit", "run", str(_DASHBOARD / "served.py")),
            *("--server.address", host, "--server.port", str(port)),
            *("--server.headless", "true", "--server.fileWatcherType", "none"),
            *("--browser.gatherUsageStats", "false"),
            *(word for name in allowed_hosts for word in ("--server.allowedHosts", name)),
            *("--secrets.files", str(secrets or _NO_SECRETS)),
        ]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=_DASHBOARD.parent,  # where .streamlit/config.toml is
            stdin=subprocess.PIPE,  # its end tells the child that this process is gone
            stdout=subprocess.DEVNULL,  # a banner with an address before there is one
            start_new_session=True,  # Ctrl-C is this process's to handle
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    @property
    def is_running(self) -> bool:
        """Whether the child lives."""
        return self._process.poll() is None

    def wait_until_up(self, leave: threading.Event) -> bool:
        """Return True once the server answers; False if it ends, takes too long, or ``leave`` is set before."""
        deadline = time.monotonic() + _START_SECONDS
        while self.is_running and time.monotonic() < deadline and not leave.wait(0.1):
            try:
                with urllib.request.urlopen(self._health, timeout=2):  # noqa: S310 - a fixed http address
                    return True
            except (urllib.error.URLError, OSError):
                continue
        return False
