"""The three result stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.embedded import EmbeddedResultStore
from shared.mongodb import MongoResultStore
from shared.ports import ResultStore
from shared.testing import InMemoryResultStore, make_sweep
from tests.result_stores import T0, A, Adapter, B


@pytest.fixture(params=["memory", "embedded", "mongodb"])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    if request.param == "memory":
        store = InMemoryResultStore()
        return Adapter(lambda: store, "shared.testing.store")
    if request.param == "embedded":
        return Adapter(lambda: EmbeddedResultStore(tmp_path / "b.sqlite"), "shared.embedded.store")
    url, database = (request.getfixturevalue(name) for name in ("mongodb_url", "mongodb_database"))
    return Adapter(lambda: MongoResultStore(url, database), "shared.mongodb.store")


@pytest.fixture
def store(adapter: Adapter) -> Iterator[ResultStore]:
    """A store with the sweeps A and B."""
    store = adapter.open()
    store.save_sweep(make_sweep(A))
    store.save_sweep(make_sweep(B, created_at=T0 + timedelta(days=1)))
    yield store
    store.close()
