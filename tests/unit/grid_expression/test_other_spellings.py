"""Numbers as other countries, spreadsheets and Python write them: told what to write, never read as something else."""

import pytest

from shared.catalog import Library, library_catalog
from shared.catalog.model import ParameterKind
from shared.domain import SweepSpec
from shared.errors import InvalidSpec
from shared.grid_expression import GridExpressionError, parse
from shared.grid_expression.text import example, range_example, step_example

DRAWS = "draws at random, which a grid does not; write"
RANGES = ("2..6", "2...6", "2 .. 6", "2…6", "2-6", "2 - 6", "2–6", "2~6", "2->6", "2 to 6", "2 bis 6", "from 2 to 6")
CATALOG = library_catalog(Library.XGBOOST)


def message_of(text, name):
    with pytest.raises(GridExpressionError) as caught:
        parse(text, CATALOG.parameter(name))
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("0,5", "gamma", "'0,5' may be the fraction 0.5 or two values; write 0.5, or 0, 5 with a blank between"),
        ("1,5, 2,5", "gamma", "'1,5' may be the fraction 1.5 or two values; write 1.5, or 1, 5 with a blank between"),
        ("1, 2,5", "gamma", "'2,5' may be"),
        ("-1,5e-3", "gamma", "'-1,5e-3' may be the fraction -1.5e-3 or"),
        ("0,1:0,5:0,1", "learning_rate", "'0,1' may be the fraction 0.1"),
        ("0,05", "learning_rate", "'0,05' has a decimal comma; write 0.05"),
        ("0,05, 0,1", "learning_rate", "'0,05' has a decimal comma; write 0.05"),
        ("1,000", "n_estimators", "'1,000' has a comma inside; write 1000, or 1.000 if it is a fraction"),
        ("1 000", "n_estimators", "'1 000' has a blank inside; write 1000"),
        ("1.000", "n_estimators", "'1.000' may be 1 or 1000; write it without"),
        ("1.500, 200", "n_estimators", "1.500 is not a whole number; write 1 or 2, or 1500 if the point"),
        ("3;5", "max_depth", "; means nothing here; separate values with commas: 3, 5"),
        ("0,5; 1,5", "gamma", "; means nothing here; separate values with commas: 0.5, 1.5"),
        ("0,5;0,05", "gamma", "; means nothing here; separate values with commas: 0.5, 0.05"),
        (";", "max_depth", "; means nothing here; separate values with commas, such as 3, 5, 7"),
        ("(0.1, 0.5)", "learning_rate", "round brackets are for linspace and logspace; write the values without"),
        ("{0.1, 0.5}", "learning_rate", "curly brackets mean nothing here; write the values without"),
        ("range(3, 10)", "max_depth", "'range' is unknown; write 3:9, which has its stop"),
        ("np.arange(3, 10)", "max_depth", "'np.arange' is unknown; write 3:9, which"),
        ("np.linspace(0.1, 0.5, 5)", "learning_rate", "'np.linspace' is unknown; write linspace(0.1, 0.5, 5)"),
        ("np.logspace(-3, -1, 3)", "learning_rate", "'np.logspace' is unknown; write logspace(0.001, 0.1, 3), whose"),
        ("10**-3", "learning_rate", "** means nothing here; write the number itself, such as 1e-3"),
        ("1/3", "learning_rate", "/ means nothing here; write the number itself, such as 0.333"),
        ("50%", "subsample", "% means nothing here; write a share of 1, such as 0.5"),
        ("'None'", "learning_rate", "'None' is a text in quotes; write none without them"),
        ("True", "learning_rate", "'True' is not a number; write one such as"),
        ("None", "n_estimators", "'n_estimators' needs a value; 'None' is not allowed here"),
    ],
)
def test_another_spelling_is_told_what_to_write(text, name, message):
    assert message_of(text, name).startswith(message)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        *((text, "max_depth", f"{text!r} is not how a range is written; write 2:6") for text in RANGES),
        *(
            (text, "learning_rate", f"{text!r} is not how a range is written; write linspace(2, 6, 5)")
            for text in RANGES
        ),
        ("2-6", "booster", "'booster' does not take a range; write one or more of gbtree, dart"),
        ("9..3", "max_depth", "'9..3' is not how a range is written; write 9:3:-1"),
        ("100-1000", "n_estimators", "'100-1000' is not how a range is written; write 100:1000:225"),
        ("1e-3 - 1e-1", "learning_rate", "'1e-3 - 1e-1' is not how a range is written; write logspace(0.001, 0.1, 5)"),
        ("1e-3 - 1e-1", "max_depth", "'1e-3 - 1e-1' is not how a range is written; write whole numbers such as 3:10"),
        ("-3..-1", "max_depth", "'-3..-1' is not how a range is written; write whole numbers such as 3:10"),
        ("1, 2, ..., 10", "max_depth", "'1, 2, ..., 10' is not how a range is written; write 1:10:1"),
        ("3, 5, 7, ...", "max_depth", "'...' leaves values out; list them all, or write a range as start:stop:step"),
        ("2:6 step 2", "max_depth", "'2:6 step 2' is not how a range is written; write 2:6:2"),
        ("1..9..2", "max_depth", "'1..9..2' is not how a range is written; write 1:9:2"),
        ("0.1 to 0.5 step 0.1", "subsample", "'0.1 to 0.5 step 0.1' is not how a range is written; write 0.1:0.5:0.1"),
        ("min: 1, max: 5", "max_depth", "'min: 1, max: 5' is not how a range is written; write 1:5"),
        ("2..6, 10", "max_depth", "'2..6' is not how a range is written; write 2:6"),
        ("range(1, 10, 2)", "max_depth", "'range' is unknown; write 1:9:2, which has its stop"),
        ("range(9, 3, -2)", "max_depth", "'range' is unknown; write 9:5:-2, which has its stop"),
        ("list(range(1, 5))", "max_depth", "'list' is unknown; write 1:4"),
        ("3, range(5, 8)", "max_depth", "'range' is unknown; write 5:7, which has its stop"),
        ("np.arange(0.1, 0.5, 0.1)", "subsample", "'np.arange' is unknown; write 0.1:0.4:0.1, which has its stop"),
        ("np.linspace(1, 9)", "max_depth", "'np.linspace' is unknown; write linspace(1, 9, 50)"),
        (
            "uniform(0.1, 0.5)",
            "subsample",
            f"'uniform' {DRAWS} linspace(0.1, 0.5, 5)",
        ),
        (
            "loguniform(1e-3,1e-1)",
            "learning_rate",
            f"'loguniform' {DRAWS} logspace(0.",
        ),
        (
            "hp.loguniform(-5, 0)",
            "learning_rate",
            f"'hp.loguniform' {DRAWS} values",
        ),
        (
            "trial.suggest_int('d', 1, 10)",
            "max_depth",
            f"'trial.suggest_int' {DRAWS} 1:10",
        ),
        ("hp.quniform('d', 1, 9, 2)", "max_depth", f"'hp.quniform' {DRAWS} 1:9:2"),
        ("hp.choice('d', [1,2])", "max_depth", "'hp.choice' is unknown; write 1, 2"),
        ("choice(['gbtree', 'dart'])", "booster", "'choice' is unknown; write 'gbtree', 'dart'"),
        ("linspace(1, 9)", "max_depth", "'linspace' has a start, a stop and a count; write linspace(1, 9, 5)"),
        ("[[1, 2]]", "max_depth", "brackets inside brackets mean nothing here; write the values without them: 1, 2"),
        ("[1], [2]", "max_depth", "the bracket ] ends before this; write the values without them: 1, 2"),
        ("(1, 2)", "max_depth", "round brackets are for linspace and logspace; write the values without them: 1, 2"),
        ("{1, 2}", "max_depth", "curly brackets mean nothing here; write the values without them: 1, 2"),
        ("1:5:", "learning_rate", "a number is missing here: a range is start:stop:step, such as 0.01:0.3:0.07"),
        ("<5", "max_depth", "'<5' is not understood; write values such as 3, 4, 6, 8"),
    ],
)
def test_a_range_of_another_notation_is_told_as_this_parameter_takes_it(text, name, message):
    assert message_of(text, name).startswith(message)


@pytest.mark.parametrize("library", Library)
def test_every_example_is_read(library):
    for parameter in library_catalog(library).parameters:
        assert parse(example(parameter), parameter)
        if parameter.kind in (ParameterKind.INT, ParameterKind.FLOAT):
            for text in (range_example(parameter), step_example(parameter), range_example(parameter, "linspace")):
                assert len(parse(text, parameter)) > 1


def test_a_range_of_another_notation_is_told_in_a_spec_too():
    for grid in ("{max_depth: 2..6}", "{max_depth: [2..6]}", "{max_depth: [2-6]}", '{"max_depth": "2 to 6"}'):
        with pytest.raises(InvalidSpec) as caught:
            SweepSpec.from_yaml(spec(grid))
        (error,) = caught.value.errors
        assert error.message.endswith("is not how a range is written; write 2:6")


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("0, 5", "gamma", (0.0, 5.0)),
        ("0 ,5", "gamma", (0.0, 5.0)),
        ("0.5,5", "gamma", (0.5, 5.0)),
        ("0,5, 0.5", "gamma", (0.0, 5.0, 0.5)),  # its other number has a point
        ("0,1,2", "gamma", (0.0, 1.0, 2.0)),
        ("3,5", "max_depth", (3, 5)),
        ("3,5:7", "max_depth", (3, 5, 6, 7)),
        ("linspace(0,1,3)", "gamma", (0.0, 0.5, 1.0)),
        ("1., 2.", "gamma", (1.0, 2.0)),
        ("100.0", "n_estimators", (100,)),
        ("None, 0.5", "learning_rate", (None, 0.5)),
    ],
)
def test_what_can_only_be_one_thing_is_read(text, name, values):
    assert parse(text, CATALOG.parameter(name)) == values


def spec(grid):
    return f"""
name: Commas
library: xgboost
dataset: {{name: diabetes, target: target, task: regression}}
metrics: [rmse]
param_grid: {grid}
"""


@pytest.mark.parametrize(
    ("grid", "field", "parts"),
    [
        ('{gamma: ["0,5"]}', "param_grid.gamma", ["'0,5'", "0.5"]),
        ('{gamma: [1, "1,5"]}', "param_grid.gamma", ["'1,5'", "1.5"]),
        ('{gamma: "0,5"}', "param_grid.gamma", ["'0,5'", "0.5"]),
        ('{max_depth: ["3,5"]}', "param_grid.max_depth", ["'3,5' is one text with a comma", "write 3, 5"]),
        ('{max_depth: ["3;5"]}', "param_grid.max_depth", ["3, 5"]),
    ],
)
def test_a_quoted_number_with_a_comma_is_not_two_values_of_a_spec(grid, field, parts):
    with pytest.raises(InvalidSpec) as caught:
        SweepSpec.from_yaml(spec(grid))
    (error,) = caught.value.errors
    assert error.field == field
    assert all(part in error.message for part in parts)


def test_a_quoted_list_in_a_list_keeps_its_values():
    (grid,) = SweepSpec.from_yaml(spec('{max_depth: ["3, 5"], gamma: ["0.5,1.5"]}')).param_grid
    assert grid == {"max_depth": (3, 5), "gamma": (0.5, 1.5)}


@pytest.mark.parametrize(
    ("library", "instead"),
    [
        ("xgboost", "write scale_pos_weight"),
        ("lightgbm", "write scale_pos_weight or is_unbalance"),
        ("catboost", "write scale_pos_weight or auto_class_weights"),
    ],
)
@pytest.mark.parametrize("name", ["class_weight", "class_weights"])
def test_weights_of_classes_are_told_what_a_grid_has_for_them(library, instead, name):
    with pytest.raises(InvalidSpec) as caught:
        SweepSpec.from_yaml(spec(f"{{{name}: [[1, 2]]}}").replace("xgboost", library))
    (error,) = caught.value.errors
    assert error.field == f"param_grid.{name}"
    assert error.message.endswith(instead)
