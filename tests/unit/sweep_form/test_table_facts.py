"""What the chosen table makes of a form: its classes, its categories and the positive class."""

from __future__ import annotations

from dataclasses import replace

from dashboard.sweep_form import FormValues, TableFacts, check
from shared.catalog import Metric, TaskType

FRAUD = TableFacts(categories=("c", "y"), classes={"fraud": 8, "legit": 32})


def on_fraud(**changes):
    return replace(
        FormValues(
            name="n",
            dataset_name="mine",
            dataset_hash="a" * 64,
            target="y",
            task=TaskType.BINARY,
            metrics=(Metric.F1,),
            expressions={"max_depth": "3"},
        ),
        **changes,
    )


def test_what_the_table_makes_of_the_grid_is_said_at_the_field():
    checked = check(on_fraud(expressions={"scale_pos_weight": "1, 17.5"}), FRAUD)
    assert "17.5 weighs up the positive class 'legit'" in checked.warnings["param_grid.scale_pos_weight"][0]
    assert check(on_fraud(expressions={"scale_pos_weight": "1, 17.5"}, positive_class="fraud"), FRAUD).warnings == {}
    (message,) = check(on_fraud(expressions={"tree_method": "exact"}), FRAUD).errors["param_grid.tree_method"]
    assert message.startswith("1 of 1 trial would fail: tree_method=exact cannot use the column of categories, 'c'")


def test_what_the_table_makes_of_a_further_grid_is_said_there():
    further = ({"booster": ("gbtree", "gblinear")},)
    warnings = check(on_fraud(extra_grids=further), FRAUD).warnings
    assert "1 of 3 trials would fail" in warnings["param_grid.1.booster"][0]


def test_a_class_that_the_table_does_not_have_is_an_error_that_names_those_there_are():
    checked = check(on_fraud(positive_class="spam"), FRAUD)
    assert checked.spec is None
    assert checked.errors == {
        "positive_class": ["'spam' is no class of target 'y'; its classes are 'fraud' and 'legit'."]
    }


def test_the_positive_class_comes_into_the_spec_and_back():
    spec = check(on_fraud(positive_class="fraud"), FRAUD).spec
    assert spec is not None
    assert spec.positive_class == "fraud"
    assert FormValues.of(spec).positive_class == "fraud"
    assert FormValues.from_yaml(spec.to_yaml()).positive_class == "fraud"


def on_numbers(metrics, folds=3):
    return on_fraud(task=TaskType.REGRESSION, metrics=metrics, folds=folds)


def test_percentages_of_a_target_that_is_zero_are_warned_of_at_the_metrics():
    facts = TableFacts(rows=40, zeros=3)
    (message,) = check(on_numbers((Metric.RMSE, Metric.MAPE)), facts).warnings["metrics"]
    assert message.startswith("The target, by which mape divides, is 0 in 3 rows")
    assert check(on_numbers((Metric.RMSE,)), facts).warnings == {}
    assert check(on_numbers((Metric.MAPE,)), TableFacts(rows=40)).warnings == {}


def test_r2_of_folds_of_one_row_is_an_error():
    checked = check(on_numbers((Metric.R2,), folds=4), TableFacts(rows=6))
    assert checked.spec is None
    assert "4 folds of 6 rows leave folds of one row" in checked.errors["folds"][0]
    assert check(on_numbers((Metric.RMSE,), folds=4), TableFacts(rows=6)).spec is not None
    assert check(on_numbers((Metric.R2,), folds=3), TableFacts(rows=6)).spec is not None


def test_a_sweeps_name_that_nobody_sees_is_an_error():
    assert check(on_fraud(name="\u200b")).errors["name"] == [
        "The name has only signs that nobody sees, such as U+200B; type it anew."
    ]
