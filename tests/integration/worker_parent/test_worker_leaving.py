"""Leaving RabbitMQ: what was taken goes to others as if never delivered, and no broker keeps a worker from going."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.adapters.rabbitmq import RabbitTaskQueue, Topology
from tests.support import ROOT
from tests.support.engine_evaluators import SUCCEED, TAKE_SIX_SECONDS
from tests.support.engines_bench import EnginesBench
from tests.support.rabbitmq_server import OpenQueue
from tests.support.task_queues import becomes, take


@pytest.mark.parametrize("engines", [1, 3])
def test_an_eviction_hands_every_task_back_at_no_cost(
    engines_bench: Callable[..., EnginesBench],
    rabbitmq_url: str,
    rabbitmq_queue_names: Topology,
    open_rabbitmq: OpenQueue,
    engines: int,
) -> None:
    b = engines_bench(RabbitTaskQueue(rabbitmq_url, rabbitmq_queue_names), engines)
    whats = [TAKE_SIX_SECONDS] * engines + [SUCCEED] * 5
    b.publish(*whats)
    b.until(lambda: b.evaluations == engines)

    b.stop.ask()
    b.worker.run()

    assert b.outcomes == ()
    queue = open_rabbitmq(rabbitmq_url, rabbitmq_queue_names)
    consumer = queue.consume()
    deliveries = [take(consumer, addresses=(b.address,)) for _ in whats]
    assert [delivery.redelivered for delivery in deliveries if delivery] == [False] * len(whats)
    assert all(consumer.acknowledge(delivery) for delivery in deliveries if delivery)
    consumer.close()
    assert becomes(queue, b.address, ready=0, dead=0)


@pytest.mark.parametrize("broker", ["silent", "refusing"])
def test_a_worker_leaves_within_its_time_of_grace_where_the_broker_is_down(tmp_path: Path, broker: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, (tmp_path / "log").open("wb") as log:
        if broker == "refusing":
            listener.shutdown(socket.SHUT_RDWR)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOSTGRID_")}
        environment.pop("MONGODB_URL", None)
        environment |= {
            "BOOSTGRID_HOME": str(tmp_path),
            "BOOSTGRID_ENGINES": "2",
            "BOOSTGRID_GRACE_SECONDS": "5",
            "RABBITMQ_URL": f"amqp://127.0.0.1:{listener.getsockname()[1]}/",
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.support.worker_child"], cwd=ROOT, env=environment, stderr=log
        )
        try:
            _wait_until(lambda: (tmp_path / "log").read_text().count("started an engine") == 2)
            time.sleep(3)  # the engines are ready, and the queue is asked for tasks
            asked_at = time.monotonic()
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
            assert time.monotonic() - asked_at < 5
        finally:
            worker.kill()
            worker.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()


def _wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
