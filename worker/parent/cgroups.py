"""The limits that the cgroups of this process set, of both versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

#: reads a limit from a cgroup's folder; None where it sets none
ReadLimit = Callable[[Path], float | None]


def limits(root: Path, controller: str, v2: ReadLimit, v1: ReadLimit) -> Iterator[float]:
    """Yield the controller's limit in each cgroup from this process's own up to the mount's root.

    ``root`` is where the kernel's ``proc`` and ``sys`` are found.
    """
    for mount, folder, is_v2 in _cgroups(root, controller):
        while True:
            limit = v2(folder) if is_v2 else v1(folder)
            if limit is not None:
                yield limit
            if folder == mount or mount not in folder.parents:
                break
            folder = folder.parent


def _cgroups(root: Path, wanted: str) -> Iterator[tuple[Path, Path, bool]]:
    """Yield (mount point, this process's folder in it, whether it is v2) of each hierarchy with the controller."""
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
        controller = "" if is_v2 else wanted
        if controller not in paths or not (is_v2 or (kind == "cgroup" and wanted in options.split(","))):
            continue
        mount = root / mount_point.lstrip("/")
        yield mount, mount / _below(paths[controller], mount_root), is_v2


def _below(path: str, mount_root: str) -> PurePosixPath:
    """Return where a cgroup is inside a mount that shows only ``mount_root`` and what is below it."""
    try:
        return PurePosixPath(path).relative_to(mount_root)
    except ValueError:  # another namespace's path: what the mount shows is ours
        return PurePosixPath(".")
