"""A MongoDB to test against: the one that MONGODB_URL names, else a secantusdb child with its data in a tmp folder."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

_START_SECONDS = 30.0
#: secantusdb speaks the wire protocol without retryable writes; the rest asks for the durability of production
_OPTIONS = "retryWrites=false&w=majority&journal=true"


class MongodbServer:
    """A server of a test's own, to be stopped and started again."""

    def __init__(self, command: str, data: Path, port: int) -> None:
        self._data = data
        self._arguments = [command, "--host", "127.0.0.1", "--port", str(port), "--sync-on-commit"]
        self._arguments += ["--storage-path", str(data / "db"), "--log-level", "WARNING"]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"mongodb://127.0.0.1:{port}/?{_OPTIONS}"

    def start(self) -> None:
        """Start and wait until it answers."""
        with (self._data / "log").open("ab") as log:
            self._process = subprocess.Popen(self._arguments, cwd=self._data, stdout=log, stderr=log)
        with MongoClient(self.url, serverSelectionTimeoutMS=int(_START_SECONDS * 1000)) as client:
            client.admin.command("ping")
        assert self._process.poll() is None, (self._data / "log").read_text()

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session")
def mongodb_command() -> str:
    """The path of secantusdb's server; skips without it, fails in CI."""
    command = shutil.which("secantusd-py", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if command is None:
        reason = "no MongoDB: set MONGODB_URL or install the development dependencies"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return command


@pytest.fixture
def mongodb_server(mongodb_command: str, tmp_path: Path) -> Iterator[MongodbServer]:
    """A running server for one test alone."""
    server = MongodbServer(mongodb_command, tmp_path, _free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def mongodb_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that all tests share, each with its own database."""
    if url := os.environ.get("MONGODB_URL"):
        yield url
        return
    command = request.getfixturevalue("mongodb_command")
    server = MongodbServer(command, tmp_path_factory.mktemp("mongodb"), _free_port())
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


@pytest.fixture
def mongodb_database(mongodb_url: str) -> Iterator[str]:
    """The name of an empty database, dropped at the end."""
    name = f"boostgrid_test_{secrets.token_hex(6)}"
    yield name
    with MongoClient(mongodb_url) as client:
        client.drop_database(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
