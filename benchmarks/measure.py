"""Runs a command and measures its whole process tree."""

from __future__ import annotations

import resource
import subprocess
import time
from dataclasses import dataclass

import psutil

#: between two looks at the tree
SAMPLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command's process tree took."""

    wall_seconds: float
    #: user and system, of the whole tree
    cpu_seconds: float
    #: the largest sum of resident sets at one moment; pages that processes share count in each
    peak_rss_mb: float
    #: the same with shared pages split between their users
    peak_pss_mb: float


class CommandFailed(Exception):
    """Raised when a measured command exits with an error."""


def measure(command: list[str], env: dict[str, str] | None = None) -> Cost:
    """Run ``command`` to its end and return its cost. Raises CommandFailed."""
    cpu: dict[tuple[int, float], float] = {}
    peak_rss = peak_pss = 0.0
    waited_before = _waited_cpu_seconds()
    started = time.perf_counter()
    process = psutil.Popen(command, env=env)
    while True:
        rss = pss = 0.0
        for each in _tree(process):
            try:
                with each.oneshot():
                    cpu[each.pid, each.create_time()] = _cpu_seconds(each)
                    memory = each.memory_full_info()
                rss += memory.rss
                pss += memory.pss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        peak_rss, peak_pss = max(peak_rss, rss), max(peak_pss, pss)
        try:
            code = process.wait(SAMPLE_SECONDS)
            break
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            continue
    wall = time.perf_counter() - started
    if code:
        raise CommandFailed(f"{' '.join(command)} exited with {code}")
    # a look misses what a process did after it; what nobody waited for is in the looks alone
    cpu_seconds = max(sum(cpu.values()), _waited_cpu_seconds() - waited_before)
    return Cost(wall, cpu_seconds, peak_rss / 2**20, peak_pss / 2**20)


def tree_cpu_seconds() -> float:
    """Return what this process and its living descendants have taken so far, user and system."""
    return sum(map(_cpu_seconds, _tree(psutil.Process())))


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _waited_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _tree(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
