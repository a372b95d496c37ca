"""Normalising grids, and the messages that say what is wrong with them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog import Library, TaskType, library_catalog
from shared.catalog.model import Parameter, ParameterKind, Severity
from shared.catalog.validation import check_grid, check_value, normalise_grid, normalise_value


def parameter(kind, **changes):
    facts = {"name": "example", "default": None, "help": "An example.", "group": "Other", "suggested": (3,)}
    return Parameter(kind=kind, **(facts | changes))


WHOLE = parameter(ParameterKind.INT, low=1, high=10)
NUMBER = parameter(ParameterKind.FLOAT, low=0, low_open=True, high=1, suggested=(0.1,))
BELOW_ONE = parameter(ParameterKind.FLOAT, high=1, high_open=True, suggested=(0.1,))
TRUTH = parameter(ParameterKind.BOOL)
CHOICE = parameter(ParameterKind.CHOICE, choices=("Bayesian", "No"))
NULLABLE = parameter(ParameterKind.FLOAT, nullable=True)
PARAMETERS = [each for library in Library for each in library_catalog(library).parameters]

anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(), st.lists(st.integers())
)


def same(one, other):
    return type(one) is type(other) and (one == other or (one != one and other != other))


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        (WHOLE, 3.0, 3),
        (WHOLE, 3.5, 3.5),
        (WHOLE, True, True),
        (WHOLE, "3", "3"),
        (NUMBER, 1, 1.0),
        (NUMBER, 0.1 + 0.2, 0.1 + 0.2),
        (NUMBER, 0.12345678901234567, 0.12345678901234567),
        (NUMBER, -0.0, 0.0),
        (NUMBER, True, True),
        (NUMBER, 10**400, 10**400),
        (TRUTH, 0, False),
        (TRUTH, 1.0, True),
        (TRUTH, 2, 2),
        (CHOICE, "Bayesian", "Bayesian"),
        (CHOICE, "bayesian", "Bayesian"),
        (CHOICE, False, "No"),
        (CHOICE, "Poisson", "Poisson"),
        (NULLABLE, None, None),
    ],
)
def test_a_value_has_one_form(kind, value, normal):
    assert same(normalise_value(kind, value), normal)


def test_minus_zero_loses_its_sign():
    assert math.copysign(1, normalise_value(NUMBER, -0.0)) == 1


def test_numbers_of_a_grid_keep_all_their_digits_and_two_that_differ_in_the_last_stay_two():
    values = (*np.logspace(-3, -0.5, 7).tolist(), 0.3, 0.1 + 0.2, math.nextafter(0.3, 0))
    (grid,) = normalise_grid(Library.XGBOOST, [{"learning_rate": values}])
    assert grid["learning_rate"] == values


@pytest.mark.slow
@given(st.sampled_from([WHOLE, NUMBER, TRUTH, CHOICE, NULLABLE, *PARAMETERS]), anything)
def test_the_form_of_a_form_is_itself_and_can_be_checked(kind, value):
    normal = normalise_value(kind, value)
    assert same(normalise_value(kind, normal), normal)
    problem = check_value(kind, normal)
    assert problem is None or (len(problem) < 250 and "\n" not in problem.replace(repr(normal), ""))


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        (WHOLE, None, "cannot be empty; give it a value or remove it"),
        (WHOLE, 3.5, "3.5 is not a whole number; use one such as 3"),
        (WHOLE, True, "true is not a whole number; use one such as 3"),
        (WHOLE, "3", "'3' is not a whole number; use one such as 3"),
        (WHOLE, 0, "0 is too small: it must be at least 1"),
        (WHOLE, 11, "11 is too large: it must be at most 10"),
        (NUMBER, "fast", "'fast' is not a number; use one such as 0.1"),
        (NUMBER, math.nan, "nan is not a number; use one such as 0.1"),
        (NUMBER, math.inf, "inf is not a number; use one such as 0.1"),
        (NUMBER, False, "false is not a number; use one such as 0.1"),
        (NUMBER, 0.0, "0 is too small: it must be above 0"),
        (NUMBER, 1.5, "1.5 is too large: it must be at most 1"),
        (BELOW_ONE, 1.0, "1 is too large: it must be below 1"),
        (TRUTH, "yes", "'yes' is not a truth value; use true or false"),
        (TRUTH, 1, "1 is not a truth value; use true or false"),
        (CHOICE, "Poisson", "'Poisson' is not a choice; use one of Bayesian, No"),
    ],
)
def test_a_problem_names_the_value_and_the_way_out(kind, value, problem):
    assert check_value(kind, value) == problem


@pytest.mark.parametrize(
    ("kind", "value"),
    [(WHOLE, 1), (WHOLE, 10), (NUMBER, 1.0), (NUMBER, 1e-9), (TRUTH, False), (CHOICE, "No"), (NULLABLE, None)],
)
def test_a_legal_value_has_no_problem(kind, value):
    assert check_value(kind, value) is None


def test_names_are_resolved_sorted_and_values_are_kept_once_in_order():
    (grid,) = normalise_grid(Library.XGBOOST, [{"max_depth": [6, 3.0, 6], "eta": [0.3, 3e-1, 1]}])
    assert grid == {"learning_rate": (0.3, 1.0), "max_depth": (6, 3)}
    assert list(grid) == ["learning_rate", "max_depth"]
    assert [type(value) for value in grid["max_depth"]] == [int, int]


def test_what_cannot_be_normalised_stays_to_be_reported():
    (grid,) = normalise_grid(Library.XGBOOST, [{"nonsense": [1, 1], "max_depth": ["deep"]}])
    assert grid == {"max_depth": ("deep",), "nonsense": (1, 1)}


@pytest.mark.parametrize(
    ("grid", "field", "message"),
    [
        (
            {"train_dir": ("here",)},
            "param_grid.train_dir",
            "is not a parameter of XGBoost that a grid can set; see `python",
        ),
        ({"max_dept": (3,)}, "param_grid.max_dept", "did you mean max_depth?"),
        ({"objective": ("poisson",)}, "param_grid.objective", "it follows from the task of the data set"),
        ({"tree_method": ("gpu_hist",)}, "param_grid.tree_method", "is not a choice; XGBoost 2 calls it hist"),
        ({"max_depth": ()}, "param_grid.max_depth", "has no values; list at least one or remove it"),
        ({"max_depth": (3, -1)}, "param_grid.max_depth", "-1 is too small: it must be at least 0"),
        ({"scale_pos_weight": (2.0,)}, "param_grid.scale_pos_weight", "has no meaning for regression; remove it"),
        ({"tree_method": ("exact",), "max_depth": (0,)}, "param_grid.max_depth", "set it to 1 or more, or use hist"),
    ],
)
def test_an_error_names_its_field_and_the_way_out(grid, field, message):
    (issue,) = check_grid(Library.XGBOOST, TaskType.REGRESSION, [grid])
    assert issue.is_error
    assert issue.field == field
    assert message in issue.message


def test_two_names_of_one_parameter_are_an_error_in_either_order():
    for raw in ({"eta": [0.1], "learning_rate": [0.2]}, {"learning_rate": [0.2], "eta": [0.1]}):
        (issue,) = check_grid(Library.XGBOOST, TaskType.REGRESSION, normalise_grid(Library.XGBOOST, [raw]))
        assert issue.is_error
        assert "another name of learning_rate" in issue.message


def test_every_wrong_value_is_reported():
    issues = check_grid(Library.XGBOOST, TaskType.REGRESSION, [{"max_depth": (-1, "deep"), "gamma": (-0.5,)}])
    assert [issue.field for issue in issues] == ["param_grid.max_depth", "param_grid.max_depth", "param_grid.gamma"]


def test_no_grid_is_an_error_and_an_empty_one_is_the_defaults():
    (issue,) = check_grid(Library.XGBOOST, TaskType.REGRESSION, [])
    assert (issue.field, issue.is_error) == ("param_grid", True)
    assert check_grid(Library.XGBOOST, TaskType.REGRESSION, [{}]) == []


def test_of_several_grids_the_issue_names_the_one():
    (issue,) = check_grid(Library.XGBOOST, TaskType.REGRESSION, [{"max_depth": (3,)}, {"max_depth": (-1,)}])
    assert issue.field == "param_grid.1.max_depth"


def test_a_combination_is_counted_over_the_parameters_that_the_grid_sets():
    grid = {"num_leaves": (15, 63), "max_depth": (4, 8), "learning_rate": (0.1, 0.2, 0.3)}
    (issue,) = check_grid(Library.LIGHTGBM, TaskType.REGRESSION, [grid])
    assert issue.severity is Severity.WARNING
    assert issue.message.endswith("(1 of the 4 combinations of num_leaves, max_depth)")


def test_a_combination_that_holds_everywhere_is_not_counted():
    (issue,) = check_grid(Library.LIGHTGBM, TaskType.REGRESSION, [{"subsample": (0.5,)}])
    assert issue.message == "has no effect unless subsample_freq is 1 or more; set it to 1"


def test_a_rule_of_other_tasks_is_not_applied():
    grid = {"subsample": (0.5,)}
    assert check_grid(Library.CATBOOST, TaskType.REGRESSION, [grid]) == []
    (issue,) = check_grid(Library.CATBOOST, TaskType.MULTICLASS, [grid])
    assert issue.is_error
