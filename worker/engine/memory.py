"""An engine's own memory: how much it has, and giving back what it does not use."""

from __future__ import annotations

import ctypes
import sys

import psutil


def own_memory() -> int:
    """Return the bytes that are resident for this process alone; the libraries' code is there once for all engines."""
    memory = psutil.Process().memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))


def give_back() -> None:
    """Return freed memory to the system, where the C allocator is glibc's: it keeps what was many small pieces.

    Those of binning alone are half as large as the table.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
