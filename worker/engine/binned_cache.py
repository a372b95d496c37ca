"""What an engine keeps between tasks: the data set, its folds and their binned rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Value = TypeVar("Value")


class BinnedCache:
    """Values by key, the least recently used dropped first to stay within a limit. For one thread."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._entries: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self.size_bytes = 0

    def get(self, key: Hashable, make: Callable[[], tuple[Value, int]]) -> Value:
        """Return the value under ``key``; ``make`` supplies it, and its size in bytes, where it is not kept.

        A value larger than the limit is returned without being kept.
        """
        if key in self._entries:
            self._entries.move_to_end(key)
            return cast(Value, self._entries[key][0])
        value, size = make()
        if size <= self._limit:
            self._entries[key] = (value, size)
            self.size_bytes += size
            while self.size_bytes > self._limit:
                _, (_, dropped) = self._entries.popitem(last=False)
                self.size_bytes -= dropped
        return value
