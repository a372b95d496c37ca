"""Completes the causes of attempts that were lost with local workers: who started them knows how they ended."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.adapters.processes.local_workers import LocalWorker
from shared.domain import AttemptCause, AttemptEnd
from shared.errors import ServiceUnavailable
from shared.ports import AttemptLog

log = logging.getLogger(__name__)

#: between two looks for attempts to complete, in seconds
LOOK_SECONDS = 5.0
#: how many ends are remembered
_MOST_ENDS = 200
#: of a log, its end
_LOG_LINES, _LOG_BYTES = 40, 32 * 1024


@dataclass(frozen=True, slots=True)
class _End:
    #: what the ids of that process's worker begin with
    prefix: str
    message: str
    log: str


class LocalLosses:
    """Remembers how workers of this machine ended until somebody finds what was lost with them."""

    def __init__(self, attempts: AttemptLog, clock: Callable[[], float] = time.monotonic) -> None:
        self._attempts = attempts
        self._clock = clock
        self._ends: deque[_End] = deque(maxlen=_MOST_ENDS)
        self._look_at = float("-inf")

    def ended(self, worker: LocalWorker, code: int) -> None:
        """Note that a worker ended by itself with that code; negative is the signal."""
        self._ends.append(_End(f"{socket.gethostname()}-{worker.pid}-", _words(code), _last_lines(worker.log)))

    def look(self) -> None:
        """Complete what was lost with one of them; now and then only, and not while the store does not answer."""
        if not self._ends or self._clock() < self._look_at:
            return
        self._look_at = self._clock() + LOOK_SECONDS
        try:
            for attempt in self._attempts.lost_attempts(in_pods=False):
                # a pid comes again one day: the latest is meant
                end = next((each for each in reversed(self._ends) if attempt.worker.startswith(each.prefix)), None)
                if end is not None:
                    learned = AttemptEnd(
                        cause=AttemptCause.LOST, message=end.message, log=end.log, looked_at=datetime.now(UTC)
                    )
                    self._attempts.complete_attempt(attempt.attempt_id, learned)
        except ServiceUnavailable as error:
            log.info("could not look after lost workers: %s", error, extra={"event": "losses.unavailable"})


def _words(code: int) -> str:
    if code >= 0:
        return f"the worker's process ended with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"the worker's process was killed by signal {-code} ({name})"


def _last_lines(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_BYTES))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-_LOG_LINES:])
    except OSError:
        return ""
