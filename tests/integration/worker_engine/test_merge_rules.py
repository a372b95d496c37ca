"""What the catalog calls one model is one, whatever else is random: both sides of every rule are trained.

Scikit-learn's estimators train, and nothing of Boostgrid: the engine would make both sides one before it trains.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from shared.catalog import Library, TaskType, library_catalog
from shared.catalog.effects import INT32_MAX
from shared.catalog.model import EARLY_STOPPING, Equivalence, Parameter, ParameterKind
from shared.catalog.validation import check_grid

pytestmark = pytest.mark.slow

ROUNDS, SEED = 6, 1

#: everything by which a library draws at random, and the ways of growing trees that draw in another order
SAMPLINGS: dict[Library, tuple[dict[str, Any], ...]] = {
    Library.XGBOOST: (
        {},
        {"subsample": 0.6},
        {"colsample_bytree": 0.6},
        {"colsample_bylevel": 0.6},
        {"colsample_bynode": 0.6},
        {"subsample": 0.6, "colsample_bytree": 0.8, "colsample_bylevel": 0.8, "colsample_bynode": 0.8},
        {"subsample": 0.6, "num_parallel_tree": 2},
        {"subsample": 0.6, "booster": "dart"},
        {"subsample": 0.6, "booster": "dart", "rate_drop": 0.5},
        {"subsample": 0.6, "booster": "dart", "one_drop": True, "sample_type": "weighted"},
        {"subsample": 0.6, "booster": "dart", "skip_drop": 0.5},
        {"colsample_bynode": 0.6, "grow_policy": "lossguide"},
        {"subsample": 0.6, "tree_method": "approx"},
        {"subsample": 0.6, "tree_method": "exact"},
    ),
    Library.LIGHTGBM: (
        {},
        {"subsample": 0.6, "subsample_freq": 1},
        {"subsample": 0.6, "subsample_freq": 2, "colsample_bytree": 0.6},
        {"colsample_bytree": 0.6},
        {"colsample_bynode": 0.6},
        {"extra_trees": True},
        {"use_quantized_grad": True},
        {"data_sample_strategy": "goss", "learning_rate": 0.5},
        {"data_sample_strategy": "goss", "learning_rate": 0.5, "boosting_type": "dart", "colsample_bynode": 0.6},
        {"boosting_type": "dart", "drop_rate": 0.5, "subsample": 0.6, "subsample_freq": 1},
        {"boosting_type": "dart", "drop_rate": 0.5, "skip_drop": 0.0, "colsample_bytree": 0.6},
        {"boosting_type": "rf", "subsample": 0.6, "subsample_freq": 1},
        {"boosting_type": "rf", "colsample_bytree": 0.6},
        {"linear_tree": True, "colsample_bytree": 0.6},
    ),
    Library.CATBOOST: tuple(
        sampling | drawing
        for sampling, drawing in itertools.product(
            (
                {},
                {"bootstrap_type": "No"},
                {"bootstrap_type": "Bayesian"},
                {"bootstrap_type": "Bernoulli", "subsample": 0.6},
                {"bootstrap_type": "MVS", "subsample": 0.6},
            ),
            (
                {},
                {"rsm": 0.6},
                {"langevin": True},
                {"random_strength": 0.0},
                {"sampling_frequency": "PerTreeLevel", "langevin": True},
                {"grow_policy": "Depthwise", "langevin": True},
                {"grow_policy": "Lossguide", "rsm": 0.6},
                {"boosting_type": "Ordered", "learning_rate": 0.2},
            ),
        )
    ),
}
#: of the points at which a rule applies, how many are trained under each sampling
POINTS = {Library.XGBOOST: 4, Library.LIGHTGBM: 4, Library.CATBOOST: 2}

RULES = [
    pytest.param(library, rule, id=f"{library}-{rule.parameter}-{number}")
    for library in Library
    for number, rule in enumerate(library_catalog(library).equivalences)
]


@pytest.mark.parametrize(("library", "rule"), RULES)
def test_both_sides_of_a_merge_rule_are_one_model_under_every_sampling(library, rule):
    tried = 0
    for sampling in SAMPLINGS[library]:
        for number, params in enumerate(points_of(library, rule, sampling)):
            task = list(TaskType)[(number + tried) % len(TaskType)]
            if refused(library, task, params):
                continue
            other = params | {rule.parameter: rule.canonical(filled(library, params))}
            tried += 1
            ours, theirs = (predictions(library, task, tuple(sorted(each.items()))) for each in (params, other))
            assert np.array_equal(ours, theirs), (task, params, other)
    assert tried, "no point was found at which the rule merges: give it a sampling, or a value, at which it does"


def points_of(library: Library, rule: Equivalence, sampling: dict[str, Any]) -> list[dict[str, Any]]:
    """Return some points, sampled like that, that the rule gives another value."""
    catalog = library_catalog(library)
    base = {catalog.seed_parameter: SEED, catalog.rounds_parameter: ROUNDS} | sampling
    if rule.parameter == EARLY_STOPPING:
        base |= {"learning_rate": 0.9}  # so that the first rounds are the best
    found = []
    free = [name for name in (rule.parameter, *rule.reads) if name not in sampling or name == rule.parameter]
    for values in itertools.product(*(list(tried_values(catalog.parameter(name))) for name in free)):
        params = base | dict(zip(free, values, strict=True))
        full = filled(library, params)
        if repr(rule.canonical(full)) != repr(full[rule.parameter]) and not refused(
            library, TaskType.REGRESSION, params
        ):
            found.append(params)
    return found[:: math.ceil(len(found) / POINTS[library])] if found else []


def tried_values(parameter: Parameter) -> Iterator[Any]:
    yield from dict.fromkeys((parameter.default, *parameter.choices, *parameter.suggested))
    if parameter.name in ("n_estimators", "iterations"):
        yield from (1, 2, ROUNDS)
        return
    number = int if parameter.kind is ParameterKind.INT else float
    for end in (parameter.low, parameter.high):
        if end is not None and abs(end) < INT32_MAX:
            yield number(end)
    if "leaves" in parameter.name or "depth" in parameter.name:
        yield from (value for value in (0, 2, 3, 4, 8, 9) if value >= (parameter.low or 0))


def filled(library: Library, params: dict[str, Any]) -> dict[str, Any]:
    return {each.name: each.default for each in library_catalog(library).parameters} | params


def refused(library: Library, task: TaskType, params: dict[str, Any]) -> bool:
    rounds = library_catalog(library).rounds_parameter
    if params[rounds] > 100:
        return True
    grid = {name: (value,) for name, value in params.items()}
    return any(issue.is_error for issue in check_grid(library, task, [grid]))


@cache
def table(task: TaskType, categorical: bool) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(5)
    X = pd.DataFrame(random.normal(size=(300, 6)), columns=list("abcdef"))
    many = random.integers(0, 12, len(X))
    y = 2 * X.a + np.sin(3 * X.b) + X.c * X.d + random.normal(size=12)[many] + random.normal(scale=0.5, size=len(X))
    X.loc[random.random(len(X)) < 0.1, "e"] = np.nan
    if categorical:
        X["many"] = pd.Categorical([f"m{value}" for value in many])
    if task is TaskType.BINARY:
        y = (y > y.quantile(0.7)).astype(int)
    elif task is TaskType.MULTICLASS:
        y = pd.qcut(y, 3, labels=False)
    return X, y.to_numpy()


@cache
def predictions(library: Library, task: TaskType, params: tuple[tuple[str, Any], ...]) -> np.ndarray:
    """Return what the library's estimator predicts of its own rows, after its own early stopping where it is asked."""
    settings = {name: value for name, value in params if value is not None}
    categorical = library is not Library.XGBOOST or not (
        settings.get("booster") == "gblinear" or settings.get("tree_method") == "exact"
    )
    X, y = table(task, categorical)
    train, held_out = slice(0, 220), slice(220, None)
    fit: dict[str, Any] = {}
    is_regression = task is TaskType.REGRESSION
    match library:
        case Library.XGBOOST:
            kind = xgboost.XGBRegressor if is_regression else xgboost.XGBClassifier
            model = kind(n_jobs=1, verbosity=0, enable_categorical=categorical, **settings)
            if EARLY_STOPPING in settings:
                fit = {"eval_set": [(X[held_out], y[held_out])], "verbose": False}
        case Library.LIGHTGBM:
            kind = lightgbm.LGBMRegressor if is_regression else lightgbm.LGBMClassifier
            model = kind(n_jobs=1, verbosity=-1, **settings)
            if EARLY_STOPPING in settings:
                fit = {"eval_set": [(X[held_out], y[held_out])]}
        case Library.CATBOOST:
            kind = catboost.CatBoostRegressor if is_regression else catboost.CatBoostClassifier
            model = kind(thread_count=1, verbose=False, allow_writing_files=False, cat_features=["many"], **settings)
            if EARLY_STOPPING in settings:
                fit = {"eval_set": [(X[held_out], y[held_out])]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X[train], y[train], **fit)
        if is_regression:
            return np.asarray(model.predict(X))
        if library is Library.XGBOOST:
            return np.asarray(model.predict(X, output_margin=True))
        if library is Library.LIGHTGBM:
            return np.asarray(model.predict(X, raw_score=True))
        return np.asarray(model.predict(X, prediction_type="RawFormulaVal"))
