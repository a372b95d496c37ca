"""What is wrong or odd is said at its field, and a form without errors declares its spec."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.sweep_form import FormValues, check
from shared.catalog import Library, Metric
from shared.testing import make_spec
from tests.support.forms import COMPLETE, HASH, with_fields


def test_a_complete_form_declares_its_spec():
    checked = check(COMPLETE)
    assert checked.spec is not None
    assert checked.errors == {}
    assert checked.spec == make_spec(
        name="Depth and rate",
        dataset={"name": "diabetes", "content_hash": HASH, "target": "target", "task": "regression"},
        metrics=("rmse", "mae"),
        folds=4,
        seed=7,
        trial_timeout_seconds=30.0,
        rounds_curve=True,
        racing=True,
        param_grid={"max_depth": [3, 5, 7], "learning_rate": [0.01, 0.1, 1.0]},
    )
    assert checked.values == {"max_depth": (3, 5, 7), "learning_rate": (0.01, 0.1, 1.0)}


def test_the_name_is_trimmed():
    assert check(replace(COMPLETE, name="  A  ")).spec.name == "A"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": "  "}, "name", "Give the sweep a name."),
        ({"name": "x" * 101}, "name", "The name has 101 characters; 100 is the most."),
        ({"dataset_name": ""}, "dataset", "Choose a data set."),
        ({"target": ""}, "target", "Choose the column to predict."),
        ({"task": None}, "task", "Choose what is predicted"),
        ({"metrics": ()}, "metrics", "Choose at least one metric; the first one ranks."),
        ({"metrics": (Metric.RMSE, Metric.RMSE)}, "metrics", "A metric is listed twice"),
        ({"metrics": (Metric.F1,)}, "metrics", "F1 does not score regression; choose among RMSE, MAE, R², MAPE."),
        ({"folds": 1}, "folds", "1 folds are not possible; choose 2 to 50."),
        ({"folds": 51}, "folds", "choose 2 to 50"),
        ({"seed": -1}, "seed", "from 0 to 2147483647"),
        ({"trial_timeout_seconds": 0.0}, "trial_timeout_seconds", "above 0 seconds; leave it empty for none"),
        ({"dataset_name": "x" * 201}, "dataset", "write a text of 1 to 200 characters"),
        ({"dataset_hash": "not a hash"}, "dataset", "'not a hash' cannot be used; write the 64 digits"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(changes, field, message):
    checked = check(replace(COMPLETE, **changes))
    assert checked.spec is None
    assert list(checked.errors) == [field]
    assert message in checked.errors[field][0]


@pytest.mark.parametrize(
    ("expressions", "field", "message"),
    [
        ({"max_depth": "3, five"}, "param_grid.max_depth", "'five' is not a number"),
        ({"max_depth": "3, five"}, "param_grid.max_depth", "(at character 4)."),
        ({"max_depth": ""}, "param_grid.max_depth", "Is empty; list at least one value"),
        ({"learning_rate": "-1"}, "param_grid.learning_rate", "too small"),
        ({"depth_max": "3"}, "param_grid.depth_max", "XGBoost has no such parameter; remove it."),
        ({"learning_rate": "0.1", "eta": "0.2"}, "param_grid.eta", "another name of learning_rate; keep one of them"),
    ],
)
def test_a_parameters_field_says_what_is_wrong_with_it(expressions, field, message):
    checked = check(with_fields(**expressions))
    assert checked.spec is None
    assert list(checked.errors) == [field]
    assert message in checked.errors[field][0]


def test_every_wrong_field_is_reported_at_once():
    checked = check(FormValues(expressions={"max_depth": "x", "learning_rate": "0.1"}))
    assert set(checked.errors) == {"name", "dataset", "metrics", "param_grid.max_depth"}
    assert checked.values == {"learning_rate": (0.1,)}


def test_an_alias_is_taken_under_the_canonical_name():
    assert check(with_fields(eta="0.1, 0.2")).spec.param_grid == ({"learning_rate": (0.1, 0.2)},)


def test_an_empty_grid_is_one_trial_and_says_so():
    checked = check(with_fields())
    assert checked.spec.param_grid == ({},)
    assert checked.size.trials == 1
    assert checked.warnings == {"param_grid": ["The grid is empty: one trial, with the library's defaults."]}


def test_a_dead_parameter_is_a_warning_at_its_field_and_can_be_launched():
    checked = check(replace(with_fields(num_leaves="31, 63", max_depth="3"), library=Library.LIGHTGBM))
    assert checked.spec is not None
    assert list(checked.warnings) == ["param_grid.num_leaves"]


def test_an_invalid_combination_is_an_error_at_its_field():
    leafy = {"max_leaves": "8, 16", "grow_policy": "SymmetricTree", "iterations": "10"}
    checked = check(replace(COMPLETE, library=Library.CATBOOST, expressions=leafy))
    assert checked.spec is None
    assert list(checked.errors) == ["param_grid.max_leaves"]
