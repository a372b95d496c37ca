"""A connection that is dropped on its way is told apart from one that is refused, and from a server that is silent."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner
from kubernetes.client import Configuration

from dashboard.cluster.kubernetes.api import KubernetesApi, NotNow
from shared.adapters.mongodb import MongoStore
from shared.adapters.rabbitmq import RabbitTaskQueue
from shared.command_line import main
from shared.errors import ServiceUnavailable
from tests.support.dropping import dropping

pytestmark = pytest.mark.slow


@pytest.fixture
def dropped():
    with dropping() as port:
        yield port


@pytest.fixture
def silent():
    """A port where connections are accepted, and nothing is said."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def refused():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield closed.getsockname()[1]


def ask_rabbitmq(port):
    queue = RabbitTaskQueue(f"amqp://somebody:pa55word@127.0.0.1:{port}/?stack_timeout=2&socket_timeout=1")
    try:
        queue.status([])
    finally:
        queue.close()


def ask_mongodb(port):
    store = MongoStore(f"mongodb://somebody:pa55word@127.0.0.1:{port}/", "blocked")
    try:
        store.workers()
    finally:
        store.close()


def ask_kubernetes(port):
    configuration = Configuration()
    configuration.host = f"https://127.0.0.1:{port}"
    api = KubernetesApi(configuration, connect_seconds=1, read_seconds=1)
    try:
        api.get("/api")
    finally:
        api.close()


EVERY = pytest.mark.parametrize("ask", [ask_rabbitmq, ask_mongodb, ask_kubernetes])


@EVERY
def test_what_drops_is_blocked_and_named(ask, dropped):
    with pytest.raises(ServiceUnavailable, match=r"blocked\? the connection times out") as raised:
        ask(dropped)
    assert f"may drop what goes to 127.0.0.1:{dropped}: let it through" in raised.value.hint
    assert "pa55word" not in str(raised.value)


@EVERY
def test_what_refuses_is_not_called_blocked(ask, refused):
    with pytest.raises(ServiceUnavailable) as raised:
        ask(refused)
    assert "blocked" not in str(raised.value)
    assert "refused" in str(raised.value)


@EVERY
def test_what_accepts_and_is_silent_is_not_called_blocked(ask, silent):
    with pytest.raises(ServiceUnavailable) as raised:
        ask(silent)
    assert "blocked?" not in str(raised.value)


def test_one_of_several_servers_that_answers_says_that_nothing_is_blocked(dropped, refused):
    store = MongoStore(f"mongodb://127.0.0.1:{dropped},127.0.0.1:{refused}/?replicaSet=rs0", "blocked")
    with pytest.raises(ServiceUnavailable) as raised:
        store.workers()
    store.close()
    assert "blocked?" not in str(raised.value)


def test_the_command_line_says_it(dropped, monkeypatch):
    monkeypatch.setenv("MONGODB_URL", f"mongodb://somebody:pa55word@127.0.0.1:{dropped}/")
    result = CliRunner().invoke(main, ["list"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: MongoDB does not answer (blocked? the connection times out")
    assert "pa55word" not in result.stderr


def test_the_kubernetes_error_is_one_that_passes(dropped):
    with pytest.raises(NotNow):
        ask_kubernetes(dropped)
