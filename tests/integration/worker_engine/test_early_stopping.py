"""Early stopping, read off one curve, ends each trial where the library's scikit-learn estimator ends."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold

from shared.catalog import Library, Metric, TaskType, library_catalog, metric_info, metrics_for
from shared.errors import InvalidSpec
from shared.planning import full_params
from shared.testing import make_spec
from tests.integration.worker_engine.test_scores_equal_scikit_learn import ESTIMATORS
from tests.support.evaluating import evaluated, fold_scores, make_request, mixed_frame, numeric_frame
from worker.engine.early_stopping import StoppingPoint, Wanted, Watch
from worker.engine.fits import plan_fits

pytestmark = pytest.mark.slow

ROUNDS, PATIENCES = (4, 40, 120), (None, 1, 3, 12, 500)
SEED, FOLDS = 3, 2

#: a few ways to train on which early stopping bears
POINTS: dict[Library, tuple[dict[str, Any], ...]] = {
    Library.XGBOOST: (
        {"learning_rate": 0.2},
        {"learning_rate": 0.2, "subsample": 0.7, "num_parallel_tree": 2, "max_depth": 3},
        {"learning_rate": 0.2, "tree_method": "approx", "max_bin": 32},
    ),
    Library.LIGHTGBM: (
        {"learning_rate": 0.15},
        {"learning_rate": 0.15, "subsample": 0.7, "subsample_freq": 1, "num_leaves": 7},
        {"learning_rate": 0.3, "data_sample_strategy": "goss"},
        {"learning_rate": 0.3, "linear_tree": True, "min_child_samples": 5},
    ),
    Library.CATBOOST: (
        {"learning_rate": 0.2},
        {"learning_rate": 0.3, "grow_policy": "Lossguide", "max_leaves": 6},
    ),
}
CASES = [
    pytest.param(library, task, point, id=f"{library}-{task}-{number}")
    for library, points in POINTS.items()
    for number, point in enumerate(points)
    for task in (TaskType if number == 0 else (TaskType.REGRESSION,))
]


def reference(
    library: Library, task: TaskType, frame: pd.DataFrame, point: dict[str, Any]
) -> tuple[dict[Metric, list[float]], list[int]]:
    """Return estimators' scores, in our sign, and how many rounds each kept; they watch the held-out fold to stop."""
    watches = "early_stopping_rounds" in point
    regressor, classifier, defaults = ESTIMATORS[library]
    is_regression = task is TaskType.REGRESSION
    X, y = frame.drop(columns="target"), frame["target"].to_numpy()
    options, categorical = dict(defaults), [name for name in X if X[name].dtype == "category"]
    fit_options: dict[str, Any] = {"verbose": False} if library is Library.XGBOOST else {}
    if library is Library.CATBOOST and categorical:
        X = X.assign(**{name: X[name].astype(object).where(X[name].notna(), "nan") for name in categorical})
        fit_options["cat_features"] = categorical
    elif library is Library.XGBOOST:
        options["enable_categorical"] = bool(categorical)
    scores: dict[Metric, list[float]] = {metric: [] for metric in metrics_for(task)}
    rounds = []
    splitter = (KFold if is_regression else StratifiedKFold)(FOLDS, shuffle=True, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for train, test in splitter.split(X, y):
            held_out = X.iloc[test], y[test]
            estimator = (regressor if is_regression else classifier)(**options | point)
            if watches:
                fit_options["eval_set"] = [held_out]
            estimator.fit(X.iloc[train], y[train], **fit_options)
            for metric, found in scores.items():
                scorer = metric_info(metric).scorers[task]
                found.append(get_scorer(scorer)(estimator, *held_out) * (-1 if scorer.startswith("neg_") else 1))
            match library:
                case Library.XGBOOST:
                    trained = estimator.get_booster().num_boosted_rounds()
                    rounds.append(estimator.best_iteration + 1 if watches else trained)
                case Library.LIGHTGBM:
                    trained = estimator.booster_.current_iteration()
                    rounds.append(min(estimator.best_iteration_, trained) if watches else trained)
                case Library.CATBOOST:
                    rounds.append(estimator.tree_count_)
    return scores, rounds


def check(library: Library, task: TaskType, frame: pd.DataFrame, points: list[dict[str, Any]], path: Any) -> None:
    request = make_request(path, frame, library, task, points, folds=FOLDS, seed=SEED)
    for point, outcome in zip(points, evaluated(request), strict=True):
        ours = fold_scores(outcome)
        theirs, rounds = reference(library, task, frame, point)
        assert list(outcome.rounds) == rounds, point
        for metric, scores in ours.items():
            assert list(scores) == theirs[metric], (point, metric)


def grid(library: Library, point: dict[str, Any]) -> list[dict[str, Any]]:
    rounds_parameter = library_catalog(library).rounds_parameter
    return [
        point | {rounds_parameter: rounds} | ({} if patience is None else {"early_stopping_rounds": patience})
        for rounds, patience in itertools.product(ROUNDS, PATIENCES)
    ]


@pytest.mark.parametrize(("library", "task", "point"), CASES)
def test_each_trial_of_one_fit_stops_as_an_estimator_of_its_own(tmp_path, library, task, point):
    points, frame = grid(library, point), numeric_frame(task)
    request = make_request(tmp_path / "data.parquet", frame, library, task, points)
    assert len(plan_fits(library, request.trials, SEED)) == 1
    check(library, task, frame, points, tmp_path / "data.parquet")


@pytest.mark.parametrize("library", Library)
def test_categories_and_missing_values_change_nothing_of_it(tmp_path, library):
    points = [each for each in grid(library, {"learning_rate": 0.3}) if each.get("early_stopping_rounds") != 1]
    check(library, TaskType.BINARY, mixed_frame(TaskType.BINARY), points, tmp_path / "data.parquet")


@pytest.mark.parametrize(
    "point",
    [
        {"iterations": 60, "early_stopping_rounds": 3},
        {"iterations": 60, "early_stopping_rounds": 500},
        {"iterations": 40, "early_stopping_rounds": 5, "learning_rate": 0.2, "langevin": True},
        {"iterations": 40, "early_stopping_rounds": 5, "learning_rate": 0.2, "model_shrink_rate": 0.1},
    ],
    ids=str,
)
def test_catboost_stops_early_where_nothing_can_be_shared(tmp_path, point):
    for task in (TaskType.REGRESSION, TaskType.BINARY):
        check(Library.CATBOOST, task, numeric_frame(task), [point], tmp_path / "data.parquet")


@pytest.mark.parametrize("library", Library)
def test_patience_that_lasts_to_the_end_is_one_model_even_where_the_first_round_is_best(tmp_path, library):
    frame = numeric_frame(TaskType.REGRESSION)
    frame["target"] = np.random.default_rng(0).normal(size=len(frame))
    rounds_parameter = library_catalog(library).rounds_parameter
    points = [
        {"learning_rate": 1.0, rounds_parameter: rounds, "early_stopping_rounds": patience}
        for rounds, patience in [(12, 11), (12, 12), (12, 90), (1, 1), (1, 2)]
    ]
    request = make_request(tmp_path / "data.parquet", frame, library, TaskType.REGRESSION, points)
    assert len({full_params(library, point, SEED)["early_stopping_rounds"] for point in points}) == 2
    assert 1 in evaluated(request)[0].rounds
    check(library, TaskType.REGRESSION, frame, points, tmp_path / "data.parquet")


def test_rounds_in_which_lightgbm_finds_no_split_count_as_lightgbm_counts_them(tmp_path):
    frame = numeric_frame(TaskType.REGRESSION).head(60)
    params = {"min_child_samples": 11, "subsample": 0.7, "subsample_freq": 1, "min_split_gain": 30_000.0}
    points = [
        params | {"n_estimators": rounds, "early_stopping_rounds": patience}
        for rounds, patience in itertools.product((10, 60), (2, 8, 100))
    ]
    check(Library.LIGHTGBM, TaskType.REGRESSION, frame, points, tmp_path / "data.parquet")


def test_training_ends_once_every_trial_has_what_it_wants():
    short, patient, unstoppable = Wanted(9, patience=2), Wanted(9, patience=3), Wanted(4)
    watch = Watch(None, np.zeros(0), [short, patient, unstoppable], has_prefixes=True)
    metric = [5.0, 4.0, 4.0, 4.5, 4.4, 3.0]

    ended = [watch.observe(rounds, score) for rounds, score in enumerate(metric[:5], start=1)]

    assert ended == [False, False, False, False, True]
    assert watch.stops == {short: StoppingPoint(2, 4), patient: StoppingPoint(2, 5), unstoppable: StoppingPoint(4, 4)}


def test_what_is_not_a_number_is_no_improvement():
    watch = Watch(None, np.zeros(0), [Wanted(9, patience=2)], has_prefixes=True)
    assert [watch.observe(rounds, float("nan")) for rounds in (1, 2, 3)] == [False, False, True]
    assert watch.stops[Wanted(9, patience=2)] == StoppingPoint(1, 3)


@pytest.mark.parametrize(
    ("library", "params"),
    [
        (Library.XGBOOST, {"booster": ["dart"], "rate_drop": [0.1]}),
        (Library.XGBOOST, {"booster": ["gblinear"]}),
        (Library.LIGHTGBM, {"boosting_type": ["dart"]}),
        (Library.LIGHTGBM, {"boosting_type": ["rf"], "colsample_bytree": [0.5]}),
    ],
    ids=str,
)
def test_models_whose_rounds_are_no_models_cannot_stop_early(library, params):
    make_spec(library=library, param_grid=params)
    with pytest.raises(InvalidSpec, match="early_stopping_rounds"):
        make_spec(library=library, param_grid=params | {"early_stopping_rounds": [10]})
