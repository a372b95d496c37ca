"""What the commands share: the opened store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.adapters.backends import open_store
from shared.ports import Store
from shared.settings import DashboardSettings


@contextmanager
def opened_store() -> Iterator[Store]:
    """Give the configured store, and close it. Raises ServiceUnavailable."""
    store = open_store(DashboardSettings())
    try:
        yield store
    finally:
        store.close()
