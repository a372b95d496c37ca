"""What a person should know of a table before it is trained on: what numbers its rows, what is not what it seems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.errors import DatasetError
from shared.wording import agreeing, counted, listed, shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: names by which programs number rows
_ROW_NUMBERS = re.compile(r"index|row|row[ _.]?(id|no|nr|num|number|index)|rownames?|level_\d+|#|nr\.?", re.IGNORECASE)
_UNNAMED = re.compile(r"Unnamed: \d+(_level_\d+)?|__index_level_\d+__")

#: a text column is mostly numbers from this share on
_MOSTLY = 0.5

#: of a category with a level in nearly every row there is nothing to learn
_LEVELS = 0.9
_FEW_ROWS = 20

#: the most distinct values that are looked over one by one
_LOOKED_OVER = 100_000


def left_out(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the frame without columns that only number the rows or hold nothing and have no name; note which.

    Raises DatasetError for a column without a name that holds something.
    """
    drop = []
    for position, name in enumerate(map(str, frame.columns)):
        if _UNNAMED.fullmatch(name):
            column = frame.iloc[:, position]
            if column.isna().all():
                notes.append(f"left out column {position + 1}, which has no name and no values")
            elif _is_whole(column) and column.is_unique:
                notes.append(f"left out {shown(name)}: it numbers the rows")
            else:
                raise DatasetError(
                    f"column {position + 1} has no name; name it, or remove it if it numbers the rows "
                    "(pandas: to_csv(..., index=False))"
                )
            drop.append(position)
        elif _ROW_NUMBERS.fullmatch(name.strip()) and _counts_rows(frame.iloc[:, position]):
            notes.append(f"left out {shown(name)}: it numbers the rows; give it another name to keep it")
            drop.append(position)
    return frame.iloc[:, sorted({*range(frame.shape[1])} - {*drop})] if drop else frame


def look_over(frame: pd.DataFrame) -> list[str]:
    """Return what is odd about the columns of a normalised table, with the fix."""
    notes: list[str] = []
    constant: list[str] = []
    for name, column in frame.items():
        found: Iterator[str]
        if column.dtype == "category":
            distinct = int(column.nunique())
            found = _of_category(str(name), column, distinct)
        else:
            values = column.to_numpy()  # a table may have tens of thousands of columns: no more pandas than need be
            values = np.unique(values[~np.isnan(values)])
            distinct = len(values)
            found = _of_numbers(str(name), values, len(column))
        if distinct <= 1:
            constant.append(str(name))
        else:
            notes += found
    if constant:
        has = agreeing(len(constant), "has", "have")
        notes.append(f"{listed(map(shown, constant))} {has} one value in every row, from which nothing is learned")
    return notes


def _of_category(name: str, column: pd.Series[Any], distinct: int) -> Iterator[str]:
    import pandas as pd

    counts = column.value_counts()
    if distinct <= _LOOKED_OVER:
        labels = pd.Series(counts.index.astype("str"), index=counts.index)
        numeric = pd.to_numeric(labels.map(_plain), errors="coerce").notna()
        rows = int(counts[numeric.to_numpy()].sum())
        if rows >= _MOSTLY * len(column) and rows:
            odd = counts[~numeric.to_numpy()]
            because = (
                listed((f"{shown(str(each))} in {counted(int(count), 'row')}" for each, count in odd.items()), 3)
                or "signs such as %, currencies or separators of thousands"
            )
            yield (
                f"column {shown(name)} is text because of {because}, though {counted(rows, 'row')} "
                f"{agreeing(rows, 'is', 'are')} numbers: each number is a category of its own; empty these cells where "
                "a value is missing, and write plain numbers"
            )
            return
    if distinct >= _LEVELS * len(column) and len(column) >= _FEW_ROWS:
        yield (
            f"column {shown(name)} has {distinct:,} categories in {len(column):,} rows, as an id has; remove it if it "
            "is one"
        )


def _of_numbers(name: str, values: NDArray[Any], rows: int) -> Iterator[str]:
    """Yield what is odd about a column of these distinct values, in their order."""
    distinct = len(values)
    if rows == distinct >= _FEW_ROWS and values[0] in (0, 1) and values[-1] - values[0] == rows - 1:
        yield f"column {shown(name)} counts the rows; remove it if it is a number of theirs"
    seen = 1 + int(np.count_nonzero(np.diff(values.astype(np.float32))))
    if seen < distinct and seen * 10 < distinct * 9:
        yield (
            f"column {shown(name)} has {distinct:,} distinct values, but {seen:,} in the 32 bits of the libraries, "
            f"which cannot tell the others apart; subtract a constant, such as {float(values[0]):.12g}"
        )


def _plain(text: str) -> str:
    """Return a number without the signs that people and spreadsheets put around and into it."""
    text = text.replace("\N{MINUS SIGN}", "-").strip().strip("%€$£¥").strip()
    return re.sub(r"(?<=\d)[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'’,](?=\d{3}(\D|$))", "", text)


def _is_whole(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    if types.is_integer_dtype(column.dtype):
        return True
    return types.is_float_dtype(column.dtype) and bool((column % 1 == 0).all())  # a missing one is none


def _counts_rows(column: pd.Series[Any]) -> bool:
    """Whether it holds each number from 0 or 1 on once, in any order."""
    if not _is_whole(column) or not column.is_unique or not len(column):
        return False
    low, high = column.min(), column.max()
    return bool(low in (0, 1) and high - low == len(column) - 1)
