"""What is said before a launch of points that cannot be trained on the very table."""

from __future__ import annotations

import pandas as pd
import pytest

from shared import operations
from shared.catalog import TaskType
from shared.errors import InvalidSpec
from shared.planning import grid_size
from shared.testing import InMemoryStore, make_spec
from shared.wording import counted

COLOURS = pd.DataFrame({"age": [1.5, 2.5, 3.5] * 3, "colour": list("abc") * 3, "y": [float(n) for n in range(9)]})


def spec_on(frame, grid, library="xgboost"):
    store = InMemoryStore()
    operations.store_frame(frame, "mine", store)
    dataset = {"name": "mine", "target": "y", "task": TaskType.REGRESSION}
    return make_spec(dataset=dataset, library=library, param_grid=grid), store


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"booster": ["gbtree", "gblinear"]}, "1 of 2 trials would fail: booster=gblinear cannot use the column of"),
        (
            [{"booster": ["gbtree", "gblinear"]}, {"tree_method": ["hist", "approx", "exact"], "max_depth": [3, 4]}],
            "3 of 8 trials would fail: booster=gblinear and tree_method=exact cannot use",
        ),
        (  # a linear model has neither trees nor their depth: its 10 points are 2 trials
            {"booster": ["gbtree", "gblinear"], "max_depth": [3, 4, 5, 6, 7], "n_estimators": [50, 100]},
            "2 of 12 trials would fail: booster=gblinear cannot use",
        ),
        (
            {"booster": ["gbtree", "gblinear"], "tree_method": ["exact", "hist"], "max_depth": [3, 4]},
            "3 of 5 trials would fail: tree_method=exact and booster=gblinear cannot use",
        ),
    ],
)
def test_trials_that_would_fail_are_counted_as_the_sweep_counts_them(grid, message):
    spec, store = spec_on(COLOURS, grid)
    warnings = []
    operations.bind_dataset(spec, store, warnings)
    assert f" of {counted(grid_size(spec).trials, 'trial')} would fail" in warnings[0].message
    assert message in warnings[0].message
    assert "'colour'" in warnings[0].message


def test_a_grid_of_which_every_point_would_fail_is_refused():
    spec, store = spec_on(COLOURS, {"tree_method": ["exact"], "max_depth": [3, 4]})
    with pytest.raises(InvalidSpec, match=r"param_grid.tree_method: 2 of 2 trials would fail.*; write booster gbtree"):
        operations.bind_dataset(spec, store)


def test_a_grid_too_large_to_compare_counts_its_points_and_says_so():
    grid = {"booster": ["gbtree", "gblinear"], "max_depth": list(range(1, 101)), "max_leaves": list(range(1, 201))}
    spec, store = spec_on(COLOURS, grid)
    warnings = []
    operations.bind_dataset(spec, store, warnings)
    said = "20,000 of the grid's 40,000 points, before those that are the same model count as one trial, would fail: "
    assert warnings[-1].message.startswith(said)


@pytest.mark.parametrize(
    ("frame", "grid", "library"),
    [
        (COLOURS.drop(columns="colour"), {"booster": ["gblinear"]}, "xgboost"),
        (COLOURS, {"booster": ["gbtree", "dart"]}, "xgboost"),
        (COLOURS, {"max_depth": [3]}, "lightgbm"),
    ],
)
def test_where_no_point_would_fail_nothing_is_said(frame, grid, library):
    spec, store = spec_on(frame, grid, library)
    warnings = []
    operations.bind_dataset(spec, store, warnings)
    assert warnings == []
