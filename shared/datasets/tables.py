"""Tables in their stored form: columns of numbers and categories, as Parquet."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.errors import DatasetError
from shared.wording import counted, listed, shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: the libraries keep features in 32 bits; what is larger becomes infinite there
_LARGEST = float(np.finfo(np.float32).max)

_ONE_KIND = "make all of them numbers or all of them text"

#: up to here a float of 64 bits holds every whole number
EXACT = 2**53

_LARGEST_WHOLE = np.iinfo(np.int64).max

#: what values of Python are called
_KINDS: dict[type, str] = {
    bool: "true and false",
    int: "whole numbers",
    float: "numbers",
    str: "texts",
    bytes: "bytes",
    Decimal: "decimals",
    date: "dates",
    datetime: "times",
}

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

_TIME_FIX = "turn it into numbers, such as the year, the month or seconds since a fixed date, or remove it"


def normalise(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with columns of int64, float32, float64 and category (of text) only, as estimators read them.

    True and false are 1 and 0. Categories keep their order, and whether they are ordered; those of text columns are
    sorted. Missing values stay. Raises DatasetError where a column cannot be used, naming it and the fix.
    """
    import pandas as pd

    check_shape(frame)
    names = [str(name).strip() for name in frame.columns]
    columns = {name: normalise_column(name, frame.iloc[:, i]) for i, name in enumerate(names)}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)), copy=False)


def check_shape(frame: pd.DataFrame) -> None:
    """Raise DatasetError where the frame has no rows, too few columns, or some without a name of their own."""
    names = [str(name).strip() for name in frame.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DatasetError(f"column {shown(twice[0])} occurs more than once; rename or remove one of them")
    if len(names) < 2:
        raise DatasetError("has one column only; a target and at least one feature are needed")
    if frame.empty:
        raise DatasetError("has no rows; add data below the column names")
    if "" in names:
        raise DatasetError(f"column {names.index('') + 1} has no name; name it or remove it")


def normalise_column(name: str, column: pd.Series[Any]) -> Any:
    """Return the column's values as normalise does."""
    import pandas as pd
    from pandas.api import types

    if isinstance(column.dtype, pd.CategoricalDtype):
        return _categories(name, column)
    if types.is_bool_dtype(column.dtype) or types.is_string_dtype(column.dtype) or column.dtype == object:
        kind = types.infer_dtype(column, skipna=True)
        if kind == "bytes":
            kind, column = "string", decoded(name, column)
        if kind == "string":
            text = _stripped(column.astype("category"))
            column = text.cat.reorder_categories(sorted(text.cat.categories))
            return _categories(name, column)
        if kind == "boolean":
            return _numbers(name, column.astype("boolean").astype("Int64"))
        if kind in ("decimal", "integer", "floating", "mixed-integer-float", "empty"):
            return _numbers(name, column.astype("float64"))
        if kind in ("date", "datetime", "datetime64", "time", "timedelta", "timedelta64", "period"):
            raise DatasetError(f"column {shown(name)} holds dates or times; {_TIME_FIX}")
        raise DatasetError(f"column {shown(name)} holds {_nested(column) or f'{_examples(column)}; {_ONE_KIND}'}")
    if types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype):
        return _numbers(name, column)
    if types.is_datetime64_any_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        raise DatasetError(f"column {shown(name)} holds dates or times; {_TIME_FIX}")
    raise DatasetError(f"column {shown(name)} has type {column.dtype}, which no library reads; make it numbers or text")


def _numbers(name: str, column: pd.Series[Any]) -> NDArray[Any]:
    from pandas.api import types

    if types.is_integer_dtype(column.dtype) and not column.hasnans and column.max() <= _LARGEST_WHOLE:
        return column.to_numpy(dtype=np.int64)
    # of a target scikit-learn's metrics keep the precision
    is_single = types.is_float_dtype(column.dtype) and getattr(column.dtype, "itemsize", 8) <= 4
    values = column.to_numpy(dtype=np.float32 if is_single else np.float64, na_value=np.nan)
    beyond = int(np.count_nonzero(np.abs(values) > _LARGEST))
    if beyond:
        raise DatasetError(
            f"column {shown(name)} has {counted(beyond, 'row')} with an infinite value or one beyond 3.4e38; "
            "replace these by a missing or a finite value"
        )
    return values


def _categories(name: str, column: pd.Series[Any]) -> Any:
    import pandas as pd
    from pandas.api import types

    column = _stripped(column)
    values = column.cat.categories
    if not len(values):  # nothing tells what is missing everywhere from missing numbers
        return np.full(len(column), np.nan)
    kind = types.infer_dtype(values, skipna=True)
    if kind == "bytes":
        return _categories(name, decoded(name, column.astype(object)).astype("category"))
    if kind not in ("string", "boolean", "integer", "floating", "empty"):
        raise DatasetError(f"column {shown(name)} has as categories {_examples(pd.Series(values))}; {_ONE_KIND}")
    # in their order, those that do not occur too: the estimators see the codes
    return column.cat.rename_categories([label(value) for value in values]).array


def _stripped(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return the categories without blanks around them: ' yes' is 'yes', and what is blank is missing."""
    import pandas as pd

    stripped = {
        value: value.strip() for value in column.cat.categories if isinstance(value, str) and value != value.strip()
    }
    if not stripped and "" not in column.cat.categories:
        return column
    values = column.astype(object).map(lambda value: stripped.get(value, value), na_action="ignore")
    values = values.where(values != "", None)
    kept = dict.fromkeys(stripped.get(value, value) for value in column.cat.categories)
    kept.pop("", None)
    return values.astype(pd.CategoricalDtype(list(kept), ordered=column.cat.ordered))


def decoded(name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    """Return bytes as the UTF-8 text that they are. Raises DatasetError where they are none."""
    try:
        return column.map(lambda value: value.decode(), na_action="ignore")
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"column {shown(name)} holds bytes that are not UTF-8 text; turn them into text or numbers, or remove it"
        ) from error


def _nested(column: pd.Series[Any]) -> str | None:
    """Return what a column of lists or structs holds, and the fix; None of another column."""
    first = next(iter(column.dropna()), None)
    if isinstance(first, dict):
        return f"structs with the fields {listed(first)}; make a column of each field, or remove it"
    if isinstance(first, list | tuple | set | np.ndarray):
        size = len(first)
        return f"lists, the first with {counted(size, 'value')}; make a column of each place in the list, or remove it"
    return None


def _examples(column: pd.Series[Any]) -> str:
    """Return what kinds of values a column has, with one of each."""
    found = {type(value): value for value in reversed(column.dropna().tolist())}
    kinds = [f"{_KINDS.get(kind, f'values of type {kind.__name__}')} ({shown(str(found[kind]))})" for kind in found]
    return listed(sorted(kinds), 4).replace(", ", " and ", 1) if len(kinds) == 2 else listed(sorted(kinds), 4)


def label(value: Any) -> str:
    """Return a class or category as text: whole numbers without a decimal point."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool) and float(value).is_integer():
        return str(int(value))
    return str(value)


def in_class_order(labels: Iterable[str]) -> list[str]:
    """Return class labels as they are numbered, whatever order their categories have: numbers by size, else as text."""
    found = list(labels)
    are_numbers = all(_NUMBER.fullmatch(each) for each in found)
    return sorted(found, key=float) if are_numbers else sorted(found)


def read_frame(parquet: bytes | Path, columns: list[str] | None = None, rows: int | None = None) -> pd.DataFrame:
    """Return a stored table, or some of its columns, or its first rows."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(parquet) if isinstance(parquet, bytes) else parquet)
    table = file.read(columns) if rows is None else next(file.iter_batches(rows, columns=columns))
    frame: pd.DataFrame = table.to_pandas()
    return frame
