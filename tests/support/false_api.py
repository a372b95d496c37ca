"""A little HTTP server in an API server's place, so that a test says how it answers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kubernetes.client import Configuration


class FalseApi:
    """Answers by ``answer(method, path)``: (status, JSON) or (status, JSON, headers). Use as a context."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.answer: Callable[[str, str], tuple[Any, ...]] = lambda method, path: (200, {"items": []})
        #: before the first byte of an answer, in seconds
        self.delay = 0.0
        #: between the bytes of an answer, in seconds; 0: all at once
        self.drip = 0.0
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _handle(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.partition("?")[0]
                world.requests.append((self.command, self.path))
                status, content, *headers = world.answer(self.command, path)
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                time.sleep(world.delay)
                self.send_response(status)
                for name, value in (headers[0] if headers else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if not world.drip:
                    self.wfile.write(body)
                    return
                for at in range(len(body)):
                    self.wfile.write(body[at : at + 1])
                    self.wfile.flush()
                    time.sleep(world.drip)

            do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - the base class's names

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] - a client that left is no error
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> FalseApi:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def configuration(self) -> Configuration:
        """Return how to reach it."""
        return Configuration(host=f"http://127.0.0.1:{self._server.server_port}")


class Mute:
    """Accepts connections and says nothing. Use as a context."""

    def __enter__(self) -> Mute:
        self._socket = socket.create_server(("127.0.0.1", 0))
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def configuration(self) -> Configuration:
        """Return how to reach it."""
        return Configuration(host=f"http://127.0.0.1:{self._socket.getsockname()[1]}")
