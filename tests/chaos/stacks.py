"""The services of a run: how they are reached, broken and mended."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pika

from shared.adapters.rabbitmq import Topology
from shared.domain import TaskAddress
from tests.support.gate import Gate
from tests.support.mongodb_server import FerretdbServer
from tests.support.rabbitmq_server import RabbitmqServer, channel_to, through

#: as in production the broker notices a frozen client, but within a run
_HEARTBEAT_SECONDS = 10
_SCRIPT = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class Stack(ABC):
    """What a run needs of either stack."""

    #: how long a worker must be frozen until its tasks are another's, in seconds
    lease_seconds: float
    #: name -> what breaks a service for so many seconds and mends it again
    blows: dict[str, Callable[[float], None]]

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()

    @abstractmethod
    def variables(self, direct: bool = False) -> dict[str, str]:
        """Return where the services are, through what may be cut, or ``direct``."""

    @abstractmethod
    def put(self, address: TaskAddress, body: bytes) -> None:
        """Put a message into the sweep's queue, where there is one."""

    @abstractmethod
    def mend(self) -> None:
        """Bring everything back."""

    @abstractmethod
    def left_over(self) -> list[str]:
        """Return the queues and tasks that there still are."""

    @abstractmethod
    def close(self) -> None:
        """End the services and remove their data."""


class Embedded(Stack):
    """SQLite in a home folder, which a stranger may lock."""

    lease_seconds = 30.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._database = self.home / "boostgrid.sqlite"
        self.blows = {"database locked": self._lock}

    def variables(self, direct: bool = False) -> dict[str, str]:
        return {"BOOSTGRID_HOME": str(self.home)}

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._database, timeout=30, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()

    def _lock(self, seconds: float) -> None:
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    def put(self, address: TaskAddress, body: bytes) -> None:
        which = "SELECT queue_id FROM queues WHERE sweep_id = ? AND epoch = ? AND removed = 0"
        statement = f"INSERT INTO queued_tasks (queue_id, body) SELECT queue_id, ? FROM ({which})"  # noqa: S608
        with self._connection() as connection:
            connection.execute(statement, (body, address.sweep_id, address.epoch))

    def mend(self) -> None:
        pass

    def left_over(self) -> list[str]:
        with self._connection() as connection:
            found = [
                f"queue of {sweep} {epoch}" for sweep, epoch in connection.execute("SELECT sweep_id, epoch FROM queues")
            ]
            tasks = connection.execute("SELECT count(*) FROM queued_tasks").fetchone()[0]
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return found + ([f"{tasks} queued tasks"] if tasks else [])

    def close(self) -> None:
        pass


class Rabbitmq(Stack):
    """RabbitMQ and FerretDB, each behind a port that may be shut."""

    #: the broker drops a client that was silent for two heartbeats
    lease_seconds = 3.0 * _HEARTBEAT_SECONDS

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "rabbitmq").mkdir()
        self._broker = RabbitmqServer(_SCRIPT, folder / "rabbitmq", heartbeat=_HEARTBEAT_SECONDS)
        self._store = FerretdbServer(os.environ["FERRETDB_SCRIPT"], folder, _free_port())
        self._broker.start()
        self._store.start()
        self._gates = {"broker": _gate(self._broker.url), "store": _gate(self._store.url)}
        self.blows = {
            "broker killed": lambda seconds: self._restart_broker(self._broker.kill, seconds),
            "broker restarted": lambda seconds: self._restart_broker(self._broker.stop, seconds),
            "store killed": lambda seconds: self._restart_store(self._store.stop, seconds),
            "store restarted": lambda seconds: self._restart_store(self._store.shut_down, seconds),
        }
        for name, gate in self._gates.items():
            self.blows[f"{name} refuses"] = lambda seconds, gate=gate: _for(seconds, gate.shut, gate.open)
            self.blows[f"{name} is silent"] = lambda seconds, gate=gate: _for(seconds, gate.freeze, gate.thaw)
            self.blows[f"{name} resets"] = lambda seconds, gate=gate: gate.reset()
            self.blows[f"{name} cut"] = lambda seconds, gate=gate: gate.cut()

    def variables(self, direct: bool = False) -> dict[str, str]:
        urls = {"broker": self._broker.url, "store": self._store.url}
        if not direct:
            urls = {name: through(self._gates[name], url) for name, url in urls.items()}
        return {"BOOSTGRID_HOME": str(self.home), "RABBITMQ_URL": urls["broker"], "MONGODB_URL": urls["store"]}

    def put(self, address: TaskAddress, body: bytes) -> None:
        with channel_to(self._broker.url) as channel:
            channel.basic_publish("", Topology().queue_of(address), body, pika.BasicProperties(delivery_mode=2))

    def mend(self) -> None:
        for gate in self._gates.values():
            gate.thaw()
            gate.open()

    def left_over(self) -> list[str]:
        return [line for line in self._broker.queues() if not line.startswith(Topology().dead_queue)]

    def close(self) -> None:
        for gate in self._gates.values():
            gate.__exit__()
        self._broker.kill()
        self._store.remove()

    def _restart_broker(self, end: Callable[[], None], seconds: float) -> None:
        _for(seconds, end, self._broker.start)

    def _restart_store(self, end: Callable[[], None], seconds: float) -> None:
        _for(seconds, end, self._store.start)


def open_stack(name: str, folder: Path) -> Stack:
    """Return the services of that name, running."""
    return {"embedded": Embedded, "rabbitmq": Rabbitmq}[name](folder)


def _for(seconds: float, begin: Callable[[], None], end: Callable[[], None]) -> None:
    begin()
    time.sleep(seconds)
    end()


def _gate(url: str) -> Gate:
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    return Gate((address.hostname, address.port)).__enter__()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
