"""The parent's side of its engines: starting, feeding, watching, ending and replacing them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from shared.catalog import Library
from shared.domain import Record
from shared.ports import Delivery
from worker.parent.assignment import Assignment
from worker.parent.engine_process import Ending, EngineProcess
from worker.parent.tallies import Tallies
from worker.protocol import (
    ENGINE_MESSAGE,
    EngineMessage,
    EvaluationRequest,
    Progress,
    Stop,
)

log = logging.getLogger(__name__)

#: an engine that does not stop within this many seconds of being asked is killed
STOP_SECONDS = 5.0
#: a time limit counts from the first sign of training; imports and reading the data may take this long, in seconds
PREPARATION_SECONDS = 60.0
#: the wait before the next start after engines died before they were ready, in seconds
_FIRST_BACKOFF_SECONDS, _LAST_BACKOFF_SECONDS = 0.5, 30.0
#: so many starts that failed in a row are no accident
_MANY_STARTS = 3


class Reason(StrEnum):
    """Why the parent ends what an engine does."""

    #: its sweep was cancelled or deleted
    CANCELLED = "cancelled"
    #: the spec's time limit passed
    TIMED_OUT = "timed_out"
    #: the worker's memory was nearly full, and this engine had most of it
    OUT_OF_MEMORY = "out_of_memory"
    #: the worker leaves
    LEAVING = "leaving"


class Engine:
    """One engine and what it is at."""

    def __init__(self, process: EngineProcess, clock: Callable[[], float]) -> None:
        self.process = process
        self.ready = False
        #: the library that it imports at this moment
        self.loading: Library | None = None
        self.assignment: Assignment | None = None
        self.progress: Progress | None = None
        self.started_at: datetime | None = None
        #: why the running batch is being ended, once it is
        self.reason: Reason | None = None
        #: the most memory of its own that was seen
        self.peak_bytes = 0
        self._clock = clock
        self._limit: float | None = None
        self._deadline: float | None = None
        self._killed = False

    @property
    def is_idle(self) -> bool:
        """Whether it waits for work."""
        return self.ready and self.assignment is None and not self._killed

    @property
    def delivery(self) -> Delivery | None:
        """The delivery that it is at something of."""
        return self.assignment.delivery if self.assignment is not None else None

    @property
    def is_killed(self) -> bool:
        """Whether it was ended and its death is still to be heard."""
        return self._killed

    def evaluate(self, assignment: Assignment, request: EvaluationRequest, limit: float | None) -> None:
        """Give it the assignment's batch; ``limit``, in seconds, ends it. Raises OSError if the engine is dead."""
        self.process.forget_log()
        assignment.begin()
        self._send(request)
        self.assignment, self.progress, self.reason = assignment, None, None
        self.started_at = assignment.started_at
        self._limit = limit
        self._deadline = None if limit is None else self._clock() + PREPARATION_SECONDS + limit

    def receive(self) -> Iterator[EngineMessage]:
        """Yield what it said so far. Raises EOFError when it is dead."""
        connection = self.process.connection
        while not connection.closed and connection.poll():
            try:
                body = connection.recv_bytes()
            except OSError as error:  # it died in the middle of a message
                raise EOFError from error
            yield ENGINE_MESSAGE.validate_json(body)

    def heard(self, progress: Progress) -> None:
        """Note progress; the first one starts the clock of the time limit."""
        if self.progress is None and self._limit is not None and self.reason is None:
            self._deadline = self._clock() + self._limit
        self.progress = progress

    def finished(self) -> Assignment:
        """Note that the batch came to its end and return its assignment."""
        assignment, self.assignment = self.assignment, None
        if assignment is None:
            raise RuntimeError("an engine answered what it was not asked")
        self.progress = self.started_at = self._limit = self._deadline = None
        return assignment

    def stop(self) -> None:
        """Ask it to give up a cancelled batch; it is killed if it does not answer in time."""
        self.reason = Reason.CANCELLED
        self._deadline = self._clock() + STOP_SECONDS
        try:
            self._send(Stop())
        except OSError:
            log.debug("an engine died as it was asked to stop")  # the end of its pipe tells the rest

    def kill(self, reason: Reason) -> None:
        """End it at once, for that reason; its death is heard on the pipe."""
        self.reason = self.reason or reason
        if not self._killed:
            self.process.kill()
            self._killed = True

    def kill_if_overdue(self) -> None:
        """Kill it if its time limit, or its time to stop, has passed."""
        if self._deadline is not None and self._clock() >= self._deadline:
            self.kill(Reason.TIMED_OUT)

    def _send(self, message: Record) -> None:
        self.process.connection.send_bytes(message.model_dump_json().encode())


class EnginePool:
    """Keeps ``size`` engines alive."""

    def __init__(self, size: int, start: Callable[[], EngineProcess], clock: Callable[[], float]) -> None:
        self.engines: list[Engine] = []
        self.tallies = Tallies()
        self._size = size
        self._start = start
        self._clock = clock
        self._failed_starts = 0
        self._said = ""
        self._start_at = 0.0

    @property
    def size(self) -> int:
        """How many engines it keeps."""
        return self._size

    def start_missing(self) -> None:
        """Start the engines that are missing, unless the last ones died at their start a moment ago."""
        while len(self.engines) < self._size and self._clock() >= self._start_at:
            try:
                process = self._start()
            except OSError as error:
                self._back_off(f"an engine could not be started: {error}")
                return
            log.info("started an engine", extra={"event": "engine.started", "engine_pid": process.pid})
            self.engines.append(Engine(process, self._clock))

    @property
    def trouble(self) -> str | None:
        """Why no engine is there, once several starts failed in a row."""
        is_there = any(engine.ready for engine in self.engines)
        return self._said if self._failed_starts >= _MANY_STARTS and not is_there else None

    def became_ready(self, engine: Engine) -> None:
        """Note that an engine is past its start."""
        engine.ready = True
        self._failed_starts = 0

    def pids(self) -> list[int]:
        """Return the process ids of the engines; from any thread."""
        return [engine.process.pid for engine in list(self.engines)]

    @property
    def idle_count(self) -> int:
        """How many engines wait for work."""
        return sum(engine.is_idle for engine in self.engines)

    @property
    def busy(self) -> list[Engine]:
        """The engines that have a task."""
        return [engine for engine in self.engines if engine.assignment is not None]

    def idle(self) -> Engine | None:
        """Return an engine that waits for work, if there is one."""
        return next((engine for engine in self.engines if engine.is_idle), None)

    def reap(self, engine: Engine) -> Ending:
        """Remove a dead engine and return how it ended."""
        self.engines.remove(engine)
        ending = engine.process.ending()
        ending = replace(ending, peak_memory_mb=max(ending.peak_memory_mb, engine.peak_bytes / 2**20))
        fields = {
            "event": "engine.died",
            "engine_pid": engine.process.pid,
            "exit_code": ending.exit_code,
            "peak_memory_mb": round(ending.peak_memory_mb),
        }
        if engine.reason is not Reason.LEAVING:
            self.tallies.engine_ended(engine.reason or ("died" if engine.ready else "failed_start"))
        if engine.reason is not None:
            log.info("killed an engine: %s", engine.reason, extra=fields)
        elif engine.ready:
            log.warning("%s", ending, extra=fields)
        else:
            self._back_off(f"an engine died at its start: {ending}")
        return ending

    def replace_above(self, engine: Engine, memory_mb: float, limit_mb: float) -> None:
        """End the engine, which is idle, if its memory is above the limit; another one takes its place."""
        if memory_mb > limit_mb:
            fields = {"event": "engine.replaced", "memory_mb": round(memory_mb), "limit_mb": limit_mb}
            log.info("replacing an engine that grew", extra=fields)
            self.replace(engine)

    def replace(self, engine: Engine) -> None:
        """End the engine, which is idle; another one takes its place."""
        self.tallies.engine_ended("grown")
        self._end(engine)

    def close(self) -> None:
        """End all engines."""
        while self.engines:
            self._end(self.engines[0])

    def _end(self, engine: Engine) -> None:
        self.engines.remove(engine)
        engine.process.kill()
        engine.process.ending()

    def _back_off(self, sentence: str) -> None:
        wait = min(_FIRST_BACKOFF_SECONDS * 2**self._failed_starts, _LAST_BACKOFF_SECONDS)
        self._failed_starts += 1
        self._said = sentence
        self._start_at = self._clock() + wait
        log.error(
            "%s; the next try is in %.1f s",
            sentence,
            wait,
            extra={"event": "engine.start_failed", "wait_seconds": wait},
        )
