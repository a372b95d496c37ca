"""The first tenth of a sweep is spread over its grid; what follows is costliest first."""

from __future__ import annotations

import itertools
from collections import Counter
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog import Library
from shared.planning import components, plan_tasks
from shared.planning.grid_plan import all_groups, groups_to_do
from shared.planning.spread import Spread
from shared.testing import make_spec, make_sweep

GRID = {
    "max_depth": [2, 4, 6, 8, 10],
    "learning_rate": [0.01, 0.03, 0.1, 0.3],
    "subsample": [0.5, 0.6, 0.7, 0.8, 1.0],
    "reg_lambda": [0.1, 1.0, 10.0, 100.0],
}


def digits(number, lengths):
    found = []
    for length in reversed(lengths):
        number, digit = divmod(number, length)
        found.append(digit)
    return found[::-1]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5))
def test_a_spread_is_a_tenth_of_different_numbers_and_knows_them(lengths):
    spread, size = Spread(lengths), prod(lengths)
    numbers = list(spread)
    assert len(numbers) == len(set(numbers)) == spread.count == (-(-size // 10) if size >= 10 else 0)
    assert set(numbers) <= set(range(size))
    asked = range(size) if size < 2_000 else [*numbers[:50], *range(100)]
    assert [each for each in asked if each in spread] == [each for each in asked if each in set(numbers)]
    assert list(Spread(lengths)) == numbers


@pytest.mark.parametrize("lengths", [(10, 10, 10), (5, 4, 5, 4), (7, 7, 7), (10, 10), (2, 8, 8, 4, 3), (10, 100, 100)])
def test_every_value_of_each_coordinate_comes_about_as_often(lengths):
    spread = Spread(lengths)
    for place, length in enumerate(lengths):
        counts = Counter(digits(number, lengths)[place] for number in spread)
        even = spread.count / length
        assert len(counts) == length
        assert max(abs(count - even) for count in counts.values()) <= max(1.5, 0.15 * even)


def test_what_comes_first_of_a_spread_is_spread_too():
    lengths = (10, 100, 100)
    counts = Counter(digits(number, lengths)[0] for number in itertools.islice(Spread(lengths), 100))
    assert max(counts.values()) <= 15
    assert len(counts) == 10


def trials_of(tasks):
    return [trial for task in tasks for trial in task.trials]


def test_the_first_tenth_of_a_sweep_has_every_value_about_as_often():
    trials = trials_of(plan_tasks(make_sweep(spec=make_spec(param_grid=GRID)), 1000))
    assert len({trial.trial_id for trial in trials}) == len(trials) == 400
    for name, values in GRID.items():
        counts = Counter(trial.params[name] for trial in trials[:40])
        assert all(abs(counts[value] - 40 / len(values)) <= 2 for value in values)
    depths = [trial.params["max_depth"] for trial in trials[40:]]
    assert depths == sorted(depths, reverse=True)


def test_the_order_is_the_same_every_time():
    sweep = make_sweep(spec=make_spec(param_grid=GRID))
    first, again = (trials_of(plan_tasks(sweep, 1000)) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("library", "grid"),
    [
        (Library.XGBOOST, GRID | {"n_estimators": [10, 20]}),
        (Library.LIGHTGBM, {"num_leaves": [3, 7, 15, 31], "max_depth": [2, 3, 4, -1], "reg_lambda": [0.0, 1.0, 2.0]}),
        (
            Library.XGBOOST,
            {"n_estimators": [10, 20], "early_stopping_rounds": [None, 5, 9], "max_depth": [2, 3, 4, 5, 6, 7]},
        ),
    ],
)
def test_no_fit_is_lost_or_done_twice(library, grid):
    spec = make_spec(library=library, param_grid=grid)

    def all_of(groups):
        return Counter(tuple(str(full) for _, full in group) for _, group in groups)

    assert all_of(groups_to_do(spec)) == all_of(all_groups(spec))


@pytest.mark.slow
@pytest.mark.parametrize("held", [4_000, 400], ids=["few parts", "many parts"])
def test_a_grid_that_is_planned_part_by_part_is_spread_too_and_no_fit_is_lost(held, monkeypatch):
    monkeypatch.setattr(components, "MOST_HELD", held)
    grid = {"num_leaves": list(range(2, 202)), "max_depth": list(range(1, 301))}
    spec = make_spec(library=Library.LIGHTGBM, param_grid=grid)
    written = [point for _, group in groups_to_do(spec) for point, _ in group]
    assert Counter(map(str, written)) == Counter(str(point) for _, group in all_groups(spec) for point, _ in group)
    first = written[: len(written) // 10]
    for name, values in grid.items():
        places = Counter(min(9, 10 * values.index(point[name]) // len(values)) for point in first)
        assert len(places) >= 9  # nearly each tenth of the values is there


def test_grids_that_overlap_are_spread_without_a_fit_more():
    grids = [{**GRID, "n_estimators": [10]}, {**GRID, "n_estimators": [10, 20]}]
    sweep = make_sweep(spec=make_spec(param_grid=grids))
    trials = trials_of(plan_tasks(sweep, 1000))
    assert len({trial.trial_id for trial in trials}) == len(trials) == 800
    # both counts are one fit, also in the first tenth
    assert [trial.params["n_estimators"] for trial in trials] == [10, 20] * 400
    depths = [trial.params["max_depth"] for trial in trials[::2]]
    assert set(depths[:40]) == set(GRID["max_depth"])
    assert depths[40:] == sorted(depths[40:], reverse=True)
