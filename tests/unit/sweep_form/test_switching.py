"""What of a form is kept when another library is chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.sweep_form import switch_library
from shared.catalog import Library
from tests.support.forms import with_fields


def test_switching_the_library_keeps_what_both_know():
    form = replace(
        with_fields(learning_rate="0.1, 0.2", n_estimators="10, 20", gamma="1"), extra_grids=({"gamma": (1.0,)},)
    )
    switched = switch_library(form, Library.CATBOOST)
    assert switched.library is Library.CATBOOST
    assert switched.expressions == {"learning_rate": "0.1, 0.2", "iterations": "10, 20"}
    assert switched.extra_grids == ()
    assert (switched.name, switched.target, switched.metrics) == (form.name, form.target, form.metrics)


@pytest.mark.parametrize("other", [Library.LIGHTGBM, Library.CATBOOST])
def test_switching_the_library_back_and_forth_loses_nothing(other):
    grids = ({"gamma": (1.0,)},)
    form = replace(with_fields(n_estimators="10, 20", max_depth="2:5", gamma="1, 2"), extra_grids=grids)
    there = switch_library(form, other)
    assert "10, 20" in there.expressions.values()
    assert "2:5" in there.expressions.values()

    changed = {name: "30" if text == "10, 20" else text for name, text in there.expressions.items()}
    back = switch_library(replace(there, expressions=changed), form.library, before=form)
    assert back.expressions == {"n_estimators": "30", "max_depth": "2:5", "gamma": "1, 2"}
    assert back.extra_grids == grids


def test_a_parameter_that_was_removed_stays_removed_where_both_libraries_have_it():
    form = with_fields(n_estimators="10, 20", max_depth="2:5")
    there = switch_library(form, Library.CATBOOST)
    fewer = {name: text for name, text in there.expressions.items() if name != "depth"}
    back = switch_library(replace(there, expressions=fewer), form.library, before=form)
    assert back.expressions == {"n_estimators": "10, 20"}
