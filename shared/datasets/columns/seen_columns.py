"""What the columns of a file hold, what each is best read as and why, and what else it may be read as."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.datasets.columns.seen_column import (
    CATEGORY_CHOICES,
    DATE_CHOICES,
    FEW_ROWS,
    Kind,
    SeenColumn,
    infers,
    no_date_warning,
    with_marks,
    with_words,
)
from shared.datasets.columns.seen_texts import see_texts
from shared.datasets.number_oddities import time_warnings
from shared.datasets.table_warnings import CONSTANT, in_order, rounded
from shared.datasets.tables import EXACT, normalise_column
from shared.domain import Reading
from shared.errors import DatasetError
from shared.wording import shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: names by which programs number rows
_ROW_NUMBERS = re.compile(r"index|row|row[ _.]?(id|no|nr|num|number|index)|rownames?|level_\d+|#|nr\.?", re.IGNORECASE)
_UNNAMED = re.compile(r"Unnamed: \d+(_level_\d+)?|__index_level_\d+__")

#: years of what programs write for no date, such as 9999-12-31
_NO_YEARS = (1, 2999, 9999)


def see_column(
    name: str,
    column: pd.Series[Any],
    target: str | None,
    words: Mapping[str, str],
    index: frozenset[str],
    decimal: str | None = ".",
    unnamed: int = 0,
) -> SeenColumn:
    """Return what a column holds. ``words`` has what was said of it while it was read; ``index`` names row labels,
    ``decimal`` is the mark of fractions in the other columns, None where it may be either; ``unnamed`` is the place
    of a column for which the header has no name.
    """
    try:
        seen = _seen(name, column, words.get(name, ""), decimal)
    except DatasetError as error:
        seen = _unreadable(name, column, error)
    seen = replace(seen, unnamed=unnamed)
    return _kept(seen) if name == target else _row_label(_without_one_value(seen, len(column)), column, index)


def _seen(name: str, column: pd.Series[Any], words: str, decimal: str | None) -> SeenColumn:
    from pandas.api import types

    if types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype):
        return _numeric(name, column, words)
    if types.is_bool_dtype(column.dtype) or infers(column, "boolean"):
        choices = (Reading.NUMBER, Reading.CATEGORY, Reading.LEAVE_OUT)
        return SeenColumn(name, "true or false", *_counted(column), choices, Reading.NUMBER, "true is 1, false is 0")
    if isinstance(column.dtype, _categorical()):
        return _of_categories(name, column)
    if types.is_datetime64_any_dtype(column.dtype) or infers(column, "date", "datetime", "datetime64"):
        return _date(name, column, "date", "holds dates")
    if types.is_timedelta64_dtype(column.dtype) or infers(column, "timedelta", "timedelta64"):
        return _date(name, column, "duration", "holds durations")
    if infers(column, "time"):
        return _date(name, column, "time of day", "holds times of the day")
    if isinstance(column.dtype, _text()) or infers(column, "string", "bytes"):
        return see_texts(name, column, words, decimal)
    if infers(column, "decimal"):
        return SeenColumn(name, "number", *_counted(column), (Reading.NUMBER, Reading.LEAVE_OUT), Reading.NUMBER)
    normalise_column(name, column)  # raises what it holds and the fix
    return SeenColumn(name, "other", *_counted(column), (Reading.NUMBER, Reading.LEAVE_OUT), Reading.NUMBER)


def _unreadable(name: str, column: pd.Series[Any], error: DatasetError) -> SeenColumn:
    """Return a column that can only be left out, with what it holds."""
    why = str(error).removeprefix(f"column {shown(name)} ")
    return SeenColumn(name, "other", int(column.isna().sum()), 0, (Reading.LEAVE_OUT,), None, why)


def _kept(seen: SeenColumn) -> SeenColumn:
    """Return the target as one to keep, whatever its texts are."""
    if seen.suggested is not Reading.LEAVE_OUT:
        return seen
    return replace(seen, suggested=Reading.CATEGORY, why=f"kept, for it is the target: {seen.why}")


def _without_one_value(seen: SeenColumn, rows: int) -> SeenColumn:
    """Return it as one to leave out where many rows are all alike; where some are missing, that may tell something."""
    if rows < FEW_ROWS or Reading.LEAVE_OUT not in seen.choices or seen.suggested is Reading.LEAVE_OUT:
        return seen
    if seen.missing == rows:
        return replace(seen, suggested=Reading.LEAVE_OUT, why="it has no values", warnings=())
    if seen.distinct == 1 and not seen.missing:
        return replace(seen, suggested=Reading.LEAVE_OUT, why=f"it {CONSTANT}", warnings=(), marks=None)
    return seen


def _numeric(name: str, column: pd.Series[Any], words: str) -> SeenColumn:
    values, missing = _present(column)
    distinct = in_order(values)
    warnings = of_numbers = time_warnings(distinct)
    # those that stay integers are warned of where they are stored
    becomes_float = (
        len(distinct) > 0 and distinct.dtype.kind in "iu" and (missing or int(distinct[-1]) > np.iinfo(np.int64).max)
    )
    if becomes_float and max(-int(distinct[0]), int(distinct[-1])) > EXACT:
        warnings = (*warnings, f"it {rounded(distinct)}")
    seen = SeenColumn(name, "number", missing, len(distinct), CATEGORY_CHOICES, Reading.NUMBER, words, warnings)
    seen = replace(seen, of_numbers=of_numbers)
    return with_marks(seen, values, distinct)


def _present(column: pd.Series[Any]) -> tuple[NDArray[Any], int]:
    """Return the numbers that are there, whole ones in all of their digits, and how many are missing."""
    from pandas.api import types

    if types.is_integer_dtype(column.dtype):
        there = column.dropna()
        kind = np.uint64 if types.is_unsigned_integer_dtype(column.dtype) else np.int64
        return there.to_numpy(dtype=kind), len(column) - len(there)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    missing = int(np.isnan(values).sum())
    return values[~np.isnan(values)] if missing else values, missing


def _date(name: str, column: pd.Series[Any], kind: Kind, why: str) -> SeenColumn:
    choices = (Reading.ORDINAL, Reading.LEAVE_OUT) if kind == "duration" else DATE_CHOICES
    warnings = _no_dates(column.dropna()) if kind == "date" else ()
    return SeenColumn(name, kind, *_counted(column), choices, None, why, warnings)


def _no_dates(dates: pd.Series[Any]) -> tuple[str, ...]:
    """Return the warning of first or last dates that stand for none, such as 9999-12-31."""
    if dates.empty:
        return ()
    ends = [end for end in (dates.min(), dates.max()) if end.year in _NO_YEARS]
    return no_date_warning({end.isoformat()[:10]: int((dates == end).sum()) for end in ends})


def _of_categories(name: str, column: pd.Series[Any]) -> SeenColumn:
    seen = SeenColumn(name, "categories", *_counted(column), CATEGORY_CHOICES, Reading.CATEGORY, "")
    counts = column.value_counts()
    return with_words(seen, {text: int(rows) for text, rows in counts.items() if isinstance(text, str) and rows})


def _row_label(seen: SeenColumn, column: pd.Series[Any], index: frozenset[str]) -> SeenColumn:
    """Return it as one to leave out where it only numbers or names the rows, or holds nothing and has no name; as one
    that needs a choice where it has no name and holds something else.
    """
    why = ""
    has_no_name = bool(seen.unnamed or _UNNAMED.fullmatch(seen.name))
    if seen.name in index:
        why = "it was the index of the table, by which its rows are told apart"
    elif has_no_name:
        if not seen.distinct and seen.missing == len(column):
            why = "it has no name and no values"
        elif _is_whole(column) and column.is_unique:
            why = "it numbers the rows"
    elif _ROW_NUMBERS.fullmatch(seen.name) and counts_rows(column):
        why = "it numbers the rows"
    if why:
        return replace(
            seen, suggested=Reading.LEAVE_OUT, why=why, warnings=(), numbers=None, dates=None, marks=None, blanks=None
        )
    if not has_no_name or seen.suggested is Reading.LEAVE_OUT:
        return seen
    name = f", and is stored as {shown(seen.name)} unless it is left out" if seen.unnamed else ""
    nameless = f"has no name in the header{name}; name it there, or leave it out if it numbers or names the rows"
    return replace(seen, suggested=None, why="; ".join(filter(None, (nameless, seen.why))))


def counts_rows(column: pd.Series[Any]) -> bool:
    """Whether it holds each number from 0 or 1 on once, in any order."""
    if not _is_whole(column) or not len(column) or not column.is_unique:
        return False
    low, high = column.min(), column.max()
    return bool(low in (0, 1) and high - low == len(column) - 1)


def _is_whole(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    if types.is_integer_dtype(column.dtype):
        return True
    return types.is_float_dtype(column.dtype) and bool((column % 1 == 0).all())  # a missing one is none


def _counted(column: pd.Series[Any]) -> tuple[int, int]:
    return int(column.isna().sum()), int(column.nunique())


def _text() -> type:
    import pandas as pd

    return pd.StringDtype


def _categorical() -> type:
    import pandas as pd

    return pd.CategoricalDtype
