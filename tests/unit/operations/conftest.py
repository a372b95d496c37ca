"""The store and the queue in memory."""

from __future__ import annotations

import pytest

from shared.testing import InMemoryStore, InMemoryTaskQueue


@pytest.fixture
def store() -> InMemoryStore:
    """Return an empty store."""
    return InMemoryStore()


@pytest.fixture
def queue() -> InMemoryTaskQueue:
    """Return a queue without a task."""
    return InMemoryTaskQueue()
