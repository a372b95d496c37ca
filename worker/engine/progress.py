"""Telling how far an evaluation is, at next to no cost."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from worker.protocol import Progress

#: between two reports
_SECONDS = 0.25


class EvaluationStopped(BaseException):
    """Raised out of an evaluation to give it up; no failure of a trial, hence no Exception."""


class ProgressReporter:
    """Counts folds and rounds and reports them a few times a second."""

    def __init__(self, report: Callable[[Progress], None], folds: int) -> None:
        self._report, self._folds = report, folds
        self._fold = 0
        self._before = self._rounds = 0
        self._last = float("-inf")

    def start_fold(self, fold: int, rounds: int) -> None:
        """Begin fold number ``fold`` (from 1), which takes that many rounds over all its fits."""
        self._fold, self._rounds, self._before = fold, rounds, 0

    def fit_done(self, rounds: int) -> None:
        """Count the rounds of a finished fit; those of the next one come on top."""
        self._before += rounds

    def round_done(self, rounds: int) -> None:
        """Note that the running fit has made ``rounds`` of its rounds. Raises what stops the evaluation."""
        now = monotonic()
        if now - self._last < _SECONDS:
            return
        self._last = now
        done = min(self._before + rounds, self._rounds)
        try:
            self._report(Progress(fold=self._fold, folds=self._folds, round=done, rounds=self._rounds))
        except Exception as error:
            raise EvaluationStopped("progress cannot be reported") from error
