"""What an engine keeps between tasks: the data set, its folds and their binned rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from cachetools import LRUCache

Value = TypeVar("Value")


class BinnedCache:
    """Values by key, the least recently used dropped first to stay within a limit. For one thread."""

    def __init__(self, limit_bytes: int) -> None:
        #: values with their sizes
        self._entries: LRUCache[Hashable, tuple[object, int]] = LRUCache(limit_bytes, getsizeof=lambda entry: entry[1])

    @property
    def size_bytes(self) -> int:
        """Of all that is kept."""
        return int(self._entries.currsize)

    def get(self, key: Hashable, make: Callable[[], tuple[Value, int]]) -> Value:
        """Return the value under ``key``; ``make`` supplies it, and its size in bytes, where it is not kept.

        A value larger than the limit is returned without being kept.
        """
        kept = self._entries.get(key)
        if kept is not None:
            return cast(Value, kept[0])
        value, size = make()
        if size <= self._entries.maxsize:
            self._entries[key] = value, size
        return value
