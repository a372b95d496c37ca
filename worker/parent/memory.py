"""How much memory this process may use."""

from __future__ import annotations

from pathlib import Path

import psutil

from worker.parent.cgroups import limits

#: of the memory of a worker, what its engines may keep after a task; the rest is for what a fit needs beside it
_SHARE = 0.8
#: an engine that has just loaded a library and a small table is well below this, so that it is never replaced for that
_LEAST_MB = 300


def available_memory(root: Path = Path("/")) -> int:
    """Return the bytes that this process may use: the least of the machine's memory and its cgroups' limits."""
    return int(min([float(psutil.virtual_memory().total), *limits(root, "memory", _limit_v2, _limit_v1)]))


def engine_memory_mb(engines: int, memory: int) -> int:
    """Return the MB above which one of the engines is to be replaced, of so many bytes in all."""
    return max(_LEAST_MB, int(_SHARE * memory / engines / 2**20))


def _limit_v2(folder: Path) -> float | None:
    try:
        limit = (folder / "memory.max").read_text().strip()
    except OSError:  # the root group has none
        return None
    return None if limit == "max" else float(limit)


def _limit_v1(folder: Path) -> float | None:
    try:
        return float((folder / "memory.limit_in_bytes").read_text())  # without a limit, a number beyond any machine
    except OSError:
        return None
