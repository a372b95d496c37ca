"""How much memory this worker may use, and how much a process has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil

from worker.parent.cgroups import limits


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has of memory, in bytes."""

    #: anonymous and shared pages in memory: what a limit is breached with. Files' pages are not: the kernel drops them
    resident: int
    #: what it may write to, touched or not: what RLIMIT_DATA counts
    writable: int


def available_memory(root: Path = Path("/")) -> int:
    """Return the bytes that this process may use: the least of the machine's memory and its cgroups' limits."""
    return int(min([float(psutil.virtual_memory().total), *limits(root, "memory", _limit_v2, _limit_v1)]))


def usage(pid: int, root: Path = Path("/")) -> Usage | None:
    """Return what the process has, or None if it is gone."""
    try:
        lines = (root / f"proc/{pid}/status").read_text().splitlines()
    except OSError:
        return _usage_elsewhere(pid)
    sizes = {name: int(value.split()[0]) * 1024 for name, _, value in (line.partition(":") for line in lines)
             if name in ("RssAnon", "RssShmem", "VmData")}  # fmt: skip
    if len(sizes) < 3:  # a process that has just ended has none
        return None
    return Usage(sizes["RssAnon"] + sizes["RssShmem"], sizes["VmData"])


def _usage_elsewhere(pid: int) -> Usage | None:
    """Return what the process has on a system that is not Linux, where the two are not told apart."""
    try:
        resident = psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return None
    return Usage(resident, resident)


def restrict(pid: int, writable: int) -> None:
    """Have the process refused more than so many bytes that it may write to, where the system can do that."""
    if not hasattr(psutil, "RLIMIT_DATA"):
        return
    try:
        process = psutil.Process(pid)
        process.rlimit(psutil.RLIMIT_DATA, (writable, process.rlimit(psutil.RLIMIT_DATA)[1]))
    except (psutil.Error, OSError, ValueError):  # it is gone, or has a lower limit from elsewhere
        return


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
