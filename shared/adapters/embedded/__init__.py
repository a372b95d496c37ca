"""The embedded default: queue and store in one SQLite file, for one machine."""

from shared.adapters.embedded.queue import EmbeddedTaskQueue
from shared.adapters.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore", "EmbeddedTaskQueue"]
