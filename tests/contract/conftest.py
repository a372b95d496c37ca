"""The three result stores, and the three queues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.embedded import EmbeddedStore
from shared.adapters.mongodb import MongoStore
from shared.adapters.rabbitmq import Topology
from shared.ports import Store, TaskConsumer, TaskQueue
from shared.testing import InMemoryStore, make_sweep
from tests.support.stores import T0, A, Adapter, B
from tests.support.task_queues import DELIVERY_LIMIT, embedded, in_memory, rabbitmq
from tests.support.task_queues import Adapter as QueueAdapter


@pytest.fixture(params=["memory", "embedded", pytest.param("mongodb", marks=pytest.mark.slow)])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    if request.param == "memory":
        store = InMemoryStore()
        return Adapter(lambda: store, "shared.testing.store")
    if request.param == "embedded":
        return Adapter(lambda: EmbeddedStore(tmp_path / "b.sqlite"), "shared.adapters.embedded.workers")
    url, database = (request.getfixturevalue(name) for name in ("mongodb_url", "mongodb_database"))
    return Adapter(lambda: MongoStore(url, database), "shared.adapters.mongodb.store")


@pytest.fixture
def store(adapter: Adapter) -> Iterator[Store]:
    """A store with the sweeps A and B."""
    store = adapter.open()
    store.save_sweep(make_sweep(A))
    store.save_sweep(make_sweep(B, created_at=T0 + timedelta(days=1)))
    yield store
    store.close()


@pytest.fixture(params=["in-memory", "embedded", pytest.param("rabbitmq", marks=pytest.mark.slow)])
def queue_adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QueueAdapter]:
    if request.param == "in-memory":
        context = in_memory()
    elif request.param == "embedded":
        context = embedded(tmp_path / "boostgrid.sqlite")
    else:
        url, gate, names = map(request.getfixturevalue, ("rabbitmq_url", "rabbitmq_gate", "rabbitmq_queue_names"))
        context = rabbitmq(url, gate, Topology(names.prefix, names.dead_queue, names.dead_exchange, DELIVERY_LIMIT))
    with context as queue_adapter:
        yield queue_adapter


@pytest.fixture
def queue(queue_adapter: QueueAdapter) -> TaskQueue:
    return queue_adapter.open()


@pytest.fixture
def consume(queue: TaskQueue) -> Iterator[Callable[[], TaskConsumer]]:
    consumers: list[TaskConsumer] = []

    def consume() -> TaskConsumer:
        consumers.append(queue.consume())
        return consumers[-1]

    yield consume
    for consumer in consumers:
        consumer.close()
