"""The three result stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.embedded import EmbeddedStore
from shared.adapters.mongodb import MongoStore
from shared.ports import Store
from shared.testing import InMemoryStore, make_sweep
from tests.support.result_stores import T0, A, Adapter, B


@pytest.fixture(params=["memory", "embedded", "mongodb"])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    if request.param == "memory":
        store = InMemoryStore()
        return Adapter(lambda: store, "shared.testing.store")
    if request.param == "embedded":
        return Adapter(lambda: EmbeddedStore(tmp_path / "b.sqlite"), "shared.adapters.embedded.store")
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
