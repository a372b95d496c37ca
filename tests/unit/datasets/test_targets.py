"""Targets: which tasks a column allows, and why others are refused."""

from __future__ import annotations

import pandas as pd
import pytest

from shared import datasets
from shared.catalog import TaskType
from shared.errors import DatasetError


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([1.0, None, 2.0, 3.0], TaskType.REGRESSION, "has 1 row without a value; read the file again without this row"),
        (["1", "2", "?", "4"], TaskType.REGRESSION, "is not numeric: 1 row of text, such as '\\?'"),
        (["a", "b", "c", "d"], TaskType.REGRESSION, "is not numeric: 4 rows"),
        ([7, 7, 7, 7], TaskType.REGRESSION, r"one value only \(7\)"),
        (["a"] * 4, TaskType.BINARY, r"one value only \(a\)"),
        (["a", "b", "c", "c"], TaskType.BINARY, "has 3 classes and binary needs 2; choose multiclass"),
        (["a", "b", "a", "b"], TaskType.MULTICLASS, "has 2 classes; choose binary"),
        ([0.5, 1.5, 2.5, 1.5], TaskType.MULTICLASS, "has fractions.*choose regression"),
        (list(range(101)) * 2, TaskType.MULTICLASS, "has 101 classes, more than 100"),
        (["a", "a", "b", "a", "a"], TaskType.BINARY, "class 'b' of target 'y' has 1 row, fewer than the 2 folds"),
        ([1], TaskType.REGRESSION, "has 1 row for 2 folds"),
    ],
)
def test_unfit_target_names_the_fix(values, task, message):
    frame = pd.DataFrame({"x": range(len(values)), "y": values})
    with pytest.raises(DatasetError, match=message):
        datasets.check_target(frame, "y", task)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([f"n{number}" for number in range(101)] * 2, "has 101 classes of text, more than 100; merge rare ones, or"),
        ([f"n{number}" for number in range(9)], "class 'n8' of target 'y' has 1 row, fewer than the 2 folds"),
        (["a", "b", "b"], "class 'a' of target 'y' has 1 row, fewer than the 2 folds"),
        ([1.5, None, 2.5], "has 1 row without a value"),
        ([3, 3, 3], "has one value only"),
        ([1.5, 2.5, 3.5], None),
        (["a", "b"] * 2, None),
    ],
)
def test_a_target_that_allows_nothing_says_the_true_reason(values, message):
    frame = pd.DataFrame({"x": range(len(values)), "y": values})
    why = datasets.why_unpredictable(frame, "y")
    assert (why is None) == (message is None) == bool(datasets.possible_tasks(frame, "y"))
    assert message is None or message in why
    assert "choose classification" not in str(why)


def test_absent_target_lists_the_columns():
    with pytest.raises(DatasetError, match="no target column 'z'; the columns are x, y"):
        datasets.check_target(pd.DataFrame({"x": [1], "y": [2]}), "z", TaskType.REGRESSION)


def test_every_class_needs_a_row_for_each_fold():
    frame = pd.DataFrame({"x": range(6), "y": [0, 0, 0, 1, 1, 1]})
    datasets.check_target(frame, "y", TaskType.BINARY, folds=3)
    with pytest.raises(DatasetError, match="fewer than the 4 folds; use fewer folds"):
        datasets.check_target(frame, "y", TaskType.BINARY, folds=4)


@pytest.mark.parametrize(
    ("values", "tasks"),
    [
        ([0.5, 1.5, 2.5, 3.5], (TaskType.REGRESSION,)),
        (list(range(50)) * 2, (TaskType.REGRESSION, TaskType.MULTICLASS)),
        ([0, 1, 0, 1], (TaskType.BINARY, TaskType.REGRESSION)),
        ([0, 1, 2] * 2, (TaskType.MULTICLASS, TaskType.REGRESSION)),
        (["a", "b", "a", "b"], (TaskType.BINARY,)),
        (["a", "b", "c", "d"], ()),
        ([1.0, None, 1.0, 2.0], ()),
    ],
)
def test_possible_tasks_start_with_the_likeliest(values, tasks):
    assert datasets.possible_tasks(pd.DataFrame({"y": values, "x": 0}), "y") == tasks
