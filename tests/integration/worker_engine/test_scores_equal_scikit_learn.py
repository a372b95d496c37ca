"""Scores are, to the bit, those of scikit-learn's cross_validate with the library's scikit-learn estimator."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate

from shared.catalog import Library, Metric, Parameter, TaskType, library_catalog, metric_info, metrics_for
from shared.catalog.model import EARLY_STOPPING
from shared.domain import TrialOutcome
from tests.support.evaluating import evaluated, fold_scores, make_request, mixed_frame, numeric_frame
from worker.engine.binned_cache import BinnedCache

pytestmark = pytest.mark.slow

SEED, FOLDS, THREADS = 3, 3, 1

ESTIMATORS: dict[Library, tuple[type, type, dict[str, Any]]] = {
    Library.XGBOOST: (
        xgboost.XGBRegressor,
        xgboost.XGBClassifier,
        {"random_state": SEED, "n_jobs": THREADS},
    ),
    Library.LIGHTGBM: (
        lightgbm.LGBMRegressor,
        lightgbm.LGBMClassifier,
        {"random_state": SEED, "n_jobs": THREADS, "verbosity": -1},
    ),
    Library.CATBOOST: (
        catboost.CatBoostRegressor,
        catboost.CatBoostClassifier,
        {"random_seed": SEED, "thread_count": THREADS, "verbose": False, "allow_writing_files": False},
    ),
}

#: points whose rounds differ are answered by one fit here and by one each there
POINTS: dict[Library, tuple[dict[str, Any], ...]] = {
    Library.XGBOOST: (
        {"n_estimators": 7},
        {"n_estimators": 30},
        {"n_estimators": 20, "learning_rate": 0.1, "max_depth": 3, "subsample": 0.7, "colsample_bytree": 0.6},
        {"n_estimators": 12, "tree_method": "exact", "gamma": 0.1},
        {"n_estimators": 12, "tree_method": "approx", "max_bin": 32},
        {"n_estimators": 12, "max_bin": 32, "grow_policy": "lossguide", "max_leaves": 6},
        {"n_estimators": 12, "booster": "dart", "rate_drop": 0.3},
        {"n_estimators": 12, "booster": "gblinear"},
    ),
    Library.LIGHTGBM: (
        {"n_estimators": 7},
        {"n_estimators": 130},
        {"n_estimators": 20, "learning_rate": 0.05, "num_leaves": 7, "subsample": 0.7, "subsample_freq": 1},
        {"n_estimators": 12, "max_bin": 32, "min_child_samples": 3, "colsample_bytree": 0.6},
        {"n_estimators": 12, "boosting_type": "dart", "drop_rate": 0.3},
        {"n_estimators": 12, "boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1},
        {"n_estimators": 12, "linear_tree": True},
    ),
    Library.CATBOOST: (
        {"iterations": 7, "learning_rate": 0.1},
        {"iterations": 30, "learning_rate": 0.1},
        {"iterations": 12},
        {"iterations": 12, "learning_rate": 0.1, "depth": 3, "border_count": 16, "l2_leaf_reg": 1.0},
        {"iterations": 12, "learning_rate": 0.1, "grow_policy": "Lossguide", "max_leaves": 6},
        {"iterations": 12, "learning_rate": 0.1, "bootstrap_type": "Bernoulli", "subsample": 0.7},
    ),
}

#: what no tree of categories is made by
NUMBERS_ONLY: tuple[Callable[[dict[str, Any]], bool], ...] = (
    lambda point: point.get("tree_method") == "exact",
    lambda point: point.get("booster") == "gblinear",
)


def reference(
    library: Library,
    task: TaskType,
    frame: pd.DataFrame,
    point: dict[str, Any],
    folds: int = FOLDS,
    threads: int = THREADS,
) -> dict[Metric, np.ndarray]:
    """Return scikit-learn's scores of each fold, in our sign."""
    regressor, classifier, defaults = ESTIMATORS[library]
    fit_options: dict[str, Any] = {}
    X, y = frame.drop(columns="target"), frame["target"].to_numpy()
    categorical = [name for name in X if X[name].dtype == "category"]
    options = defaults | {("thread_count" if library is Library.CATBOOST else "n_jobs"): threads}
    if library is Library.CATBOOST and categorical:
        X = X.assign(**{name: X[name].astype(object).where(X[name].notna(), "nan") for name in categorical})
        fit_options = {"cat_features": categorical}
    elif library is Library.XGBOOST:
        options["enable_categorical"] = bool(categorical)
    is_regression = task is TaskType.REGRESSION
    splitter = KFold if is_regression else StratifiedKFold
    names = {metric: metric_info(metric).scorers[task] for metric in metrics_for(task)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = cross_validate(
            (regressor if is_regression else classifier)(**options | point),
            X if categorical else X.to_numpy(),
            y,
            cv=splitter(folds, shuffle=True, random_state=SEED),
            scoring=list(names.values()),
            params=fit_options,
            error_score="raise",
        )
    return {metric: scores[f"test_{name}"] * (-1 if name.startswith("neg_") else 1) for metric, name in names.items()}


def assert_equal(outcome: TrialOutcome, expected: dict[Metric, np.ndarray], tolerance: float = 0.0) -> None:
    """Each fold's scores differ by no more than ``tolerance``, relative to the largest: by nothing."""
    assert list(outcome.scores) == list(expected)
    for metric, scores in fold_scores(outcome).items():
        difference = np.abs(np.array(scores) - expected[metric]).max()
        assert difference <= tolerance * np.abs(expected[metric]).max(), (metric, difference)


@pytest.mark.parametrize("make_frame", [numeric_frame, mixed_frame])
@pytest.mark.parametrize("task", TaskType)
@pytest.mark.parametrize("library", Library)
def test_every_fold_score_is_that_of_cross_validate(tmp_path, library, task, make_frame):
    points = [
        point
        for point in POINTS[library]
        if make_frame is numeric_frame or not any(refuses(point) for refuses in NUMBERS_ONLY)
    ]
    frame = make_frame(task)
    request = make_request(tmp_path / "data.parquet", frame, library, task, points, folds=FOLDS, seed=SEED)

    outcomes = evaluated(request, threads=THREADS)

    for point, outcome in zip(points, outcomes, strict=True):
        assert_equal(outcome, reference(library, task, frame, point))


def parameters_of(library: Library) -> list[Parameter]:
    catalog = library_catalog(library)
    # cross_validate has no rows to stop early on: tests of early stopping compare it
    others = (catalog.rounds_parameter, EARLY_STOPPING)
    return [each for each in catalog.parameters if each.name not in others]


#: what a parameter needs beside it to have an effect, or to be legal
BESIDE: dict[tuple[Library, str], dict[str, Any]] = {
    (Library.XGBOOST, "max_leaves"): {"grow_policy": "lossguide"},
    (Library.LIGHTGBM, "subsample"): {"subsample_freq": 1},
    (Library.LIGHTGBM, "path_smooth"): {"min_child_samples": 1},
    (Library.LIGHTGBM, "boosting_type"): {"subsample": 0.7, "subsample_freq": 1},
    (Library.CATBOOST, "max_leaves"): {"grow_policy": "Lossguide"},
    (Library.CATBOOST, "min_data_in_leaf"): {"grow_policy": "Lossguide"},
    (Library.CATBOOST, "subsample"): {"bootstrap_type": "Bernoulli"},
}


@pytest.mark.parametrize(
    ("library", "parameter"),
    [(library, each) for library in Library for each in parameters_of(library)],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_every_parameter_means_what_it_means_to_the_estimator(tmp_path, library, parameter):
    task = next(task for task in (TaskType.REGRESSION, TaskType.BINARY) if task in parameter.tasks)
    only_numbers = library is not Library.LIGHTGBM and parameter.group != "Categories"
    frame = numeric_frame(task, missing=0.05) if only_numbers else mixed_frame(task)
    base = BESIDE.get((library, parameter.name), {}) | {library_catalog(library).rounds_parameter: 3}
    values = sorted({parameter.suggested[0], parameter.suggested[-1]}, key=str)
    points = [base, *(base | {parameter.name: value} for value in values), base]
    cache = BinnedCache(2**30)
    for point in points:  # each on what the others have left in the cache
        request = make_request(tmp_path / "data.parquet", frame, library, task, [point], folds=2, seed=SEED)
        (outcome,) = evaluated(request, cache)
        assert_equal(outcome, reference(library, task, frame, point, folds=2))


@pytest.mark.parametrize("library", [Library.LIGHTGBM, Library.CATBOOST])
def test_the_seed_chooses_the_rows_that_bins_are_made_from(tmp_path, library):
    random = np.random.default_rng(0)
    rows = 410_000  # a fold trains on half of them, and both libraries look at 200,000 to make bins
    frame = pd.DataFrame({"x": random.normal(size=rows)})
    frame["target"] = np.sin(frame["x"]) + random.normal(scale=0.1, size=rows)
    catalog = library_catalog(library)
    points = [{catalog.rounds_parameter: 1, catalog.seed_parameter: seed} for seed in (1, 2)]
    request = make_request(tmp_path / "data.parquet", frame, library, points=points, folds=2, seed=SEED)

    outcomes = evaluated(request)

    for point, outcome in zip(points, outcomes, strict=True):
        expected = reference(library, TaskType.REGRESSION, frame, point, folds=2)
        assert_equal(outcome, expected)
    assert fold_scores(outcomes[0]) != fold_scores(outcomes[1])


def test_a_column_that_path_smooth_makes_useless_is_dropped_before_columns_are_sampled(tmp_path):
    frame = numeric_frame(TaskType.REGRESSION)
    for column in range(6):
        frame.insert(0, f"rare{column}", (np.arange(len(frame)) == 40 * column).astype(float))
    point = {"n_estimators": 5, "path_smooth": 1.0, "min_child_samples": 1, "colsample_bytree": 0.5}
    request = make_request(tmp_path / "data.parquet", frame, Library.LIGHTGBM, points=[point], seed=SEED)

    (outcome,) = evaluated(request)

    expected = reference(Library.LIGHTGBM, TaskType.REGRESSION, frame, point)
    assert_equal(outcome, expected)


@pytest.mark.parametrize("library", Library)
def test_scores_on_two_threads_are_those_of_cross_validate_on_two(tmp_path, library):
    # LightGBM sums histograms in another order on two threads, unless it is told to be deterministic as it is here
    tolerance = {Library.XGBOOST: 1e-6, Library.LIGHTGBM: 1e-9, Library.CATBOOST: 0.0}[library]
    frame, point = numeric_frame(TaskType.REGRESSION), POINTS[library][1]
    request = make_request(tmp_path / "data.parquet", frame, library, points=[point], folds=FOLDS, seed=SEED)

    (outcome,) = evaluated(request, threads=2)

    assert outcome.threads == 2
    assert_equal(outcome, reference(library, TaskType.REGRESSION, frame, point, threads=2), tolerance)


@pytest.mark.parametrize("threads", [1, 2])
def test_lightgbm_is_left_no_choice_of_how_to_sum_on_several_threads(tmp_path, monkeypatch, threads):
    train = MagicMock(side_effect=lightgbm.train)
    monkeypatch.setattr(lightgbm, "train", train)
    request = make_request(tmp_path / "data.parquet", numeric_frame(TaskType.REGRESSION), Library.LIGHTGBM)

    (outcome,) = evaluated(request, threads=threads)

    (settings, *_), _ = train.call_args
    several = threads > 1
    assert (settings["num_threads"], settings["deterministic"], settings["force_col_wise"]) == (
        threads,
        several,
        several,
    )
    assert outcome.threads == threads


@pytest.mark.parametrize("task", [TaskType.BINARY, TaskType.MULTICLASS])
def test_rows_that_tie_for_lightgbm_tie_here(tmp_path, task):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 4, (700, 4)).astype(float), columns=list("abcd"))
    frame["target"] = np.digitize(frame["a"] + random.normal(size=700), [1.5, 2.5][: 1 + (task is TaskType.MULTICLASS)])
    points = [{"n_estimators": rounds} for rounds in (1, 9, 32, 120)]
    request = make_request(tmp_path / "data.parquet", frame, Library.LIGHTGBM, task, points, seed=SEED)

    for point, outcome in zip(points, evaluated(request), strict=True):
        assert_equal(outcome, reference(Library.LIGHTGBM, task, frame, point))


def test_the_classes_of_rows_that_all_but_tie_for_catboost_are_catboosts(tmp_path):
    frame, point = mixed_frame(TaskType.MULTICLASS, rows=200), {"iterations": 2, "max_ctr_complexity": 4}
    request = make_request(
        tmp_path / "data.parquet", frame, Library.CATBOOST, TaskType.MULTICLASS, [point], folds=2, seed=SEED
    )

    (outcome,) = evaluated(request)

    assert_equal(outcome, reference(Library.CATBOOST, TaskType.MULTICLASS, frame, point, folds=2))
