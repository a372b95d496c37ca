"""How many CPUs this process may use: the least of its affinity mask and its cgroups' quotas."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def available_cpus(root: Path = Path("/")) -> float:
    """Return the CPUs that this process may use, such as 1.5; never the host's count where a limit is set.

    ``root`` is where the kernel's ``proc`` and ``sys`` are found.
    """
    return min([float(_affinity()), *_quotas(root)])


def engine_count(threads: int, cpus: float) -> int:
    """Return how many engines of ``threads`` threads fit on ``cpus``, at least one."""
    return max(1, int(cpus // threads))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS has neither affinity masks nor cgroups: the host's count is the limit


def _quotas(root: Path) -> Iterator[float]:
    """Yield the quota, in CPUs, of each cgroup from this process's own up to the mount's root, v1 and v2."""
    for mount, folder, is_v2 in _cgroups(root):
        while True:
            quota = _quota_v2(folder) if is_v2 else _quota_v1(folder)
            if quota is not None:
                yield quota
            if folder == mount or mount not in folder.parents:
                break
            folder = folder.parent


def _cgroups(root: Path) -> Iterator[tuple[Path, Path, bool]]:
    """Yield (mount point, this process's folder in it, whether it is v2) of each hierarchy that may limit CPU."""
    try:
        memberships = (root / "proc/self/cgroup").read_text().splitlines()
        mounts = (root / "proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return  # not Linux
    paths: dict[str, str] = {}
    for line in memberships:
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    for line in mounts:
        # 35 24 0:30 /docker/ID /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct
        left, _, right = line.partition(" - ")
        mount_root, mount_point = left.split()[3:5]
        kind, _, options = right.split(" ", 2)
        is_v2 = kind == "cgroup2"
        controller = "" if is_v2 else "cpu"
        if controller not in paths or not (is_v2 or (kind == "cgroup" and "cpu" in options.split(","))):
            continue
        mount = root / mount_point.lstrip("/")
        yield mount, mount / _below(paths[controller], mount_root), is_v2


def _below(path: str, mount_root: str) -> PurePosixPath:
    """Return where a cgroup is inside a mount that shows only ``mount_root`` and what is below it."""
    try:
        return PurePosixPath(path).relative_to(mount_root)
    except ValueError:  # another namespace's path: what the mount shows is ours
        return PurePosixPath(".")


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
