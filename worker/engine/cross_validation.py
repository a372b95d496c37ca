"""Cross-validating the trials of a request."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from time import perf_counter, process_time

from shared.catalog import Library, Metric
from shared.catalog.model import RoundsSharing
from shared.domain import (
    ErrorCause,
    FoldResult,
    PlannedTrial,
    Seconds,
    TrialError,
    TrialOutcome,
    TrialState,
)
from shared.errors import BoostgridError, DatasetError
from shared.planning import full_params
from shared.planning.versions import installed_version
from worker.engine.binned_cache import BinnedCache
from worker.engine.early_stopping import Watch
from worker.engine.error_messages import sentence
from worker.engine.fits import Entry, Fit, UnknownParameter, plan_fits
from worker.engine.folds import Folds, UnreadableCopy
from worker.engine.libraries import open_library
from worker.engine.libraries.base import BoostingLibrary, Model, Predictions
from worker.engine.progress import EvaluationStopped, ProgressReporter
from worker.engine.scoring import scores_of
from worker.merging import dropped, succeeded
from worker.protocol import Answer, EvaluationRequest, Progress
from worker.racing import is_clearly_worse

__all__ = ["EvaluationStopped", "evaluate"]

#: of an error's message and of its traceback
_ERROR_CHARACTERS = 20_000


def evaluate(
    request: EvaluationRequest,
    threads: int,
    on_progress: Callable[[Progress], None],
    cache: BinnedCache,
) -> tuple[Answer, ...]:
    """Return one answer for each requested trial, in the order of the request: its outcome.

    Of a request for one fold that is a failure, or what the fold gave. What goes wrong with a trial is in its answer.
    Only EvaluationStopped, or another BaseException, that ``on_progress`` raises comes out of here, and MemoryError,
    after which the process is best replaced.
    """
    evaluation = _Evaluation(request, threads, ProgressReporter(on_progress, request.folds), cache)
    evaluation.run()
    return evaluation.answers()


class _Stopwatch:
    """Time spent inside its blocks; CPU is that of all threads of the process."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, cpu = perf_counter(), process_time()
        try:
            yield
        finally:
            self.wall += perf_counter() - wall
            self.cpu += process_time() - cpu

    def share(self, sharers: int) -> Seconds:
        """Return one of ``sharers`` equal parts of the time so far."""
        # a difference of two clocks may be below 0 by less than their resolution
        return Seconds(wall=max(0.0, self.wall) / sharers, cpu=max(0.0, self.cpu) / sharers)


class Unsuited(BoostgridError):
    """Raised when this worker has another version of the library than the sweep was planned for."""


@dataclass(slots=True)
class _Tally:
    """What is known of one trial so far."""

    results: list[FoldResult] = field(default_factory=list)
    error: TrialError | None = None
    #: whether it lost the race
    dropped: bool = False


class _Evaluation:
    def __init__(
        self, request: EvaluationRequest, threads: int, progress: ProgressReporter, cache: BinnedCache
    ) -> None:
        self._request, self._threads, self._progress, self._cache = request, threads, progress, cache
        self._tallies = {trial.trial_id: _Tally() for trial in request.trials}
        self._started_at = datetime.now(UTC)

    def run(self) -> None:
        request = self._request
        installed = _versions(request.library)[request.library]
        if installed != request.library_version:
            self._fail_all(
                ErrorCause.WORKER,
                Unsuited(
                    f"the sweep was planned for {request.library} {request.library_version} and this worker has "
                    f"{installed}; roll out matching workers or launch the sweep anew"
                ),
            )
            return
        try:
            library = open_library(request.library)
        except MemoryError:
            raise
        except Exception as error:  # a library raises anything where its files are not whole
            self._fail_all(ErrorCause.WORKER, ImportError(f"{request.library} cannot be imported: {error}"))
            return
        try:
            fits = plan_fits(request.library, request.trials, request.seed, request.rounds_curve)
            folds = Folds(library, request, self._threads, self._cache)
        except MemoryError:
            raise
        except (OSError, DatasetError, UnreadableCopy, ImportError, UnknownParameter) as error:
            self._fail_all(ErrorCause.WORKER, error)
            return
        except Exception as error:
            self._fail_all(ErrorCause.EVALUATION, error)
            return
        for number in range(request.folds) if request.fold is None else [request.fold]:
            self._progress.start_fold(number + 1, sum(fit.rounds for fit in fits))
            fits = [rest for fit in fits for rest in self._run_fold(library, folds, number, fit)]
            fits = [rest for fit in fits if (rest := self._race(fit)) is not None]

    def _run_fold(self, library: BoostingLibrary, folds: Folds, number: int, fit: Fit) -> Iterator[Fit]:
        """Fit and score on one fold; yield the fits that the next fold needs."""
        try:
            run = _FoldRun(library, folds, number, fit, self._request, self._progress)
            run.run(self._tallies)
        except MemoryError:
            raise
        except Exception as error:
            if len(fit.entries) == 1:
                self._tallies[fit.entries[0].trial_id].error = _error(ErrorCause.EVALUATION, error)
                return
            # only those that fail by themselves are to blame
            for alone in fit.apart():
                yield from self._run_fold(library, folds, number, alone)
            return
        finally:
            self._progress.fit_done(fit.rounds)
        rest = fit.without(entry.trial_id for entry in fit.entries if self._tallies[entry.trial_id].error)
        if rest:
            yield rest

    def _race(self, fit: Fit) -> Fit | None:
        """Drop the trials that lose; return the fit for those that are left, or None if there are none."""
        rival, metric = self._request.rival, self._request.metrics[0]
        if rival is None:
            return fit
        for entry in fit.entries:
            tally = self._tallies[entry.trial_id]
            scores = [result.scores[metric] for result in tally.results]
            tally.dropped = is_clearly_worse(scores, rival, metric)
        return fit.without(entry.trial_id for entry in fit.entries if self._tallies[entry.trial_id].dropped)

    def _fail_all(self, cause: ErrorCause, error: Exception) -> None:
        for tally in self._tallies.values():
            tally.error = _error(cause, error)

    def answers(self) -> tuple[Answer, ...]:
        """Return what is known of every trial."""
        return tuple(map(self._answer, self._request.trials))

    def _answer(self, trial: PlannedTrial) -> Answer:
        request, tally = self._request, self._tallies[trial.trial_id]
        params = full_params(request.library, trial.params, request.seed)
        if tally.error:
            return TrialOutcome(
                trial_id=trial.trial_id,
                state=TrialState.FAILED,
                params=params,
                error=tally.error,
                threads=self._threads,
                versions=_versions(request.library),
                started_at=self._started_at,
                finished_at=datetime.now(UTC),
            )
        if request.fold is not None:
            return tally.results[0]
        if tally.dropped:
            return dropped(tally.results, params)
        return succeeded(tally.results, params, request.metrics[0])


class _FoldRun:
    """One fit on one fold. Its scores count only once all of it has gone well."""

    def __init__(
        self,
        library: BoostingLibrary,
        folds: Folds,
        number: int,
        fit: Fit,
        request: EvaluationRequest,
        progress: ProgressReporter,
    ) -> None:
        self._library, self._folds, self._number, self._fit = library, folds, number, fit
        self._request, self._metrics, self._progress = request, request.metrics, progress
        self._started_at = datetime.now(UTC)
        self._checkpoints = fit.checkpoints
        #: by trial, the count of rounds at which it is scored, and those over which it has a curve
        self._ends = {entry.trial_id: entry.rounds for entry in fit.entries}
        self._curves = {entry.trial_id: fit.curve_counts(entry.rounds) for entry in fit.entries}
        self._scores: dict[int, dict[Metric, float] | Exception] = {}
        self._scoring = _Stopwatch()

    def run(self, tallies: dict[str, _Tally]) -> None:
        """Fit, score, and enter the results."""
        fit, problem = self._fit, self._folds.problem
        watch = self._watch()
        fitting = _Stopwatch()
        with fitting.running():
            binned = self._folds.binned(self._number, fit.params)
            after_round = self._score_in_passing if fit.scored_during_training else self._after_round
            model = self._library.fit(binned, fit.params, problem, fit.rounds, self._checkpoints, after_round, watch)
        # scores that were taken in passing are no part of fitting
        fitting.wall -= self._scoring.wall
        fitting.cpu -= self._scoring.cpu
        if watch is not None:
            stops = {entry.trial_id: watch.stops[entry.wanted] for entry in fit.entries}
            self._ends = {trial_id: model.count_after(stop) for trial_id, stop in stops.items()}
            self._curves = {trial_id: fit.curve_counts(stop.trained) for trial_id, stop in stops.items()}
        if not fit.scored_during_training:
            self._score_prefixes(model)
        for entry in fit.entries:
            end = self._ends[entry.trial_id]
            tally, scores = tallies[entry.trial_id], self._scores[end]
            if isinstance(scores, Exception):
                tally.error = _error(ErrorCause.EVALUATION, scores)
                continue
            tally.results.append(
                FoldResult(
                    trial_id=entry.trial_id,
                    fold=self._number,
                    scores=scores,
                    curve=self._curve(entry),
                    rounds=model.rounds_after(end),
                    fit_seconds=fitting.share(len(fit.entries)),
                    score_seconds=self._scoring.share(len(fit.entries)),
                    fit_shared_by=len(fit.entries),
                    threads=problem.threads,
                    versions=_versions(self._request.library),
                    started_at=self._started_at,
                    finished_at=datetime.now(UTC),
                )
            )

    def _watch(self) -> Watch | None:
        """Return what early stopping watches, or None where no trial may stop early."""
        fit, folds = self._fit, self._folds
        if not fit.stops_early:
            return None
        held_out = folds.held_out(self._number)
        return Watch(
            held_out.rows, held_out.y, (entry.wanted for entry in fit.entries), fit.sharing is not RoundsSharing.NONE
        )

    def _curve(self, entry: Entry) -> dict[int, float]:
        """Return the ranking metric over the counts of rounds, without those that could not be scored."""
        scored = {count: self._scores[count] for count in self._curves[entry.trial_id]}
        return {count: scores[self._metrics[0]] for count, scores in scored.items() if isinstance(scores, dict)}

    def _after_round(self, rounds: int, model: Model) -> None:
        self._progress.round_done(rounds)

    def _score_in_passing(self, rounds: int, model: Model) -> None:
        if rounds in self._checkpoints:
            with self._scoring.running():
                self._score(rounds, model.predict(self._folds.held_out(self._number).rows))
        self._progress.round_done(rounds)

    def _score_prefixes(self, model: Model) -> None:
        with self._scoring.running():
            counts = sorted(set(self._ends.values()).union(*self._curves.values()))
            predictions = model.predict_prefixes(self._folds.held_out(self._number).rows, counts)
            for count, predicted in zip(counts, predictions, strict=True):
                self._score(count, predicted)

    def _score(self, count: int, predicted: Predictions) -> None:
        try:
            y = self._folds.held_out(self._number).y
            # a curve is of the ranking metric alone
            metrics = self._metrics if count in self._ends.values() else self._metrics[:1]
            self._scores[count] = scores_of(metrics, self._folds.problem.task, y, predicted)
        except MemoryError:
            raise
        except Exception as error:
            self._scores[count] = error


def _error(cause: ErrorCause, error: Exception) -> TrialError:
    # the end of a traceback tells the most; a document of the store holds 16 MB
    text = "".join(traceback.format_exception(error))[-_ERROR_CHARACTERS:]
    message = sentence(str(error))[:_ERROR_CHARACTERS]
    return TrialError(cause=cause, type=type(error).__name__, message=_whole(message), traceback=_whole(text))


def _whole(text: str) -> str:
    """Return the text without halves of characters, as names of files may have them; no message can hold one."""
    return text.encode(errors="replace").decode()


@cache
def _versions(library: Library) -> dict[str, str]:
    return {
        library.value: installed_version(library),
        "python": platform.python_version(),
        "numpy": version("numpy"),
    }
