"""Runs a command and measures its whole process tree."""

from __future__ import annotations

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
    #: user and system, of every process seen
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
    started = time.perf_counter()
    process = psutil.Popen(command, env=env)
    while True:
        rss = pss = 0.0
        for each in _tree(process):
            try:
                with each.oneshot():
                    times = each.cpu_times()
                    cpu[each.pid, each.create_time()] = times.user + times.system
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
    return Cost(wall, sum(cpu.values()), peak_rss / 2**20, peak_pss / 2**20)


def _tree(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
