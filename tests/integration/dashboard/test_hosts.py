"""A raw handshake: the websocket opens under the dashboard's own names, and no page may be framed."""

from __future__ import annotations

import base64
import http.client
import os
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.support.dashboard_process import DashboardProcess

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    home, named = tmp_path_factory.mktemp("home"), {"BOOSTGRID_HOSTS": "boostgrid.example.com"}
    with DashboardProcess(home, "--workers", "0", settings=named) as started:
        url = urlsplit(started.url())
        assert url.port is not None
        yield "127.0.0.1", url.port


def handshake(address: tuple[str, int], host: str, origin: str | None) -> int:
    """Return the status with which the server answers a websocket's first request."""
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}",
        *([f"Origin: {origin}"] if origin else []),
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
    ]
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(connection.recv(4096).split(b" ")[1])


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "boostgrid.example.com", "Boostgrid.Example.com"])
def test_it_opens_under_its_own_names(address: tuple[str, int], name: str) -> None:
    host = f"{name}:{address[1]}"
    assert handshake(address, host, f"http://{host}") == 101


@pytest.mark.parametrize(
    "name", ["evil.example", "localhost.evil.example", "boostgrid.example.com.evil.example", "x@localhost", "10.0.0.1"]
)
def test_a_forged_host_with_a_matching_origin_does_not_open_it(address: tuple[str, int], name: str) -> None:
    host = f"{name}:{address[1]}"
    assert handshake(address, host, f"http://{host}") == 403
    assert handshake(address, host, None) == 403


def test_a_foreign_origin_does_not_open_it_either(address: tuple[str, int]) -> None:
    assert handshake(address, f"localhost:{address[1]}", "http://evil.example") == 403


def test_no_foreign_page_may_frame_it(address: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection(*address, timeout=30)
    connection.request("GET", "/cluster")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    connection.close()


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "//_stcore/metrics", "/_stcore%2Fmetrics"])
def test_figures_about_its_visitors_are_told_to_nobody(address: tuple[str, int], path: str) -> None:
    connection = http.client.HTTPConnection(*address, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status == 404 or b"# TYPE" not in text
    assert b"session" not in text
