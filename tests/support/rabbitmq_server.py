"""A RabbitMQ to test against: the one that RABBITMQ_URL names, else a private child with its data in a tmp folder."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from shared.adapters.rabbitmq import RabbitTaskQueue, Topology
from shared.domain import TaskAddress
from shared.ports import TaskConsumer
from shared.testing import make_task
from tests.support.gate import Gate

#: with a URL, and where wanted a topology and a patience in seconds
OpenQueue = Callable[..., RabbitTaskQueue]
#: with a queue
Consume = Callable[..., TaskConsumer]

#: the queues that tests leave behind, but for those that remove their own
TEST_ADDRESSES = (make_task().address, TaskAddress(sweep_id="b-sweep-000000", epoch=1), make_task(epoch=2).address)

_START_SECONDS = 120.0
#: Debian's own script in the path refuses other users than root and rabbitmq; the one it calls does not
_DEBIAN_SCRIPT = "/usr/lib/rabbitmq/bin/rabbitmq-server"

#: Erlang for the name of the process that leads a quorum queue of the default virtual host
_REPLICA = 'element(1, amqqueue:get_pid(element(2, rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"%s">>)))))'


class RabbitmqServer:
    """A broker of a test's own. ``kill`` and ``start`` again keep its data."""

    def __init__(self, script: str, folder: Path, heartbeat: int = 60, consumer_timeout_ms: int | None = None) -> None:
        port, epmd_port, distribution_port = _free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{port}/"
        self._script = script
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        timeout = "undefined" if consumer_timeout_ms is None else consumer_timeout_ms
        (folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\nheartbeat = {heartbeat}\n")
        # the tick is how often a channel looks whether a delivery is overdue
        (folder / "advanced.config").write_text(
            f"[{{rabbit, [{{consumer_timeout, {timeout}}}, {{channel_tick_interval, 500}}]}}].\n"
        )
        (folder / "enabled_plugins").write_text("[].\n")
        self._environment = os.environ | {
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"boostgrid-{port}@localhost",
            "RABBITMQ_DIST_PORT": str(distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }

    def start(self) -> None:
        """Start and wait until it answers."""
        # Erlang's name service would otherwise be started as a daemon that outlives the broker
        self._launch(shutil.which("epmd") or "epmd")
        broker = self._launch(self._script)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(AMQPError, OSError):
                pika.BlockingConnection(pika.URLParameters(self.url)).close()
                return
            output = (self._folder / "output").read_text(errors="replace")
            assert broker.poll() is None, f"RabbitMQ ended:\n{output}"
            assert time.monotonic() < deadline, f"RabbitMQ does not answer:\n{output}"
            time.sleep(0.2)

    def kill(self) -> None:
        """Stop at once, as a power cut would."""
        while self._processes:
            process = self._processes.pop()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Stop as a clean shutdown does."""
        if self._processes:
            self._processes[-1].terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._processes[-1].wait(_START_SECONDS)
        self.kill()

    def queues(self) -> list[str]:
        """Return the queues, each with the number of its messages."""
        return self._control("list_queues", "--no-table-headers", "name", "messages").split("\n")[:-1]

    def silence(self, queue: str) -> None:
        """Have the quorum queue answer nothing, as one without a leader; the broker and all other queues do."""
        self._control("eval", f"sys:suspend({_REPLICA % queue}).")

    def give_voice(self, queue: str) -> None:
        """Have the queue answer again, to what it was asked meanwhile too."""
        self._control("eval", f"sys:resume({_REPLICA % queue}).")

    def _control(self, *arguments: str) -> str:
        command = [str(Path(self._script).with_name("rabbitmqctl")), "--quiet", *arguments]
        found = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=_START_SECONDS)
        assert found.returncode == 0, found.stdout + found.stderr
        return found.stdout

    def _launch(self, command: str) -> subprocess.Popen[bytes]:
        with (self._folder / "output").open("ab") as output:
            process = subprocess.Popen(
                [command],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes.append(process)
        return process


@pytest.fixture(scope="session")
def rabbitmq_script() -> str:
    """The path of the broker's start script; skips without it, fails in CI."""
    script = _DEBIAN_SCRIPT if Path(_DEBIAN_SCRIPT).exists() else shutil.which("rabbitmq-server")
    if script is None:
        reason = "no RabbitMQ: set RABBITMQ_URL or install rabbitmq-server"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return script


@contextlib.contextmanager
def running(server: RabbitmqServer) -> Iterator[RabbitmqServer]:
    """Start the broker, and leave nothing of it behind."""
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # as set_up_logs does: its failures come as exceptions too
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def rabbitmq_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a broker that all tests share, each with its own topology."""
    if url := os.environ.get("RABBITMQ_URL"):
        yield url
        return
    script = request.getfixturevalue("rabbitmq_script")
    with running(RabbitmqServer(script, tmp_path_factory.mktemp("rabbitmq"))) as server:
        yield server.url


@pytest.fixture(scope="session")
def impatient_rabbitmq_url(rabbitmq_script: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a broker with a heartbeat of 1 s that takes back what is held for 2 s."""
    folder = tmp_path_factory.mktemp("impatient-rabbitmq")
    with running(RabbitmqServer(rabbitmq_script, folder, heartbeat=1, consumer_timeout_ms=2_000)) as server:
        yield server.url


@pytest.fixture
def rabbitmq_topology() -> Topology:
    """Names that no other test uses."""
    unique = f"test.{secrets.token_hex(6)}"
    return Topology(prefix=f"{unique}.tasks", dead_queue=f"{unique}.dead", dead_exchange=f"{unique}.dead")


@pytest.fixture
def rabbitmq_queue_names(rabbitmq_url: str, rabbitmq_topology: Topology) -> Iterator[Topology]:
    """The test's topology, deleted from the shared broker afterwards."""
    yield rabbitmq_topology
    queue = RabbitTaskQueue(rabbitmq_url, rabbitmq_topology)
    queue.delete(TEST_ADDRESSES)
    queue.close()


@pytest.fixture
def rabbitmq_gate(rabbitmq_url: str) -> Iterator[Gate]:
    """A port in front of the shared broker that the test can shut."""
    address = urlsplit(rabbitmq_url)
    with Gate((address.hostname or "localhost", address.port or 5672)) as gate:
        yield gate


@pytest.fixture
def open_rabbitmq() -> Iterator[OpenQueue]:
    """Opens queues; closes them afterwards."""
    opened: list[RabbitTaskQueue] = []

    def open_queue(url: str, topology: Topology | None = None, patience_seconds: float = 30.0) -> RabbitTaskQueue:
        opened.append(RabbitTaskQueue(url, topology, patience_seconds))
        return opened[-1]

    yield open_queue
    for queue in opened:
        queue.close()


@pytest.fixture
def consume_rabbitmq() -> Iterator[Consume]:
    """Opens consumers; closes them afterwards."""
    consumers: list[TaskConsumer] = []

    def consume(queue: RabbitTaskQueue) -> TaskConsumer:
        consumers.append(queue.consume())
        return consumers[-1]

    yield consume
    for consumer in consumers:
        consumer.close()


@contextlib.contextmanager
def channel_to(url: str) -> Iterator[BlockingChannel]:
    """A channel of the test's own."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    yield connection.channel()
    connection.close()


def through(gate: Gate, url: str) -> str:
    """Return the URL with the gate in the place of its host."""
    address = urlsplit(url)
    user = address.netloc.rpartition("@")[0]
    return urlunsplit(address._replace(netloc=f"{user}@127.0.0.1:{gate.port}"))


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
