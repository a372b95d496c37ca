"""A MongoDB to test against: the one that MONGODB_URL names, else a server of the tests' own.

That is FerretDB on PostgreSQL, started by the script that FERRETDB_SCRIPT names (``up``, ``kill`` and ``down``, each
with ``--port``; ``up`` prints ``MONGODB_URL=...``), or without one secantusdb, an imitation in a child process.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient

_START_SECONDS = 60.0
#: FerretDB's first start on a machine unpacks its programs
_FIRST_START_SECONDS = 600.0
#: secantusdb speaks the wire protocol without retryable writes; the rest asks for the durability of production
_SECANTUS_OPTIONS = "retryWrites=false&w=majority&journal=true"


def with_option(url: str, option: str) -> str:
    """Return the URL with one option more."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, option)))
    return parts._replace(path=parts.path or "/", query=query).geturl()


class MongodbServer(Protocol):
    """A server that a test may kill and start again; it keeps its data."""

    @property
    def url(self) -> str:
        """Where it is, with user and password if it wants them."""

    def start(self) -> None:
        """Start and wait until it answers."""

    def stop(self) -> None:
        """Stop at once, as a crash would."""

    def remove(self) -> None:
        """Stop, and leave nothing behind."""


class FerretdbServer:
    """FerretDB, which asks for a password (SCRAM-SHA-256)."""

    def __init__(self, script: str, folder: Path, port: int) -> None:
        self._script, self._folder, self._port = script, folder, port
        self.url = ""

    def start(self) -> None:
        """Start and wait until it answers."""
        user = ["--user", "boostgrid", "--password", "to test: @/%"]
        # a test's server need not outlast a power cut, which nobody simulates
        output = self._run("up", *user, POSTGRES_ARGS="-c fsync=off").stdout
        self.url = next(line.partition("=")[2] for line in output.splitlines() if line.startswith("MONGODB_URL="))
        _wait_for(self.url)

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        self._run("kill")

    def shut_down(self) -> None:
        """Stop as a clean shutdown does."""
        self._run("down")

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self._run("down", "--wipe")

    def _run(self, command: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        place = ["--port", str(self._port), "--dir", str(self._folder / "ferretdb")]
        finished = subprocess.run(
            [self._script, command, *place, *options],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=_FIRST_START_SECONDS,
        )
        assert finished.returncode == 0, finished.stderr
        return finished


class SecantusServer:
    """secantusdb, which wants no password."""

    def __init__(self, command: str, folder: Path, port: int) -> None:
        self._folder = folder
        self._arguments = [command, "--host", "127.0.0.1", "--port", str(port), "--sync-on-commit"]
        self._arguments += ["--storage-path", str(folder / "db"), "--log-level", "WARNING"]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"mongodb://127.0.0.1:{port}/?{_SECANTUS_OPTIONS}"

    def start(self) -> None:
        """Start and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._arguments, cwd=self._folder, stdout=log, stderr=log)
        _wait_for(self.url)
        assert self._process.poll() is None, (self._folder / "log").read_text()

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop; the data are in the test's folder."""
        self.stop()


@pytest.fixture(scope="session")
def make_mongodb_server() -> Callable[[Path], MongodbServer]:
    """Return how to make a server whose data are in a folder; skips where there is none, fails in CI."""
    if script := os.environ.get("FERRETDB_SCRIPT"):
        return lambda folder: FerretdbServer(script, folder, _free_port())
    command = shutil.which("secantusd-py", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if command is None:
        reason = "no MongoDB: set MONGODB_URL or FERRETDB_SCRIPT, or install the development dependencies"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return lambda folder: SecantusServer(command, folder, _free_port())


@pytest.fixture
def mongodb_server(make_mongodb_server: Callable[[Path], MongodbServer], tmp_path: Path) -> Iterator[MongodbServer]:
    """A running server for one test alone."""
    server = make_mongodb_server(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def mongodb_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that all tests share, each with its own database."""
    if url := os.environ.get("MONGODB_URL"):
        yield url
        return
    server = request.getfixturevalue("make_mongodb_server")(tmp_path_factory.mktemp("mongodb"))
    try:
        server.start()
        yield server.url
    finally:
        server.remove()


@pytest.fixture
def mongodb_database(mongodb_url: str) -> Iterator[str]:
    """The name of an empty database, dropped at the end."""
    name = f"boostgrid_test_{secrets.token_hex(6)}"
    yield name
    with MongoClient(mongodb_url) as client:
        client.drop_database(name)


def _wait_for(url: str) -> None:
    with MongoClient(url, serverSelectionTimeoutMS=int(_START_SECONDS * 1000)) as client:
        client.admin.command("ping")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
