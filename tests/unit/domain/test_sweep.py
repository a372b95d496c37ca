"""Specs: what is accepted, what is refused and why, and that YAML keeps them whole."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from shared.catalog import Library, Metric, TaskType
from shared.domain import DatasetRef, Sweep, SweepSpec
from shared.errors import InvalidSpec
from shared.testing import make_spec, make_sweep

YAML = """\
name: California, first look
library: xgboost
dataset: {name: california_housing, target: MedHouseVal, task: regression}
param_grid:
  eta: [1e-3, 0.1, 3.0E-1]
  n_estimators: [100, 200]
metrics: [rmse, r2]
"""


def raw_spec(**changes):
    return yaml.safe_load(YAML.replace("1e-3", "0.001")) | changes


def refusal(raw):
    with pytest.raises(InvalidSpec) as caught:
        SweepSpec.parse(raw)
    return {error.field: error.message for error in caught.value.errors}


def test_yaml_is_read_with_defaults_and_canonical_names():
    spec = SweepSpec.from_yaml(YAML)
    assert spec.param_grid == ({"learning_rate": (0.001, 0.1, 0.3), "n_estimators": (100, 200)},)
    assert (spec.folds, spec.seed, spec.dataset.content_hash, spec.ranking_metric) == (5, 0, None, Metric.RMSE)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "Straße: 'x' #1", "folds": 7, "seed": 3, "trial_timeout_seconds": 1.5},
        {"param_grid": [{"learning_rate": [1e-5, 0.1]}, {"n_estimators": [10]}]},
        {"param_grid": {}},
        {
            "dataset": DatasetRef(name="mine.csv", target="on", task=TaskType.BINARY),
            "metrics": [Metric.ACCURACY, Metric.F1],
        },
    ],
)
def test_yaml_round_trip(changes):
    spec = make_spec(**changes)
    again = SweepSpec.from_yaml(spec.to_yaml())
    assert again == spec
    assert again.spec_hash == spec.spec_hash


@pytest.mark.parametrize("model", [make_spec(), make_sweep()])
def test_json_round_trip(model):
    assert type(model).model_validate_json(model.model_dump_json()) == model


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "spec: must be a mapping with name, library"),
        ("- a\n- b\n", "spec: must be a mapping"),
        ("name: [", "spec: is not YAML"),
        ("name: a\nname: b\n", "spec: is not YAML: 'name' is written twice .line 2, character 1."),
        ("param_grid: {eta: [1], eta: [2]}", "'eta' is written twice"),
        ("name: !!python/object/apply:os.system ['true']", "spec: is not YAML"),
        (
            "name: !!timestamp 2026-13-01",
            "spec: has a value that cannot be read; write numbers, texts, lists and mappings only",
        ),
        ("name: !!bool perhaps", "spec: has a value that cannot be read"),
        ("name: !!timestamp now", "spec: has a value that cannot be read"),
        ("[" * 5_000, "spec: is nested too deeply"),
    ],
)
def test_text_that_is_no_spec_says_why(text, message):
    with pytest.raises(InvalidSpec, match=message):
        SweepSpec.from_yaml(text)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "is blank; write a text of 1 to 100 characters"),
        ({"library": "sklearn"}, "library", "'sklearn' cannot be used; write one of xgboost, lightgbm, catboost"),
        ({"folds": 1}, "folds", "1 cannot be used; write a whole number from 2 to 50"),
        ({"seed": -1}, "seed", "-1 cannot be used; write a whole number from 0 to 2147483647"),
        ({"trial_timeout_seconds": 0}, "trial_timeout_seconds", "0 cannot be used; write a number of seconds above 0"),
        ({"metrics": []}, "metrics", "is empty; write a list of metrics, such as [rmse, r2]"),
        ({"metrics": ["rmse", "rmse"]}, "metrics", "names a metric twice"),
        ({"metrics": ["accuracy"]}, "metrics", "accuracy does not score regression"),
        ({"trials": 3}, "trials", "is not a field of a spec; remove it"),
        ({"pos_label": 3}, "pos_label", "is not a field of a spec; write positive_class"),
        ({"positive_class": "yes"}, "positive_class", "has no meaning for regression; remove it"),
        (
            {"positive_class": ["yes"]},
            "positive_class",
            "[yes] cannot be used; write one of the target's two classes",
        ),
        ({"positive_class": " "}, "positive_class", "is blank; write one of the target's two classes"),
        ({"param_grid": []}, "param_grid", "is empty"),
        (
            {"param_grid": {"learning_rate": {"min": 0.01, "max": 0.3}}},
            "param_grid.learning_rate",
            "logspace(0.01, 0.3, 5)",
        ),
        (
            {"param_grid": {"max_depth": "auto"}},
            "param_grid.max_depth",
            "needs a value; 'auto' is not allowed here",
        ),
        ({"param_grid": {"learning_rate": []}}, "param_grid.learning_rate", "has no values"),
        ({"param_grid": {"max_depth": [6, None]}}, "param_grid.max_depth", "cannot be empty; give it a value"),
        (
            {"param_grid": {"learning_rate": [[0.1]]}},
            "param_grid.learning_rate",
            "[0.1] cannot be a value; write a list",
        ),
        ({"param_grid": {"max_depth": [date(2026, 1, 2)]}}, "param_grid.max_depth", "the date 2026-01-02 cannot be"),
        ({"param_grid": {"learning_rate": [-0.1]}}, "param_grid.learning_rate", "too small"),
        ({"param_grid": {"learning_rate": ["fast"]}}, "param_grid.learning_rate", "'fast' is not a number"),
        ({"param_grid": {"train_dir": ["here"]}}, "param_grid.train_dir", "is not a parameter of XGBoost"),
        ({"param_grid": {"eta": [0.1], "learning_rate": [0.2]}}, "param_grid.eta", "is another name of learning_rate"),
        ({"param_grid": {"learning_rate": [0.1], "eta": [0.2]}}, "param_grid.eta", "is another name of learning_rate"),
    ],
)
def test_wrong_field_is_named(changes, field, message):
    errors = refusal(raw_spec(**changes))
    assert message in errors[field]


def test_every_wrong_field_is_reported_at_once():
    errors = refusal({"name": "", "library": "xgboost", "dataset": {"name": "wine", "task": "multiclass"}})
    assert errors.keys() == {"name", "dataset.target", "param_grid", "metrics"}
    assert errors["metrics"] == "is missing; write a list of metrics, such as [rmse, r2]"


def test_equal_values_are_kept_once():
    spec = make_spec(param_grid={"learning_rate": [0.3, 3e-1, 1, 1.0]})
    assert spec.param_grid == ({"learning_rate": (0.3, 1.0)},)


def test_spec_hash_does_not_depend_on_the_order_of_parameters_but_on_everything_else():
    spec = make_spec(param_grid={"learning_rate": [0.1], "n_estimators": [10]})
    assert make_spec(param_grid={"n_estimators": [10], "learning_rate": [0.1]}).spec_hash == spec.spec_hash
    others = [make_spec(folds=4), make_spec(seed=1), make_spec(library=Library.LIGHTGBM), make_spec(name="B")]
    assert len({spec.spec_hash, *(other.spec_hash for other in others)}) == 5


def test_bound_spec_differs_in_its_hash_only():
    spec = make_spec().with_dataset_hash("a" * 64)
    assert spec.dataset.content_hash == "a" * 64
    assert spec.with_dataset_hash("d" * 64) == make_spec()


@pytest.mark.parametrize(
    ("name", "slug"),
    [("California: first look!", "california-first-look-"), ("数据", "sweep-"), ("x" * 90, "x" * 40 + "-")],
)
def test_sweep_id_is_readable_and_its_own(name, slug):
    first, second = (Sweep.new(make_spec(name=name), "3.2.0", size=1) for _ in range(2))
    assert first.sweep_id.startswith(slug)
    assert first.sweep_id != second.sweep_id


def test_an_empty_value_is_one_where_the_library_may_decide():
    spec = SweepSpec.parse(make_spec().model_dump() | {"param_grid": {"early_stopping_rounds": [None, 10]}})
    assert SweepSpec.from_yaml(spec.to_yaml()).param_grid == ({"early_stopping_rounds": (None, 10)},)
