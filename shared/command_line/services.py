"""What the commands share: the opened store and queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.adapters.backends import open_queue, open_store
from shared.ports import Store, TaskQueue
from shared.settings import DashboardSettings


@contextmanager
def opened_store() -> Iterator[Store]:
    """Give the configured store, and close it. Raises ServiceUnavailable."""
    store = open_store(DashboardSettings())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_queue() -> Iterator[TaskQueue]:
    """Give the configured queue, and close it. Raises ServiceUnavailable."""
    queue = open_queue(DashboardSettings())
    try:
        yield queue
    finally:
        queue.close()
