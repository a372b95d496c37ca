"""How many CPUs this process may use: the least of its affinity mask and its cgroups' quotas."""

from __future__ import annotations

import os
from pathlib import Path

from worker.parent.cgroups import limits


def available_cpus(root: Path = Path("/")) -> float:
    """Return the CPUs that this process may use, such as 1.5; never the host's count where a limit is set.

    ``root`` is where the kernel's ``proc`` and ``sys`` are found.
    """
    return min([float(_affinity()), *limits(root, "cpu", _quota_v2, _quota_v1)])


def engine_count(threads: int, cpus: float) -> int:
    """Return how many engines of ``threads`` threads fit on ``cpus``, at least one."""
    return max(1, int(cpus // threads))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS has neither affinity masks nor cgroups: the host's count is the limit


def _quota_v2(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except OSError:  # the root group has none
        return None
    return None if quota == "max" else int(quota) / int(period)


def _quota_v1(folder: Path) -> float | None:
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        period = int((folder / "cpu.cfs_period_us").read_text())
    except OSError:
        return None
    return quota / period if quota > 0 else None
