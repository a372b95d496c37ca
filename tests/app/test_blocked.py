"""A page whose service is behind something that drops connections says so."""

from __future__ import annotations

import pytest

from shared.adapters.mongodb import MongoStore
from shared.adapters.rabbitmq import RabbitTaskQueue
from tests.app.conftest import texts
from tests.support.dropping import dropping

pytestmark = pytest.mark.slow


def test_a_store_that_is_not_reached_is_said_to_be_blocked(dashboard):
    with dropping() as port:
        dashboard.store = MongoStore(f"mongodb://127.0.0.1:{port}/", "blocked")
        at = dashboard.open("sweeps")
        dashboard.store.close()
    assert "blocked? the connection times out instead of being refused" in texts(at)
    assert "A firewall or a network policy may drop what goes to" in texts(at)


def test_a_queue_that_is_not_reached_is_said_to_be_blocked(dashboard):
    with dropping() as port:
        dashboard.queue = RabbitTaskQueue(f"amqp://127.0.0.1:{port}/")
        at = dashboard.open("cluster")
        dashboard.queue.close()
    assert "blocked? the connection times out instead of being refused" in texts(at)
