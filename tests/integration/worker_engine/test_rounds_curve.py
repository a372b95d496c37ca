"""The curve over rounds holds what trials of fewer rounds score, and changes nothing else."""

from __future__ import annotations

import itertools

import pytest

from shared.catalog import Library, Metric, TaskType, library_catalog
from shared.domain import TrialState
from tests.support.evaluating import evaluated, fold_scores, make_request, numeric_frame
from worker.engine.rounds_curve import curve_counts
from worker.merging import summarise

pytestmark = pytest.mark.slow


@pytest.fixture
def request_of(tmp_path):
    def make(library=Library.XGBOOST, points=(), task=TaskType.REGRESSION, **changes):
        metrics = {TaskType.REGRESSION: [Metric.RMSE, Metric.MAE], TaskType.BINARY: [Metric.ROC_AUC, Metric.F1]}
        given = {"metrics": metrics.get(task, [Metric.LOG_LOSS]), "rounds_curve": True} | changes
        return make_request(tmp_path / "data.parquet", numeric_frame(task), library, task, points, **given)

    return make


SHARED = [
    (Library.XGBOOST, TaskType.REGRESSION, {"learning_rate": 0.3}),
    (Library.XGBOOST, TaskType.BINARY, {"learning_rate": 0.3, "subsample": 0.7}),
    (Library.XGBOOST, TaskType.REGRESSION, {"booster": "dart", "rate_drop": 0.3}),
    (Library.XGBOOST, TaskType.REGRESSION, {"booster": "gblinear"}),
    (Library.LIGHTGBM, TaskType.REGRESSION, {"learning_rate": 0.3}),
    (Library.LIGHTGBM, TaskType.MULTICLASS, {"learning_rate": 0.1}),
    (Library.LIGHTGBM, TaskType.REGRESSION, {"boosting_type": "dart", "drop_rate": 0.3}),
    (Library.CATBOOST, TaskType.REGRESSION, {"learning_rate": 0.3}),
    (Library.CATBOOST, TaskType.BINARY, {"learning_rate": 0.3}),
]


@pytest.mark.parametrize(("library", "task", "params"), SHARED, ids=str)
def test_each_point_is_the_score_of_a_trial_of_so_many_rounds(request_of, library, task, params):
    rounds = library_catalog(library).rounds_parameter
    (outcome,) = evaluated(request_of(library, [params | {rounds: 12}], task))
    curve = outcome.rounds_curve

    assert curve.rounds == tuple(range(1, 13))
    alone = evaluated(request_of(library, [params | {rounds: count} for count in curve.rounds], task))
    metric = next(iter(outcome.scores))
    assert curve.mean_scores == tuple(each.scores[metric].mean_score for each in alone)
    assert curve.std_scores == tuple(each.scores[metric].std_score for each in alone)


@pytest.mark.parametrize("library", Library)
def test_the_option_leaves_scores_as_they_are(request_of, library):
    rounds = library_catalog(library).rounds_parameter
    points = [{rounds: count, "learning_rate": 0.3} for count in (7, 130)]
    points.append({rounds: 130, "learning_rate": 0.3, "early_stopping_rounds": 4})

    for plain, curved in zip(
        evaluated(request_of(library, points, rounds_curve=False)), evaluated(request_of(library, points)), strict=True
    ):
        assert plain.rounds_curve is None
        assert curved.rounds_curve is not None
        assert curved.rounds == plain.rounds
        for metric, scores in fold_scores(plain).items():
            assert fold_scores(curved)[metric] == scores


@pytest.mark.parametrize("library", Library)
def test_a_trials_curve_does_not_depend_on_what_shares_its_fit(request_of, library):
    rounds = library_catalog(library).rounds_parameter
    points = [{rounds: count, "learning_rate": 0.3} for count in (30, 210)]
    points += [points[1] | {"early_stopping_rounds": patience} for patience in (2, 9)]
    request = request_of(library, points)

    for trial, outcome in zip(request.trials, evaluated(request), strict=True):
        (alone,) = evaluated(request.model_copy(update={"trials": (trial,)}))
        assert outcome.rounds_curve.rounds == alone.rounds_curve.rounds
        assert outcome.rounds_curve.mean_scores == alone.rounds_curve.mean_scores


def test_the_curve_of_a_trial_that_stops_early_ends_with_the_fold_that_stops_first(request_of):
    point = {"n_estimators": 90, "learning_rate": 0.3, "early_stopping_rounds": 5}

    (outcome,) = evaluated(request_of(points=[point]))

    assert min(outcome.rounds) < max(outcome.rounds) < 85
    assert outcome.rounds_curve.rounds == tuple(range(1, min(outcome.rounds) + 6))


def test_a_trial_that_stops_early_has_no_coarser_curve_for_the_rounds_that_it_might_have_had(request_of):
    points = [{"n_estimators": rounds, "learning_rate": 0.3, "early_stopping_rounds": 5} for rounds in (90, 5_000)]

    bounded, unbounded = evaluated(request_of(points=points))

    assert bounded.rounds_curve == unbounded.rounds_curve


def test_there_is_no_curve_where_fewer_rounds_make_another_model(request_of):
    (outcome,) = evaluated(request_of(Library.CATBOOST, [{"iterations": 5}]))
    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.rounds_curve is None


def test_counts_without_a_finite_score_are_left_out(request_of):
    points = [{"n_estimators": 60, "learning_rate": 1e12, "reg_lambda": 0.0, "early_stopping_rounds": 50}]

    (outcome,) = evaluated(request_of(points=points, metrics=[Metric.RMSE]))

    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.rounds_curve.rounds[0] == 1
    assert len(outcome.rounds_curve.rounds) < 51


@pytest.mark.parametrize("rounds", [1, 2, 99, 100, 101, 777, 12_345, 2**31 - 1])
def test_counts_are_evenly_spread_up_to_the_trials_own(rounds):
    counts = curve_counts(rounds)

    steps = {later - earlier for earlier, later in itertools.pairwise(counts[:-1])}
    assert len(steps) <= 1
    assert counts[-1] == rounds
    assert list(counts) == sorted(set(counts))
    assert min(rounds, 51) <= len(counts) <= 100


def test_trials_of_one_fit_have_most_counts_in_common():
    alone = curve_counts(800)
    together = set().union(*map(curve_counts, range(50, 801, 50)))
    assert len(together) < 3 * len(alone)


def test_the_curve_chooses_the_best_mean_and_the_smallest_of_equals():
    scores = {10: [2.0, 4.0], 20: [1.0, 3.0], 30: [2.0, 2.0], 40: [9.0]}

    least, most = summarise(Metric.RMSE, scores, 2), summarise(Metric.ROC_AUC, scores, 2)

    assert (least.rounds, least.mean_scores, least.std_scores) == ((10, 20, 30), (3.0, 2.0, 2.0), (1.0, 1.0, 0.0))
    assert (least.best_rounds, most.best_rounds) == (20, 10)


def test_without_a_count_that_every_fold_has_there_is_no_curve():
    assert summarise(Metric.RMSE, {1: [0.5]}, folds=2) is None
    assert summarise(Metric.RMSE, {}, folds=2) is None
