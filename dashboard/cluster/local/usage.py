"""CPU and memory that processes of this machine use, with their children, which are the engines."""

from __future__ import annotations

import threading
import time

import psutil

from dashboard.cluster.state import Resources

#: two looks closer together than this are one: several viewers ask, and CPU is a difference
_SHORTEST_SECONDS = 1.0
#: a process nobody asked about for this long is forgotten
_KEPT_SECONDS = 60.0


class ProcessUsage:
    """Answers for one process at a time. CPU takes two looks, and is of the time between them. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: pid -> when, CPU seconds so far, what was answered
        self._looks: dict[int, tuple[float, float, Resources]] = {}

    def of(self, pid: int | None) -> Resources | None:
        """Return what the process and its children use; None where there is none of that id."""
        if pid is None:
            return None
        with self._lock:
            now = time.monotonic()
            before = self._looks.get(pid)
            if before is not None and now - before[0] < _SHORTEST_SECONDS:
                return before[2]
            measured = _measure(pid)
            if measured is None:
                self._looks.pop(pid, None)
                return None
            seconds, memory = measured
            # an engine that ended takes its seconds along
            cpu = None if before is None else max(0.0, seconds - before[1]) / (now - before[0])
            self._looks = {each: look for each, look in self._looks.items() if now - look[0] < _KEPT_SECONDS}
            self._looks[pid] = (now, seconds, Resources(cpu=cpu, memory=memory))
            return self._looks[pid][2]


def _measure(pid: int) -> tuple[float, int] | None:
    """CPU seconds and resident bytes of a process and its children."""
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return None
    seconds, memory = 0.0, 0
    for process in family:
        try:
            with process.oneshot():
                times = process.cpu_times()
                seconds += times.user + times.system
                memory += process.memory_info().rss
        except psutil.Error:  # it ended meanwhile
            continue
    return seconds, memory
