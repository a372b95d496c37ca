"""At how many points a rule is broken: as many as a walk finds, and without one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalog import Library, Parameter, TaskType, library_catalog
from shared.catalog.breaches import breaches
from shared.catalog.model import ParameterKind
from shared.catalog.validation import check_grid, check_value
from tests.support.work import calls_of

RULES = [
    pytest.param(library, rule, id=f"{library}-{rule.parameter}-{number}")
    for library in Library
    for number, rule in enumerate(library_catalog(library).rules)
]


def values_of(parameter: Parameter) -> list[Any]:
    """Legal values, those on which rules turn among them."""
    found = [parameter.default, *parameter.choices, *parameter.suggested, *([None] if parameter.nullable else [])]
    if parameter.kind is ParameterKind.INT:
        found += [0, 1, 2, 3, 4, 5, 8, 16, 31, 64]
    elif parameter.kind is ParameterKind.FLOAT:
        found += [0.0, 0.25, 0.5, 0.75, 1.0, 4.0]
    return [each for each in dict.fromkeys(found) if check_value(parameter, each) is None]


@pytest.mark.parametrize(("library", "rule"), RULES)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_a_rule_is_broken_at_as_many_points_as_a_walk_finds(library, rule, data):
    catalog = library_catalog(library)
    defaults = {each.name: each.default for each in catalog.parameters}
    names = data.draw(st.lists(st.sampled_from(rule.reads), min_size=1, max_size=4, unique=True))
    grid = {
        name: data.draw(
            st.lists(st.sampled_from(values_of(catalog.parameter(name))), min_size=1, max_size=5, unique=True)
        )
        for name in names
    }
    points = [defaults | dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    assert breaches(rule, grid, defaults) == (sum(map(rule.broken, points)), len(points))


def many_values(parameter: Parameter, count: int) -> tuple[Any, ...]:
    if parameter.kind in (ParameterKind.BOOL, ParameterKind.CHOICE):
        return tuple(parameter.choices or (False, True))
    low = parameter.low or 0
    if parameter.kind is ParameterKind.INT:
        return tuple(range(int(low), int(low) + count))
    return (*(low + (number + 1) / (count + 1) for number in range(count)), 1.0)


@pytest.mark.parametrize(("library", "rule"), RULES)
def test_a_rule_asks_for_few_of_the_combinations_of_all_that_it_reads(library, rule):
    catalog = library_catalog(library)
    grid = {name: many_values(catalog.parameter(name), 1_000) for name in rule.reads}
    asked = 0

    def broken(params):
        nonlocal asked
        asked += 1
        return rule.broken(params)

    breaches(replace(rule, broken=broken), grid, {each.name: each.default for each in catalog.parameters})
    assert asked < 200_000


@pytest.mark.parametrize(
    ("library", "sizes"),
    [
        (Library.LIGHTGBM, {"num_leaves": 1_000, "max_depth": 1_000}),
        (Library.LIGHTGBM, {"subsample": 80, "subsample_freq": 80, "colsample_bytree": 80, "boosting_type": 3}),
        (Library.LIGHTGBM, {"top_rate": 1_000, "other_rate": 1_000, "data_sample_strategy": 2}),
        (Library.XGBOOST, {"subsample": 80, "colsample_bytree": 80, "colsample_bylevel": 80, "tree_method": 4}),
        (Library.XGBOOST, {"max_leaves": 80, "max_depth": 80, "colsample_bynode": 80, "tree_method": 4}),
        (Library.CATBOOST, {"max_leaves": 80, "depth": 16, "learning_rate": 80, "model_shrink_rate": 80}),
    ],
)
def test_a_grid_of_a_million_points_that_bear_on_each_other_is_checked_at_once(library, sizes):
    catalog = library_catalog(library)
    grid = {name: many_values(catalog.parameter(name), size) for name, size in sizes.items()}
    assert calls_of(lambda: check_grid(library, TaskType.REGRESSION, [grid])) < 200_000
