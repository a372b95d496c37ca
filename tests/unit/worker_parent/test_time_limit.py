"""A time limit is of a trial, and of trials that share a fit it is the fit's."""

from __future__ import annotations

import pytest

from shared.catalog import Library
from shared.planning import plan_tasks
from shared.testing import make_spec, make_sweep
from worker.engine.fits import plan_fits
from worker.parent.time_limit import time_limit


def batch_of(spec):
    return tuple(trial for task in plan_tasks(make_sweep(spec=spec), cells=1) for trial in task.trials)


@pytest.mark.parametrize(
    ("library", "grid", "fits"),
    [
        (Library.XGBOOST, {"n_estimators": [10, 20, 30]}, 1),
        (Library.XGBOOST, {"n_estimators": [10, 20], "early_stopping_rounds": [None, 5]}, 1),
        (Library.XGBOOST, {"n_estimators": [10, 20], "max_depth": [2, 3]}, 2),
        (Library.XGBOOST, {"n_estimators": [10, 20], "booster": ["dart"], "rate_drop": [0.5]}, 1),
        (Library.LIGHTGBM, {"n_estimators": [10, 20], "boosting_type": ["dart"]}, 1),
        (Library.LIGHTGBM, {"n_estimators": [10, 20], "num_leaves": [7, 15, 31]}, 3),
        (Library.CATBOOST, {"iterations": [10, 20], "learning_rate": [None, 0.1]}, 3),
    ],
)
def test_it_is_one_for_each_fit(library, grid, fits):
    spec = make_spec(library=library, param_grid=grid, trial_timeout_seconds=10)
    batch = batch_of(spec)
    assert time_limit(spec, batch) == 10 * fits
    assert len(plan_fits(library, batch, spec.seed)) == fits
    assert time_limit(spec, batch[:1]) == 10


def test_without_a_limit_there_is_none():
    spec = make_spec()
    assert time_limit(spec, batch_of(spec)) is None
