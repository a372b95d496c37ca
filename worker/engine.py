"""The engine: a child process that evaluates what its parent asks for, over a pipe, until the pipe closes."""

from __future__ import annotations

import ctypes
import faulthandler
import importlib
import os
import signal
import sys
import threading
import time
import traceback
from argparse import ArgumentParser
from collections.abc import Callable
from multiprocessing.connection import Connection

from shared.sweep import Record
from worker.engine_process import OUT_OF_MEMORY_EXIT_CODE
from worker.memory import own_memory
from worker.progress import EvaluationStopped
from worker.protocol import PARENT_MESSAGE, Answer, Evaluated, EvaluationRequest, Progress, Ready, Stopped

#: cross-validates the trials of a request: one answer each
Evaluate = Callable[[EvaluationRequest, Callable[[Progress], None]], tuple[Answer, ...]]

#: prctl's option by which the kernel kills a process when its parent dies
_PR_SET_PDEATHSIG = 1


def cross_validator(threads: int, cache_mb: int) -> Evaluate:
    """Return the evaluation that trains; numpy and its kin are imported here, a library with its first trial."""
    from worker.binned_cache import BinnedCache
    from worker.cross_validation import evaluate

    cache = BinnedCache(cache_mb * 2**20)
    return lambda request, on_progress: evaluate(request, threads, on_progress, cache)


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
    def on_progress(progress: Progress) -> None:
        if connection.poll():  # nothing but a stop is sent to a busy engine
            connection.recv_bytes()
            raise EvaluationStopped
        _send(connection, progress)

    try:
        answers = evaluate(request, on_progress)
    except EvaluationStopped:
        _send(connection, Stopped())
    except MemoryError:
        traceback.print_exc()
        sys.exit(OUT_OF_MEMORY_EXIT_CODE)
    else:
        _send(connection, Evaluated(answers=answers, memory_mb=own_memory() / 2**20))


def _send(connection: Connection, message: Record) -> None:
    connection.send_bytes(message.model_dump_json().encode())


def _die_with(parent: int) -> None:
    """End this process when ``parent`` does, even in the midst of training."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:  # where the kernel does not, and for a parent that died before it was asked to
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def main() -> None:
    """Run the engine that worker.engine_process starts."""
    parser = ArgumentParser(description="An engine of a Boostgrid worker; started by the worker only.")
    parser.add_argument("pipe", type=int, help="file descriptor of the pipe to the parent")
    parser.add_argument("parent", type=int, help="process id of the parent")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--cache-mb", type=int, required=True)
    parser.add_argument("--evaluator", help="module:function to use instead of cross_validator, in tests")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides when to end
    faulthandler.enable()
    _die_with(arguments.parent)
    make = cross_validator
    if arguments.evaluator:
        module, _, name = arguments.evaluator.partition(":")
        make = getattr(importlib.import_module(module), name)
    serve(Connection(arguments.pipe), make(arguments.threads, arguments.cache_mb))


if __name__ == "__main__":
    main()
