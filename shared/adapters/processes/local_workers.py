"""Workers as child processes of this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

#: where ``python -m worker`` finds the package
_ROOT = Path(__file__).resolve().parents[3]

#: a log larger than this, in bytes, is set aside when its worker starts again
_LOG_LIMIT = 5 * 2**20


@dataclass(frozen=True, slots=True)
class LocalWorker:
    """One life of one worker."""

    number: int
    started_at: datetime
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it lives; negative is the signal that ended it."""
        return self.process.poll()


class LocalWorkers:
    """Starts and stops workers that share a home folder; each has its log in ``home/logs/worker-N.log``.

    They end with this process, however it ends. As a context manager it stops those that it started. Safe for use
    from several threads.
    """

    def __init__(
        self,
        home: Path,
        command: Sequence[str] = (sys.executable, "-m", "worker"),
        stop_seconds: float = 30.0,
    ) -> None:
        self._home = home.resolve()
        #: the folder of their logs
        self.logs = self._home / "logs"
        self._command = tuple(command)
        self._stop_seconds = stop_seconds
        self._started: dict[int, LocalWorker] = {}

    def start(self, number: int) -> LocalWorker:
        """Start a worker; ``number`` names its log. Raises OSError."""
        log = self.logs / f"worker-{number}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        environment = os.environ | {
            "BOOSTGRID_HOME": str(self._home),
            # a worker that cannot be told to stop, because this process was killed, notices by itself
            "BOOSTGRID_EXIT_WITH_PARENT": str(os.getpid()),
        }
        # how many workers there are is said by their number, not by each taking every CPU
        environment.pop("BOOSTGRID_METRICS_PORT", None)  # one port is one process's
        environment.setdefault("BOOSTGRID_ENGINES", "1")
        with log.open("ab") as output:
            process = subprocess.Popen(
                self._command,
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # so that a Ctrl-C in the terminal reaches this process alone
            )
        worker = LocalWorker(number, datetime.now(UTC), log, process)
        self._started[worker.pid] = worker
        return worker

    def stop(self, workers: Iterable[LocalWorker]) -> None:
        """Stop workers gracefully, kill those that take longer, and return when all have ended."""
        stopping = list(workers)
        for worker in stopping:
            if worker.poll() is None:
                worker.process.terminate()
        deadline = time.monotonic() + self._stop_seconds
        for worker in stopping:
            with suppress(subprocess.TimeoutExpired):
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            if worker.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)  # with its engines
                worker.process.wait()
            self._started.pop(worker.pid, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(list(self._started.values()))
