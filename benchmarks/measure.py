"""Runs a command and measures its whole process tree."""

from __future__ import annotations

import resource
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil

#: between two looks at the tree
SAMPLE_SECONDS = 0.3
#: what the processes of a tree get to end by themselves, once its root has ended or a Ctrl-C has reached them
_END_SECONDS = 30.0


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
    """Run ``command`` to its end and return its cost; nothing of its tree is left. Raises CommandFailed."""
    #: by process, as of the last look at it
    cpu: dict[psutil.Process, float] = {}
    peak_rss = peak_pss = 0.0
    waited_before = _waited_cpu_seconds()
    started = time.perf_counter()
    process = psutil.Popen(command, env=env)
    try:
        while True:
            rss = pss = 0.0
            for each in _tree(process):
                try:
                    with each.oneshot():
                        cpu[each] = _cpu_seconds(each)
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
    finally:
        _end({*cpu, *_tree(process)})
    if code:
        raise CommandFailed(f"{' '.join(command)} exited with {code}")
    # a look misses what a process did after it; what nobody waited for is in the looks alone
    cpu_seconds = max(sum(cpu.values()), _waited_cpu_seconds() - waited_before)
    return Cost(wall, cpu_seconds, peak_rss / 2**20, peak_pss / 2**20)


def tree_cpu_seconds(pid: int | None = None) -> float:
    """Return what a process (this one) and its living descendants have taken so far, user and system."""
    return sum(map(_cpu_seconds, _tree(psutil.Process(pid))))


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


def _end(processes: set[psutil.Process]) -> None:
    """Wait for the end of what has been told to stop, by Ctrl-C or by its parent; kill what takes too long."""
    _, alive = psutil.wait_procs(processes, timeout=_END_SECONDS)
    for each in alive:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(alive, timeout=_END_SECONDS)
