"""What an evaluation reports, and what it does when something goes wrong."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from shared.catalog import Library, Metric, TaskType, library_catalog
from shared.domain import Seconds, TrialState
from shared.planning import full_params
from tests.support.evaluating import evaluated, make_request, mixed_frame, numeric_frame
from worker.engine.binned_cache import BinnedCache
from worker.engine.cross_validation import EvaluationStopped, evaluate
from worker.engine.fits import plan_fits
from worker.engine.libraries import open_library
from worker.merging import succeeded

REGRESSION = TaskType.REGRESSION


@pytest.fixture
def request_of(tmp_path):
    """Return a function that makes a request on the diabetes data."""

    def make(library=Library.XGBOOST, points=({"n_estimators": 5},), task=REGRESSION, frame=None, **changes):
        data = numeric_frame(task) if frame is None else frame
        return make_request(tmp_path / "data.parquet", data, library, task, points, **changes)

    return make


# --- what is reported --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", Library)
def test_an_outcome_tells_everything_about_its_trial(request_of, library):
    rounds = library_catalog(library).rounds_parameter
    point = {rounds: 5, "learning_rate": 0.2}

    (outcome,) = evaluated(request := request_of(library, [point], metrics=[Metric.RMSE, Metric.R2]))

    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.trial_id == request.trials[0].trial_id
    assert outcome.params == full_params(library, point, request.seed)
    assert list(outcome.scores) == [Metric.RMSE, Metric.R2]
    for score in outcome.scores.values():
        assert len(score.fold_scores) == request.folds
        assert score.mean_score == np.mean(score.fold_scores)
        assert score.std_score == np.std(score.fold_scores)
    assert outcome.rounds == (5,) * request.folds
    assert outcome.threads == 1
    assert outcome.fit_shared_by == 1
    assert outcome.fit_seconds.wall > 0
    assert outcome.score_seconds.wall > 0
    assert set(outcome.versions) == {library.value, "python", "numpy"}
    assert outcome.versions[library.value] == request.library_version
    assert outcome.started_at.utcoffset() == timedelta(0)
    assert outcome.started_at <= outcome.finished_at


def test_outcomes_come_in_the_order_of_the_request(request_of):
    request = request_of(points=[{"n_estimators": count} for count in (9, 2, 5)])

    outcomes = evaluated(request)

    assert [outcome.trial_id for outcome in outcomes] == [trial.trial_id for trial in request.trials]
    assert [outcome.rounds[0] for outcome in outcomes] == [9, 2, 5]


def test_a_shared_fit_is_paid_for_in_equal_parts(request_of):
    one, other = evaluated(request_of(points=[{"n_estimators": 3}, {"n_estimators": 6}]))

    assert one.fit_shared_by == other.fit_shared_by == 2
    assert one.fit_seconds == other.fit_seconds
    assert one.score_seconds == other.score_seconds


class _TimedLibrary:
    """XGBoost on clocks that stand still but for a second a round and 100 seconds a prediction, CPU twice that."""

    def __init__(self, monkeypatch):
        self._library = open_library(Library.XGBOOST)
        self._now = 0.0
        monkeypatch.setattr("worker.engine.cross_validation.open_library", lambda library: self)
        monkeypatch.setattr("worker.engine.cross_validation.perf_counter", lambda: self._now)
        monkeypatch.setattr("worker.engine.cross_validation.process_time", lambda: 2 * self._now)

    def __getattr__(self, name):
        return getattr(self._library, name)

    def predicted(self, predictions):
        self._now += 100
        return predictions

    def fit(self, binned, params, problem, rounds, checkpoints, after_round, watch=None):
        def after_a_second(count, model):
            self._now += 1
            after_round(count, _TimedModel(model, self))

        fitted = self._library.fit(binned, params, problem, rounds, checkpoints, after_a_second, watch)
        return _TimedModel(fitted, self)


class _TimedModel:
    def __init__(self, model, library):
        self._model, self._library = model, library

    def __getattr__(self, name):
        return getattr(self._model, name)

    def predict(self, rows):
        return self._library.predicted(self._model.predict(rows))

    def predict_prefixes(self, rows, counts):
        return map(self._library.predicted, self._model.predict_prefixes(rows, counts))


@pytest.mark.parametrize("booster", ["gbtree", "dart"], ids=["scored after training", "scored during training"])
def test_fit_seconds_are_of_training_alone_and_score_seconds_of_scoring(request_of, monkeypatch, booster):
    request = request_of(points=[{"n_estimators": count, "booster": booster} for count in (2, 6)], fold=0)
    _TimedLibrary(monkeypatch)

    for result in evaluated(request):
        assert result.fit_seconds == Seconds(wall=6 / 2, cpu=12 / 2)
        assert result.score_seconds == Seconds(wall=200 / 2, cpu=400 / 2)


def test_trials_that_differ_in_more_than_rounds_have_fits_of_their_own(request_of):
    points = [{"n_estimators": 3, "max_depth": depth} for depth in (2, 3)] + [{"n_estimators": 6, "max_depth": 2}]
    request = request_of(points=points)

    fits = plan_fits(request.library, request.trials, request.seed)

    assert sorted(fit.counts for fit in fits) == [(3,), (3, 6)]


def test_what_the_grid_leaves_out_is_left_to_the_library_but_for_the_seed(request_of):
    request = request_of(Library.CATBOOST, [{"iterations": 3, "depth": 4, "learning_rate": None}])

    (fit,) = plan_fits(request.library, request.trials, request.seed)

    assert fit.params == {"depth": 4, "random_seed": request.seed}


def test_a_seed_in_the_grid_goes_before_that_of_the_sweep(request_of):
    request = request_of(points=[{"n_estimators": 3, "random_state": 11}])

    (fit,) = plan_fits(request.library, request.trials, request.seed)

    assert fit.params == {"seed": 11}


def test_folds_that_are_evaluated_apart_make_the_outcome_of_the_whole(request_of):
    points = [{"n_estimators": count, "learning_rate": rate} for rate in (0.1, 0.3) for count in (5, 10)]
    request = request_of(points=points, rounds_curve=True)
    whole = evaluated(request)

    apart = [evaluated(request.model_copy(update={"fold": fold})) for fold in range(request.folds)]

    for outcome, results in zip(whole, zip(*apart, strict=True), strict=True):
        assert [result.fold for result in results] == [0, 1, 2]
        merged = succeeded(results, outcome.params, request.metrics[0])
        timed = {"fit_seconds", "score_seconds", "started_at", "finished_at"}
        assert merged.model_dump(exclude=timed) == outcome.model_dump(exclude=timed)
        assert merged.fit_seconds.cpu == pytest.approx(sum(result.fit_seconds.cpu for result in results))
        assert (merged.started_at, merged.finished_at) == (results[0].started_at, results[-1].finished_at)


def test_a_trial_that_fails_in_the_fold_that_is_asked_for_is_a_failure(request_of):
    (outcome,) = evaluated(request_of(frame=numeric_frame(REGRESSION).head(4), folds=5, fold=1))
    assert outcome.state is TrialState.FAILED


def test_progress_of_one_fold_has_its_number(request_of, monkeypatch):
    monkeypatch.setattr("worker.engine.progress._SECONDS", 0.0)
    seen = []
    evaluate(request_of(points=[{"n_estimators": 2}], fold=1), 1, seen.append, BinnedCache(2**30))
    assert [(each.fold, each.folds, each.round) for each in seen] == [(2, 3, 1), (2, 3, 2)]


@pytest.mark.parametrize("library", Library)
def test_progress_counts_folds_and_rounds_from_one(request_of, library, monkeypatch):
    monkeypatch.setattr("worker.engine.progress._SECONDS", 0)
    rounds = library_catalog(library).rounds_parameter
    points = [{rounds: count, "learning_rate": 0.1} for count in (2, 3)]
    seen = []

    evaluate(request_of(library, points), 1, seen.append, BinnedCache(2**30))

    assert [(each.fold, each.round) for each in seen] == [(fold, done) for fold in (1, 2, 3) for done in (1, 2, 3)]
    assert {(each.folds, each.rounds) for each in seen} == {(3, 3)}


def test_progress_of_several_fits_runs_on(request_of, monkeypatch):
    monkeypatch.setattr("worker.engine.progress._SECONDS", 0)
    seen = []
    request = request_of(points=[{"n_estimators": 2, "max_depth": depth} for depth in (2, 3)], folds=2)

    evaluate(request, 1, seen.append, BinnedCache(2**30))

    assert [(each.round, each.rounds) for each in seen] == [(done, 4) for done in (1, 2, 3, 4)] * 2


def test_progress_is_reported_now_and_then_only(request_of):
    seen = []

    evaluate(request_of(points=[{"n_estimators": 400, "max_depth": 1}]), 1, seen.append, BinnedCache(2**30))

    assert 1 <= len(seen) < 400


# --- giving up ---------------------------------------------------------------------------------------------------


class Enough(BaseException):
    """What a caller may raise to stop."""


@pytest.mark.parametrize("library", Library)
def test_what_progress_raises_to_stop_comes_out_at_once(request_of, library, monkeypatch):
    monkeypatch.setattr("worker.engine.progress._SECONDS", 0)
    seen = []

    def stop(progress):
        seen.append(progress)
        if progress.round == 2:
            raise Enough

    rounds = library_catalog(library).rounds_parameter
    with pytest.raises(Enough):
        evaluate(request_of(library, [{rounds: 50}]), 1, stop, BinnedCache(2**30))
    assert [(each.fold, each.round) for each in seen] == [(1, 1), (1, 2)]


@pytest.mark.parametrize("library", Library)
def test_a_broken_progress_report_is_no_failure_of_the_trial(request_of, library):
    def broken(progress):
        raise BrokenPipeError("the parent is gone")

    rounds = library_catalog(library).rounds_parameter
    with pytest.raises(EvaluationStopped) as stopped:
        evaluate(request_of(library, [{rounds: 5}]), 1, broken, BinnedCache(2**30))
    assert isinstance(stopped.value.__cause__, BrokenPipeError)


# --- the data ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", Library)
def test_missing_values_and_categories_are_data_like_any_other(request_of, library):
    rounds = library_catalog(library).rounds_parameter

    (outcome,) = evaluated(request_of(library, [{rounds: 10}], frame=mixed_frame(REGRESSION), metrics=[Metric.R2]))

    assert outcome.scores[Metric.R2].mean_score > 0.1


# --- the cache ---------------------------------------------------------------------------------------------------


def test_the_cache_makes_a_value_once():
    cache = BinnedCache(10)
    made = []

    def make():
        made.append(1)
        return "value", 4

    assert [cache.get("key", make) for _ in range(3)] == ["value"] * 3
    assert (len(made), cache.size_bytes) == (1, 4)


def test_the_cache_drops_what_was_used_longest_ago():
    cache = BinnedCache(10)
    for key in "ab":
        cache.get(key, lambda key=key: (key, 4))
    cache.get("a", lambda: ("made anew", 4))
    cache.get("c", lambda: ("c", 4))

    assert cache.get("a", lambda: ("made anew", 4)) == "a"
    assert cache.get("b", lambda: ("made anew", 4)) == "made anew"
    assert cache.size_bytes <= 10


def test_the_cache_hands_out_what_is_too_large_without_keeping_it():
    cache = BinnedCache(10)
    cache.get("small", lambda: ("small", 4))

    assert cache.get("large", lambda: ("large", 11)) == "large"
    assert cache.size_bytes == 4
