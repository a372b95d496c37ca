"""The engine: a child process that evaluates what its parent asks for, over a pipe, until the pipe closes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

from shared.catalog import Library
from shared.domain import Record
from worker.engine.memory import own_memory
from worker.engine.progress import EvaluationStopped
from worker.protocol import (
    OUT_OF_MEMORY_EXIT_CODE,
    PARENT_MESSAGE,
    Answer,
    Evaluated,
    EvaluationRequest,
    Loading,
    Progress,
    Ready,
    Stopped,
)

#: tells the parent where an evaluation is
Say = Callable[[Loading | Progress], None]
#: cross-validates the trials of a request: one answer each
Evaluate = Callable[[EvaluationRequest, Say], tuple[Answer, ...]]


def cross_validator(threads: int, cache_mb: int) -> Evaluate:
    """Return the evaluation that trains; numpy and its kin are imported here, a library with its first trial."""
    from worker.engine.binned_cache import BinnedCache
    from worker.engine.cross_validation import evaluate
    from worker.engine.libraries import open_library

    cache = BinnedCache(cache_mb * 2**20)
    loaded: set[Library] = set()

    def cross_validate(request: EvaluationRequest, say: Say) -> tuple[Answer, ...]:
        if request.library not in loaded:
            say(Loading(library=request.library))
            with suppress(Exception):  # whatever is wrong with it, the evaluation says
                open_library(request.library)
            say(Loading(library=request.library, done=True))
            loaded.add(request.library)
        return evaluate(request, threads, say, cache)

    return cross_validate


def serve(connection: Connection, evaluate: Evaluate) -> None:
    """Answer requests until the parent closes the pipe."""
    try:
        _send(connection, Ready())
        while True:
            request = PARENT_MESSAGE.validate_json(connection.recv_bytes())
            if isinstance(request, EvaluationRequest):  # else a stop that crossed the answer
                _answer(connection, evaluate, request)
    except (EOFError, ConnectionError):
        return


def _answer(connection: Connection, evaluate: Evaluate, request: EvaluationRequest) -> None:
    def say(message: Loading | Progress) -> None:
        if connection.poll():  # nothing but a stop is sent to a busy engine
            connection.recv_bytes()
            raise EvaluationStopped
        _send(connection, message)

    try:
        answers = evaluate(request, say)
    except EvaluationStopped:
        _send(connection, Stopped())
    except MemoryError:
        traceback.print_exc()
        sys.exit(OUT_OF_MEMORY_EXIT_CODE)
    else:
        _send(connection, Evaluated(answers=answers, memory_mb=own_memory() / 2**20))


def _send(connection: Connection, message: Record) -> None:
    connection.send_bytes(message.model_dump_json().encode())
