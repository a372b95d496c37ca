"""Numbers as other countries, spreadsheets and Python write them: told what to write, never read as something else."""

import pytest

from shared.catalog import Library, library_catalog
from shared.domain import SweepSpec
from shared.errors import InvalidSpec
from shared.grid_expression import GridExpressionError, parse

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
        ("range(3, 10)", "max_depth", "'range' is unknown; write start:stop:step, such as 3:9:2, which has its stop"),
        ("np.arange(3, 10)", "max_depth", "'np.arange' is unknown; write start:stop:step, such as 3:9:2"),
        ("np.linspace(0.1, 0.5, 5)", "learning_rate", "'np.linspace' is unknown; write linspace(start, stop, count)"),
        ("np.logspace(-3, -1, 3)", "learning_rate", "'np.logspace' is unknown; write logspace(start, stop, count)"),
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
