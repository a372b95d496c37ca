"""What may be predicted in a table, and whether a target is fit for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.catalog import TaskType
from shared.datasets.tables import label, normalise_column
from shared.errors import DatasetError
from shared.wording import agreeing, counted, listed, shown

if TYPE_CHECKING:
    import pandas as pd

#: a target with more distinct values is no classification
MAX_CLASSES = 100

#: a column of whole numbers with more distinct values is likelier a quantity than a class
_QUANTITY_ABOVE = 20


def possible_tasks(frame: pd.DataFrame, target: str) -> tuple[TaskType, ...]:
    """Return the tasks that the target allows, the likeliest first; none where check_target refuses them all."""
    column = _column(frame, target)
    likely = [TaskType.BINARY, TaskType.MULTICLASS]
    likely.insert(0 if column.nunique() > _QUANTITY_ABOVE else 2, TaskType.REGRESSION)
    return tuple(task for task in likely if _problem(column, target, task, folds=2) is None)


def check_target(frame: pd.DataFrame, target: str, task: TaskType, folds: int = 2) -> None:
    """Raise DatasetError, with the fix, unless the target can be predicted as ``task`` over that many folds."""
    problem = _problem(_column(frame, target), target, task, folds)
    if problem:
        raise DatasetError(problem)


def zeros_of(column: pd.Series[Any]) -> int:
    """Return in how many rows a target is the number 0."""
    return 0 if column.dtype == "category" else int((column == 0).sum())


def why_unpredictable(frame: pd.DataFrame, target: str) -> str | None:
    """Return why the target allows no task at all, and what to do; None where it allows one."""
    column = _column(frame, target)
    if any(_problem(column, target, task, folds=2) is None for task in TaskType):
        return None
    if column.dtype != "category":
        return _problem(column, target, TaskType.REGRESSION, folds=2)
    return _problem(column, target, TaskType.BINARY if column.nunique() == 2 else TaskType.MULTICLASS, folds=2)


def _column(frame: pd.DataFrame, target: str) -> pd.Series[Any]:
    import pandas as pd

    if target not in frame.columns:
        raise DatasetError(f"there is no target column {shown(target)}; the columns are {listed(frame.columns)}")
    return pd.Series(normalise_column(target, frame[target]))


def _problem(column: pd.Series[Any], target: str, task: TaskType, folds: int) -> str | None:
    missing = int(column.isna().sum())
    if missing:
        them = agreeing(missing, "this row", "these rows")
        it = agreeing(missing, "it", "them")
        return (
            f"target {target!r} has {counted(missing, 'row')} without a value; read the file again without {them}, or "
            f"fill {it} in"
        )
    if len(column) < folds:
        return f"the data set has {counted(len(column), 'row')} for {folds} folds; use fewer folds or more rows"
    if column.nunique() == 1:
        return f"target {target!r} has one value only ({label(column.iloc[0])}), so there is nothing to predict"
    if task is TaskType.REGRESSION:
        return _regression_problem(column, target)
    return _classification_problem(column, target, task, folds)


def _regression_problem(column: pd.Series[Any], target: str) -> str | None:
    import pandas as pd

    if column.dtype != "category":
        return None
    text = column[pd.to_numeric(column.astype("str"), errors="coerce").isna()]
    example = f", such as {text.iloc[0]!r}" if len(text) else ""
    return (
        f"target {target!r} is not numeric: {counted(len(text) or len(column), 'row')} of text{example}; "
        f"make all of them numbers{' or choose classification' if column.nunique() <= MAX_CLASSES else ''}"
    )


def _classification_problem(column: pd.Series[Any], target: str, task: TaskType, folds: int) -> str | None:
    counts = column.value_counts()
    counts = counts[counts > 0]
    is_text = column.dtype == "category"
    if is_text and len(counts) > MAX_CLASSES:
        return (
            f"target {target!r} has {len(counts):,} classes of text, more than {MAX_CLASSES}; merge rare ones, or "
            "choose another target"
        )
    if task is TaskType.BINARY and len(counts) != 2:
        other = "multiclass" if is_text else "multiclass or regression"
        return f"target {target!r} has {len(counts):,} classes and binary needs 2; choose {other}"
    if task is TaskType.MULTICLASS and len(counts) == 2:
        return f"target {target!r} has 2 classes; choose binary"
    if column.dtype == "float64" and bool((column % 1 != 0).any()):
        return f"target {target!r} has fractions, so it is a quantity; choose regression"
    if len(counts) > MAX_CLASSES:
        return (
            f"target {target!r} has {len(counts):,} classes, more than {MAX_CLASSES}; "
            "merge rare ones, or choose regression if it is a quantity"
        )
    rarest = int(counts.iloc[-1])
    if rarest < folds:
        return (
            f"class {label(counts.index[-1])!r} of target {target!r} has {counted(rarest, 'row')}, fewer than the "
            f"{folds} folds; use fewer folds, or merge or remove the class"
        )
    return None
