"""Evaluations for real engine processes that take as long, and go as wrong, as a test wants.

What happens to a trial is told by its ``n_estimators``. Each evaluation leaves a line in ``evaluated.txt`` in the
worker's home: the trial's id, the engine's threads, and the fold or None.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from shared.testing import make_fold_result, make_outcome
from worker.engine.progress import ProgressReporter
from worker.engine.serving import Evaluate
from worker.protocol import Answer, EvaluationRequest

SUCCEED, HANG, HANG_ONCE, SEGFAULT, EXIT, TAKE_SIX_SECONDS, OUT_OF_MEMORY, GROW, BURST = range(10, 19)
#: how much memory a trial that grows wants in the end, and one that bursts at once, in bytes
WANTED = 3 * 2**30


def scripted(threads: int, cache_mb: int) -> Evaluate:
    """Return an evaluation that does what the trials' parameters say."""
    return lambda request, tell: tuple(
        _outcome(request, trial.trial_id, trial.params["n_estimators"], ProgressReporter(tell, request.folds))
        for trial in request.trials
    )


def broken(threads: int, cache_mb: int) -> Evaluate:
    """Die at the start."""
    sys.exit(3)


def asleep(threads: int, cache_mb: int) -> Evaluate:
    """Never come to evaluate."""
    time.sleep(600)
    raise AssertionError


def asleep_in_a_library(threads: int, cache_mb: int) -> Evaluate:
    """Never come to evaluate, in code that lets no other thread of the interpreter run."""
    ctypes.PyDLL(None).sleep(600)
    raise AssertionError


def _outcome(request: EvaluationRequest, trial_id: str, what: object, reporter: ProgressReporter) -> Answer:
    log = home_log(request.dataset_path.parent.parent)
    seen_before = what == HANG_ONCE and log.exists() and trial_id in log.read_text()
    with log.open("a") as file:
        file.write(f"{trial_id} {os.environ.get('OMP_NUM_THREADS')} {request.fold}\n")
    if what == SEGFAULT:
        signal.raise_signal(signal.SIGSEGV)
    if what == EXIT:
        os._exit(3)
    if what == OUT_OF_MEMORY:
        raise MemoryError
    if what == HANG or (what == HANG_ONCE and not seen_before):
        _train(reporter, 600)
    if what == TAKE_SIX_SECONDS:
        _train(reporter, 6)
    if what == GROW:
        _grow()
    if what == BURST:
        bytearray(b"x") * WANTED
    answer = make_outcome() if request.fold is None else make_fold_result(fold=request.fold)
    return answer.model_copy(update={"trial_id": trial_id})


def _grow() -> None:
    """Take memory at a gigabyte a second, in pieces that no limit of a process refuses at first."""
    pieces = []
    for _ in range(WANTED // 2**23):
        pieces.append(bytearray(b"x") * 2**23)
        time.sleep(0.008)


def _train(reporter: ProgressReporter, seconds: float) -> None:
    until = time.monotonic() + seconds
    reporter.start_fold(1, 1_000_000)
    rounds = 0
    while time.monotonic() < until:
        rounds += 1
        reporter.round_done(rounds)
        time.sleep(0.01)


def home_log(home: Path) -> Path:
    """Return the file that has a line for each evaluation."""
    return home / "evaluated.txt"
