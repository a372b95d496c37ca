"""Scores are those of scikit-learn's cross_validate with the library's scikit-learn estimator.

XGBoost and CatBoost agree to the bit. LightGBM's predictions are summed in blocks of trees here and tree by tree
there, and its logistic functions are numpy's here and the C library's there: a few units in the last place of a
float64 (2e-16), which a metric does not enlarge beyond the tolerance below.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate

from shared.catalog import Library, Metric, TaskType, metric_info, metrics_for
from tests.evaluating import evaluated, fold_scores, make_request, mixed_frame, numeric_frame

SEED, FOLDS, THREADS = 3, 3, 1

TOLERANCE = {Library.XGBOOST: 0.0, Library.LIGHTGBM: 1e-12, Library.CATBOOST: 0.0}

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
    library: Library, task: TaskType, frame: pd.DataFrame, point: dict[str, Any], threads: int = THREADS
) -> dict[Metric, np.ndarray]:
    """Return scikit-learn's scores of each fold, in our sign."""
    regressor, classifier, options = ESTIMATORS[library]
    fit_options: dict[str, Any] = {}
    X, y = frame.drop(columns="target"), frame["target"].to_numpy()
    categorical = [name for name in X if X[name].dtype == "category"]
    if library is Library.CATBOOST:
        X = X.assign(**{name: X[name].astype(object).where(X[name].notna(), "nan") for name in categorical})
        fit_options = {"cat_features": categorical} if categorical else {}
    elif library is Library.XGBOOST:
        options = options | {"enable_categorical": bool(categorical)}
    if not categorical:
        X = X.to_numpy()
    options = options | {("thread_count" if library is Library.CATBOOST else "n_jobs"): threads}
    is_regression = task is TaskType.REGRESSION
    splitter = KFold if is_regression else StratifiedKFold
    names = {metric: metric_info(metric).scorers[task] for metric in metrics_for(task)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = cross_validate(
            (regressor if is_regression else classifier)(**options, **point),
            X,
            y,
            cv=splitter(FOLDS, shuffle=True, random_state=SEED),
            scoring=list(names.values()),
            params=fit_options,
            error_score="raise",
        )
    return {metric: scores[f"test_{name}"] * (-1 if name.startswith("neg_") else 1) for metric, name in names.items()}


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
        expected = reference(library, task, frame, point)
        assert list(outcome.scores) == list(expected)
        for metric, scores in fold_scores(outcome).items():
            difference = np.abs(np.array(scores) - expected[metric]).max()
            assert difference <= TOLERANCE[library] * np.abs(expected[metric]).max(), (point, metric, difference)


@pytest.mark.parametrize("library", Library)
def test_scores_on_two_threads_are_those_of_cross_validate_on_two(tmp_path, library):
    # LightGBM sums histograms in another order on two threads, unless it is told to be deterministic as it is here
    tolerance = {Library.XGBOOST: 1e-6, Library.LIGHTGBM: 1e-9, Library.CATBOOST: 0.0}[library]
    frame, point = numeric_frame(TaskType.REGRESSION), POINTS[library][1]
    request = make_request(tmp_path / "data.parquet", frame, library, points=[point], folds=FOLDS, seed=SEED)

    (outcome,) = evaluated(request, threads=2)

    assert outcome.threads == 2
    expected = reference(library, TaskType.REGRESSION, frame, point, threads=2)
    for metric, scores in fold_scores(outcome).items():
        assert scores == pytest.approx(expected[metric], rel=tolerance, abs=0)
