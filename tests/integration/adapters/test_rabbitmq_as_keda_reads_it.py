"""What KEDA's component asks RabbitMQ's management API, over as many queues as many sweeps have."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import ROOT
from tests.support.rabbitmq_server import RabbitmqServer, channel_to, running

pytestmark = pytest.mark.slow

#: sweeps with a queue of their own
SWEEPS = 200


@pytest.fixture(scope="module")
def trigger() -> dict[str, str]:
    """The component's trigger, as it is applied."""
    file = ROOT / "k8s/components/keda/worker-scaling.yaml"
    scaled, _ = yaml.safe_load_all(file.read_text())
    metadata: dict[str, str] = scaled["spec"]["triggers"][0]["metadata"]
    return metadata


@pytest.fixture(scope="module")
def broker(rabbitmq_script: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The URL of a broker, and the port of its management API."""
    folder: Path = tmp_path_factory.mktemp("managed-rabbitmq")
    server = RabbitmqServer(rabbitmq_script, folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    with (folder / "rabbitmq.conf").open("a") as config:
        config.write(f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port}\n")
        config.write("collect_statistics_interval = 1000\n")
    with running(server):
        yield server.url, port


@pytest.fixture
def counted(broker: tuple[str, int], trigger: dict[str, str]) -> Callable[[], list[dict[str, Any]]]:
    """Return how to ask as KEDA does: one page of the queues whose names match."""
    query = urllib.parse.urlencode(
        {
            "page": 1,
            "use_regex": trigger["useRegex"],
            "pagination": "false",
            "name": trigger["queueName"],
            "page_size": trigger["pageSize"],
        }
    )
    user = {"Authorization": "Basic " + base64.b64encode(b"guest:guest").decode()}

    def ask() -> list[dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", broker[1], timeout=30)
        try:
            connection.request("GET", f"/api/queues/%2F?{query}", headers=user)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            items: list[dict[str, Any]] = json.load(answer)["items"]
        finally:
            connection.close()
        return items

    return ask


def test_every_sweeps_queue_counts_with_what_workers_hold_and_no_other(
    broker: tuple[str, int], counted: Callable[[], list[dict[str, Any]]]
) -> None:
    ours = ["boostgrid.tasks", *(f"boostgrid.tasks.{number:06x}.1" for number in range(SWEEPS))]
    others = ["boostgrid.dead", "other.boostgrid.tasks.1", "boostgridxtasks.1", "boostgrid.tasks-of-another"]
    with channel_to(broker[0]) as channel:
        for queue in (*ours, *others):
            channel.queue_declare(queue)
        for queue in (*ours[:3], *others):
            channel.basic_publish("", queue, b"waits")
        channel.basic_publish("", ours[-1], b"is worked on")
        held, _, _ = channel.basic_get(ours[-1])
        assert held is not None

        def messages() -> dict[str, int]:
            return {each["name"]: each.get("messages", 0) for each in counted() if each.get("messages", 0)}

        # the statistics of a queue come a moment later, and until then read as none
        wanted = dict.fromkeys((*ours[:3], ours[-1]), 1)
        deadline = time.monotonic() + 60
        while messages() != wanted and time.monotonic() < deadline:
            time.sleep(0.5)
        assert messages() == wanted
        assert {each["name"] for each in counted()} == set(ours)
