"""Where the web server is, and where it is asked whether it is up."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dashboard.web_server import WebServer


@pytest.fixture
def health():
    """A server that is well below one path only; gives its port and the path that it is told to be at."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == f"{health.below}/_stcore/health" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    health = HTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=health.serve_forever, daemon=True).start()
    yield health
    health.shutdown()
    health.server_close()


@pytest.mark.parametrize(
    ("base_path", "below"), [("", ""), ("tuning", "/tuning"), ("/tuning/", "/tuning"), ("a/b", "/a/b")]
)
def test_it_is_up_once_it_answers_below_its_path(health, monkeypatch, base_path, below):
    health.below = below
    monkeypatch.setattr(WebServer, "is_running", True)
    server = WebServer("127.0.0.1", health.server_port, base_path)
    assert server.url == f"http://localhost:{health.server_port}{below}"
    assert server.wait_until_up(threading.Event())
