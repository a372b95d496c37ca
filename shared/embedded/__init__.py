"""The embedded default: queue and store in one SQLite file, for one machine."""

from shared.embedded.queue import EmbeddedTaskQueue
from shared.embedded.store import EmbeddedResultStore

__all__ = ["EmbeddedResultStore", "EmbeddedTaskQueue"]
