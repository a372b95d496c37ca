"""The ledger of a finished sweep, and every score, held against scikit-learn."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
from lightgbm import LGBMRegressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, ParameterGrid, cross_validate
from xgboost import XGBRegressor

from tests.e2e.kubectl import Failed

_ESTIMATORS = {
    "xgboost": lambda params, seed: XGBRegressor(n_jobs=1, random_state=seed, **params),
    "lightgbm": lambda params, seed: LGBMRegressor(n_jobs=1, random_state=seed, verbosity=-1, **params),
}


def check(spec: dict[str, Any], trials_csv: str) -> int:
    """Return how many fold scores equal scikit-learn's to the bit. Raises Failed where a trial or a score is off."""
    frame = pd.read_csv(io.StringIO(trials_csv), float_precision="round_trip")
    points = list(ParameterGrid(spec["param_grid"]))
    names = sorted(spec["param_grid"])
    _same("trials", len(frame), len(points))
    _same("distinct trials", frame["trial_id"].nunique(), len(points))
    _same("states", set(frame["state"]), {"succeeded"})
    by_params = {tuple(row[name] for name in names): row for row in frame.to_dict("records")}
    _same("points", set(by_params), {tuple(point[name] for name in names) for point in points})
    X, y = load_diabetes(return_X_y=True)
    folds = KFold(spec["folds"], shuffle=True, random_state=spec["seed"])
    scored = 0
    for point in points:
        estimator = _ESTIMATORS[spec["library"]](point, spec["seed"])
        validated = cross_validate(estimator, X, y, cv=folds, scoring="neg_root_mean_squared_error", n_jobs=2)
        expected = -validated["test_score"]
        row = by_params[tuple(point[name] for name in names)]
        found = [row[f"fold{fold}_rmse"] for fold in range(1, spec["folds"] + 1)]
        _same(f"scores of {point}", found, list(map(float, expected)))
        scored += len(found)
    return scored


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Failed(f"{what}: {found}, expected {expected}")
