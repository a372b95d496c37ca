"""Stored tables as workers train on them. Read without pandas, which is 40 MB and half a second of each engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.catalog import TaskType
from shared.datasets.tables import in_class_order, label
from shared.errors import DatasetError
from shared.wording import counted, listed, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Table:
    """Features and target as numbers."""

    #: (rows, features) a category as its code, from 0 in the order of ``categories``; missing ones as NaN
    X: NDArray[np.float64]
    #: (rows,) float64, float32 or int64 for regression, as the table has it; else int64 class numbers 0..K-1
    y: NDArray[Any]
    #: the categories of each category column, by its position
    categories: Mapping[int, tuple[str, ...]]
    #: the class labels in the order of their numbers: numbers by size, else as text; the positive one last
    classes: tuple[str, ...]
    #: the positions of the category columns that say that their order means something
    ordered: frozenset[int] = frozenset()


def read_table(parquet: Path, target: str, task: TaskType, positive_class: str | None = None) -> Table:
    """Return a stored table split into features and target. Raises DatasetError if the target does not fit the task.

    Of two classes the positive one is 1, where it is named; else the one that sorts second.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(parquet)
    names = file.schema_arrow.names
    if target not in names:
        raise DatasetError(f"there is no column {shown(target)}; the columns are {listed(names)}")
    y, classes = _target(_read(file, target), target, task)
    if positive_class is not None:
        if len(classes) != 2 or positive_class not in classes:
            raise DatasetError(f"{shown(positive_class)} is none of the two classes of target {target!r}")
        if positive_class == classes[0]:
            y, classes = 1 - y, classes[::-1]
    features = [name for name in names if name != target]
    matrix = np.empty((len(y), len(features)))
    categories = {}
    ordered = set()
    for i, name in enumerate(features):  # one column at a time: the file is never in memory twice
        column = _read(file, name)
        matrix[:, i] = _numbers(column)
        if _is_category(column):
            categories[i] = _categories(column)
            if column.type.ordered:
                ordered.add(i)
    return Table(matrix, y, categories, classes, frozenset(ordered))


def _read(file: Any, name: str) -> Any:
    """Return a column as one Arrow array."""
    return file.read(columns=[name], use_threads=False).column(0).unify_dictionaries().combine_chunks()


def _is_category(column: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_dictionary(column.type))


def _categories(column: Any) -> tuple[str, ...]:
    return tuple(column.dictionary.to_pylist())


def _numbers(column: Any) -> NDArray[Any]:
    """Return the values of an Arrow array, codes for categories: float64 with NaN where one is missing."""
    values = column.indices if _is_category(column) else column
    # pyarrow's own to_numpy imports pandas
    validity, data = values.buffers()
    end = values.offset + len(values)
    name = str(values.type)  # numpy's, but for one: its float has 64 bits
    numbers = np.frombuffer(data, dtype={"float": "float32"}.get(name, name), count=end)[values.offset :]
    if not values.null_count:
        return numbers
    valid = np.unpackbits(np.frombuffer(validity, np.uint8), count=end, bitorder="little")[values.offset :]
    return np.where(valid, numbers.astype(np.float64), np.nan)


def _target(column: Any, target: str, task: TaskType) -> tuple[NDArray[Any], tuple[str, ...]]:
    if column.null_count:
        raise DatasetError(f"target {target!r} has {counted(column.null_count, 'row')} without a value")
    if task is TaskType.REGRESSION:
        if _is_category(column):
            raise DatasetError(f"target {target!r} holds text; regression needs numbers")
        return _numbers(column), ()
    codes = _numbers(column)
    if _is_category(column):
        labels = _categories(column)
        classes = in_class_order(labels[code] for code in np.unique(codes))
        number_of = np.array([classes.index(each) if each in classes else -1 for each in labels])
        return number_of[codes].astype(np.int64), tuple(classes)
    present, y = np.unique(codes, return_inverse=True)
    return y.astype(np.int64), tuple(map(label, present))
