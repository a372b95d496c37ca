"""The size of a grid: how it is counted and said, and where it is only a bound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.sweep_form import MAX_POINTS, FormValues, check, expansion, size_sentence
from tests.support.forms import COMPLETE, with_fields


def test_the_size_does_not_wait_for_the_other_fields():
    checked = check(FormValues(expressions={"max_depth": "3:7:2", "learning_rate": "0.1, 0.2"}, folds=3))
    assert checked.spec is None
    assert (checked.size.points, checked.size.trials, checked.size.fits) == (6, 6, 18)


@pytest.mark.parametrize("changes", [{"expressions": {"max_depth": "3:"}}, {"folds": 1}])
def test_there_is_no_size_while_what_it_follows_from_is_wrong(changes):
    checked = check(replace(COMPLETE, **changes))
    assert checked.size is None
    assert size_sentence(checked, 5) == "The size shows once the grid has no errors."


@pytest.mark.parametrize(
    ("expressions", "sentence"),
    [
        ({}, "1 trial × 4 folds = 4 fits."),
        ({"learning_rate": "0.1, 0.2"}, "2 trials × 4 folds = 8 fits."),
        (
            {"n_estimators": "100, 200, 400", "learning_rate": "0.1, 0.2"},
            "6 trials × 4 folds = 24 fits, done in 8: trials that differ only in the number of trees share theirs.",
        ),
        (
            {"max_depth": "2", "max_leaves": "3, 4, 5"},
            "2 trials × 4 folds = 8 fits. 1 of 3 points is the same model as another: "
            "a tree of max_depth levels has at most 2^max_depth leaves.",
        ),
        (
            {"max_depth": "2", "max_leaves": "3, 4, 5, 6"},
            "2 trials × 4 folds = 8 fits. 2 of 4 points are the same model as another: "
            "a tree of max_depth levels has at most 2^max_depth leaves.",
        ),
        (
            {"max_depth": "2", "max_leaves": "4, 5", "rate_drop": "0.1, 0.2", "skip_drop": "0.1, 0.2"},
            "1 trial × 4 folds = 4 fits. 7 of 8 points are the same model as another: "
            "rate_drop has no effect unless booster=dart (and 2 more reasons).",
        ),
    ],
)
def test_the_size_is_said_in_words_with_what_is_saved(expressions, sentence):
    assert size_sentence(check(with_fields(**expressions)), 4) == sentence


def test_every_reason_why_points_are_one_model_is_there():
    checked = check(with_fields(max_depth="2", max_leaves="4, 5", rate_drop="0.1, 0.2"))
    assert checked.same_model == (
        "rate_drop has no effect unless booster=dart",
        "a tree of max_depth levels has at most 2^max_depth leaves",
    )
    assert check(with_fields(max_depth="2", max_leaves="2, 3", rate_drop="0.1")).same_model == ()


def test_a_grid_of_a_million_points_is_counted():
    million = check(with_fields(n_estimators="10:1000:10", learning_rate="linspace(0.01, 1, 100)", gamma="0:99:1"))
    assert million.size.trials == 1_000_000
    assert million.size.fits == 40_000
    assert not million.size_is_upper_bound


def test_a_grid_beyond_reason_is_refused_before_it_is_walked():
    checked = check(with_fields(n_estimators="1:10000", learning_rate="linspace(0.01, 1, 10000)"))
    assert checked.errors == {
        "param_grid": [f"100,000,000 points are too many; {MAX_POINTS:,} is the most. List fewer values."]
    }


def test_millions_of_combinations_of_parameters_that_bear_on_each_other_are_checked_without_being_walked():
    checked = check(with_fields(max_depth="1:2000", max_leaves="1:2000"))
    assert not checked.errors
    [warning] = checked.warnings["param_grid.max_leaves"]
    assert "of the 4,000,000 combinations of max_leaves, max_depth" in warning


def test_where_there_is_too_much_to_compare_the_size_is_an_upper_bound():
    checked = check(with_fields(max_depth="1:200", max_leaves="1:200"))
    assert checked.spec is not None
    assert checked.size_is_upper_bound
    assert size_sentence(checked, 4) == "At most 40,000 trials × 4 folds = 160,000 fits."


def test_many_points_in_several_grids_get_an_upper_bound():
    form = replace(
        with_fields(learning_rate="linspace(0.01, 1, 10000)", gamma="1, 2, 3"), extra_grids=({"gamma": (1.0,)},)
    )
    checked = check(form)
    assert checked.size_is_upper_bound
    assert checked.size.trials == 30_001


@pytest.mark.parametrize(
    ("expression", "values", "text"),
    [
        ("3, 5, 7", (3, 5, 7), ""),
        ("3:11:4", (3, 7, 11), "3, 7, 11"),
        ("linspace(0.1, 0.3, 3)", (0.1, 0.2, 0.30000000000000004), "0.1, 0.2, 0.3"),
        ("none, 2:3", (None, 2, 3), "none, 2, 3"),
        ("1:100", tuple(range(1, 101)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …, 100"),
        ("1:12", tuple(range(1, 13)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"),
        ("1:13", tuple(range(1, 14)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …, 13"),
        ("3:", (), ""),
    ],
)
def test_the_values_of_a_range_are_shown(expression, values, text):
    assert expansion(expression, values) == text
