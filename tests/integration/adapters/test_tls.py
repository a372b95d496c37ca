"""Broker and store behind TLS whose certificates a private authority signed."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pymongo import uri_parser

from shared.adapters.backends import open_queue, open_store
from shared.adapters.mongodb import MongoStore
from shared.adapters.rabbitmq import RabbitTaskQueue
from shared.errors import ServiceUnavailable
from shared.settings import Settings
from shared.testing import make_task
from tests.support.rabbitmq_server import RabbitmqServer, running
from tests.support.task_queues import ADDRESS, take
from tests.support.tls import Authority, make_authority, tls_in_front

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs the servers' certificates."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority of the same name, which signed none of them."""
    return make_authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def broker_port(rabbitmq_script: str, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The TLS port of a RabbitMQ."""
    folder: Path = tmp_path_factory.mktemp("tls-rabbitmq")
    server = RabbitmqServer(rabbitmq_script, folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with (folder / "rabbitmq.conf").open("a") as config:
        config.write(
            f"listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.cacertfile = {authority.authority}\n"
            f"ssl_options.certfile = {authority.certificate}\nssl_options.keyfile = {authority.key}\n"
            "ssl_options.verify = verify_none\n"
        )
    with running(server):
        yield port


@pytest.fixture(scope="module")
def store_address(mongodb_url: str, authority: Authority) -> Iterator[tuple[str, str, str]]:
    """What stands before a host, the TLS port in front of the store, and what stands behind it, in a URL."""
    (target,) = uri_parser.parse_uri(mongodb_url)["nodelist"]
    before, _, behind = mongodb_url.rpartition(f"{target[0]}:{target[1]}")
    with tls_in_front(target, authority) as port:
        yield before, str(port), behind


def test_tasks_go_through_a_broker_whose_authority_is_ours(broker_port: int, authority: Authority) -> None:
    settings = Settings(rabbitmq_url=f"amqps://guest:guest@localhost:{broker_port}/", rabbitmq_ca=authority.pem)
    queue = open_queue(settings)
    consumer = queue.consume()
    try:
        assert queue.publish(ADDRESS, [make_task()]) == 1
        assert take(consumer).task == make_task()
    finally:
        consumer.close()
        queue.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_broker_that_is_not_believed_is_said_at_once(
    broker_port: int, authority: Authority, stranger: Authority, host: str
) -> None:
    # by its address it shows a certificate with another name, which no authority makes good
    trusted = {"localhost": (None, stranger.pem), "127.0.0.1": (authority.pem,)}[host]
    for pem in trusted:
        queue = RabbitTaskQueue(f"amqps://guest:secret@{host}:{broker_port}/", patience_seconds=1e6, authority=pem)
        for ask in (
            lambda queue=queue: queue.status([ADDRESS]),
            lambda queue=queue: queue.publish(ADDRESS, [make_task()]),
        ):
            with pytest.raises(ServiceUnavailable, match=r"certificate is not believed.*RABBITMQ_CA") as caught:
                ask()
            assert "secret" not in str(caught.value)


def test_the_store_is_reached_whose_authority_is_ours(
    store_address: tuple[str, str, str], authority: Authority, mongodb_database: str
) -> None:
    before, port, behind = store_address
    # the port in front is none of the addresses that a replica set has for its members
    direct = "&directConnection=true" if "?" in behind else "?directConnection=true"
    for asked in ("", "&tls=true"):
        url = f"{before}localhost:{port}{behind}{direct}{asked}"
        store = open_store(Settings(mongodb_url=url, mongodb_ca=authority.pem, mongodb_database=mongodb_database))
        try:
            assert store.summaries() == []
        finally:
            store.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_store_that_is_not_believed_is_said(
    store_address: tuple[str, str, str], authority: Authority, stranger: Authority, host: str
) -> None:
    before, port, behind = store_address
    trusted = stranger if host == "localhost" else authority
    store = MongoStore(f"{before}{host}:{port}{behind}", "boostgrid", authority=trusted.pem)
    try:
        with pytest.raises(ServiceUnavailable, match="Check that MONGODB_CA is the authority"):
            store.summaries()
    finally:
        store.close()


@pytest.mark.parametrize("pem", ["no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_an_authority_that_is_none_is_refused(pem: str) -> None:
    with pytest.raises(ServiceUnavailable, match="RABBITMQ_CA holds no certificate"):
        RabbitTaskQueue("amqps://localhost/", authority=pem)
    store = MongoStore("mongodb://localhost/", "boostgrid", authority=pem)
    with pytest.raises(ServiceUnavailable, match="MONGODB_CA holds no certificate"):
        store.summaries()


def test_an_authority_without_tls_is_refused() -> None:
    with pytest.raises(ServiceUnavailable, match=r"RABBITMQ_URL asks for no TLS.*amqps://"):
        RabbitTaskQueue("amqp://localhost/", authority="any")


def test_tls_on_one_side_only_is_told_with_what_to_write(
    authority: Authority, broker_port: int, store_address: tuple[str, str, str], rabbitmq_url: str
) -> None:
    before, port, behind = store_address
    plain_port = urlsplit(rabbitmq_url).port
    with pytest.raises(ServiceUnavailable, match="it ends the connection at once") as told:
        RabbitTaskQueue(f"amqp://guest:guest@localhost:{broker_port}/", patience_seconds=0.5).status([])
    assert "write amqps://" in told.value.hint
    with pytest.raises(ServiceUnavailable, match="speaks no TLS") as told:
        RabbitTaskQueue(
            f"amqps://guest:guest@localhost:{plain_port}/", patience_seconds=0.5, authority=authority.pem
        ).status([])
    assert "port for TLS" in told.value.hint
    with pytest.raises(ServiceUnavailable) as told:
        MongoStore(f"{before}localhost:{port}{behind}", "x").summaries()
    assert "add tls=true" in told.value.hint
    with _hanging_up() as port_without, pytest.raises(ServiceUnavailable) as told:
        MongoStore(f"mongodb://localhost:{port_without}/", "x", authority=authority.pem).summaries()
    assert "speaks TLS at the address in MONGODB_URL" in told.value.hint


@contextlib.contextmanager
def _hanging_up() -> Iterator[int]:
    """A port that ends each connection at its first bytes, as MongoDB does with what it does not understand."""

    class HangUp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(4)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), HangUp) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
