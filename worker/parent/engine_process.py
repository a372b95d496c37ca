"""Starts an engine as a child process, and tells how it ended."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from worker.parent.last_lines import LastLines
from worker.protocol import OUT_OF_MEMORY_EXIT_CODE

#: every way in which a numeric library is told its number of threads; read when it is loaded, so set before
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
#: an engine keeps little memory that it does not use: the C allocator gives back what is free above this many bytes
#: (left to itself it holds tens of megabytes of histograms), and Arrow, which reads a table now and then, has no pool
_MEMORY_VARIABLES = {
    "MALLOC_TRIM_THRESHOLD_": "4000000",
    "MALLOC_MMAP_THRESHOLD_": "4000000",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
#: secrets that an engine has no use for
_NOT_FOR_ENGINES = frozenset({"RABBITMQ_URL", "RABBITMQ_PASSWORD", "MONGODB_URL", "MONGODB_PASSWORD"})
#: how long an engine whose pipe is closed may take to end by itself, in seconds
_LAST_BREATH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How an engine ended."""

    #: negative for a signal
    exit_code: int
    #: 0 if it never had more than its parent, which is all that the system tells then
    peak_memory_mb: float
    #: the last lines that it wrote
    log: str = ""

    def __str__(self) -> str:
        if self.exit_code == OUT_OF_MEMORY_EXIT_CODE:
            return "the engine ran out of memory"
        if self.exit_code >= 0:
            return f"the engine exited with code {self.exit_code}"
        try:
            name = signal.Signals(-self.exit_code).name
        except ValueError:
            name = "unknown"
        probably = ", probably out of memory" if self.exit_code == -signal.SIGKILL else ""
        return f"the engine was killed by signal {-self.exit_code} ({name}){probably}"


class EngineProcess(Protocol):
    """A running engine as its parent sees it."""

    #: the parent's end of the pipe; at its end of file the engine is dead
    connection: Connection
    pid: int

    def kill(self) -> None:
        """End it at once."""

    def forget_log(self) -> None:
        """Forget what it wrote so far: from now on it is at another attempt."""

    def ending(self) -> Ending:
        """Wait for its death, which is near or past, and return how it ended. Called once."""


class ChildProcess:
    """An engine in a process of its own, with a fresh interpreter: nothing of the parent is inherited but the pipe."""

    def __init__(self, threads: int, cache_mb: int, evaluator: str | None = None) -> None:
        self.connection, theirs = Pipe()
        #: what the system has noted of this process, and notes of a child as the child's own
        self._inherited_peak_mb = _peak_mb(resource.getrusage(resource.RUSAGE_SELF))
        command = [sys.executable, "-m", "worker.engine", str(theirs.fileno()), str(os.getpid())]
        command += [f"--threads={threads}", f"--cache-mb={cache_mb}"]
        if evaluator is not None:
            command += [f"--evaluator={evaluator}"]
        self._process = subprocess.Popen(
            command,
            env=environment(threads),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self._log = LastLines(self._process.stdout)
        self.pid = self._process.pid

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def forget_log(self) -> None:
        """Forget what it wrote so far."""
        self._log.forget()

    def ending(self) -> Ending:
        """Wait for its death and return how it ended."""
        self.connection.close()
        deadline = time.monotonic() + _LAST_BREATH_SECONDS
        # wait4 rather than Popen.wait: it tells the peak memory too
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        while pid == 0 and time.monotonic() < deadline:
            time.sleep(0.005)
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            self._process.kill()
            _, status, usage = os.wait4(self.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        peak = _peak_mb(usage)
        known = peak if peak > self._inherited_peak_mb else 0.0
        return Ending(self._process.returncode, known, self._log.end())


def _peak_mb(usage: resource.struct_rusage) -> float:
    bytes_each = 1 if sys.platform == "darwin" else 1024  # the unit of ru_maxrss
    return usage.ru_maxrss * bytes_each / 2**20


def environment(threads: int) -> dict[str, str]:
    """Return what the engine finds in its environment."""
    root = str(Path(__file__).resolve().parents[2])
    return {
        **_MEMORY_VARIABLES,
        **{name: value for name, value in os.environ.items() if name not in _NOT_FOR_ENGINES},
        **dict.fromkeys(_THREAD_VARIABLES, str(threads)),
        "PYTHONPATH": os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
