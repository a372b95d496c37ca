"""Reading the columns of a file as a person chose, or as is best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.datasets.columns.reading_names import choices_of, read_as, what_it_holds
from shared.datasets.columns.seen_column import SeenColumn, decoded
from shared.domain import Reading
from shared.errors import DatasetError
from shared.wording import closest, listed, shown

if TYPE_CHECKING:
    import pandas as pd

#: seconds in a unit of time
_SIZES = (("D", 86_400), ("h", 3_600), ("min", 60))

_UNITS = {"D": "days", "h": "hours", "min": "minutes", "s": "seconds"}


#: what makes numbers of texts
OF_TEXTS = ("numbers_of", "numbers_without", "amounts_of", "quotients_of")


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column that a reading makes of one of a file."""

    name: str
    #: what of conversions makes it, and with which arguments
    function: str
    arguments: tuple[str, ...] = ()
    #: a sentence on its unit
    note: str = ""


def chosen_readings(seen: Iterable[SeenColumn], given: Mapping[str, Reading]) -> dict[str, Reading]:
    """Return what each column is read as: as given, else as suggested.

    Raises DatasetError where a column is none of the file's, cannot be so read, or needs a choice that is not given.
    """
    columns = {column.name: column for column in seen}
    for name, reading in given.items():
        if name not in columns:
            meant = closest(name, list(columns))
            hint = f"did you mean {meant!r}? " if meant else ""
            raise DatasetError(f"there is no column {shown(name)} to read; {hint}the columns are {listed(columns)}")
        if reading not in columns[name].choices:
            column = columns[name]
            raise DatasetError(
                f"{column.called} holds {what_it_holds(column)} and cannot be {read_as(reading, column)}; read it "
                f"{choices_of(column)}"
            )
    open_ones = [column for column in columns.values() if column.suggested is None and column.name not in given]
    if open_ones:
        raise DatasetError(
            "; ".join(f"{each.called} {each.why}" for each in open_ones[:3])
            + "; choose how to read them: "
            + "; ".join(f"{shown(each.name)} {choices_of(each)}" for each in open_ones[:3])
            + (f", and {len(open_ones) - 3} more" if len(open_ones) > 3 else "")
        )
    readings = {name: given.get(name, column.suggested) for name, column in columns.items()}
    return {name: reading for name, reading in readings.items() if reading is not None}


def read_columns(
    frame: pd.DataFrame, seen: Iterable[SeenColumn], readings: Mapping[str, Reading]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the frame as it is read, and what is to be said of some of its columns. Raises DatasetError."""
    import pandas as pd

    made: dict[str, pd.Series[Any]] = {}
    notes: dict[str, str] = {}
    for position, column in enumerate(seen):
        values = frame.iloc[:, position]
        for new in made_of(column, readings[column.name], values):
            if new.name in made:
                raise DatasetError(f"reading {shown(column.name)} makes a second column {shown(new.name)}; rename one")
            made[new.name] = make(column, new, values)
            if new.note:
                notes[new.name] = new.note
    if len(made) < 2:
        left = [name for name, reading in readings.items() if reading is Reading.LEAVE_OUT]
        why = f"; left out are {listed(map(shown, left))}" if left else ""
        raise DatasetError(f"has one column only; a target and at least one feature are needed{why}")
    return pd.DataFrame(made, index=frame.index, copy=False), notes


def made_of(column: SeenColumn, reading: Reading, values: pd.Series[Any]) -> list[NewColumn]:
    """Return the columns that a reading makes of one; none of what is left out."""
    name = column.name
    match reading:
        case Reading.LEAVE_OUT:
            return []
        case Reading.NUMBER if column.kind in ("text", "categories") and not _has_numbers(values):
            numbers = column.numbers
            if numbers is None:
                return [NewColumn(name, "numbers_of", (".",))]
            return [NewColumn(name, numbers.function, (numbers.decimal, *numbers.arguments))]
        case Reading.MARKS_MISSING:
            marks = tuple(f"{mark!r}" for mark in column.marks or ())
            if column.numbers is not None:
                return [NewColumn(name, "numbers_without", (column.numbers.decimal, *marks))]
            return [NewColumn(name, "without", marks)]
        case Reading.WORDS_MISSING:
            return [NewColumn(name, "categories_without", tuple(column.blanks or ()))]
        case Reading.NUMBER if column.kind == "categories":
            return [NewColumn(name, "whole_numbers")]
        case Reading.CATEGORY if column.kind not in ("text", "categories") or _is_text(values):
            return [NewColumn(name, "categories_of")]
        case Reading.ORDINAL:
            return _ordinals(name, dates_in(column, values), column.kind)
        case Reading.PARTS:
            return _parts(name, dates_in(column, values), column.kind)
    return [NewColumn(name, "")]


def make(column: SeenColumn, new: NewColumn, values: pd.Series[Any]) -> pd.Series[Any]:
    """Return the values of a column that a reading makes."""
    import pandas as pd

    from shared.datasets.cell_texts import conversions

    if not new.function:
        return values
    if new.function in ("passed", "passed_days", "part_of"):
        values = dates_in(column, values)
    elif new.function in OF_TEXTS:
        values = decoded(column.name, values)
        if not isinstance(values.dtype, pd.StringDtype):
            values = values.astype(object)
            values = values.where(values.isna(), values.astype("str"))
    elif new.function == "categories_without":
        values = decoded(column.name, values)
    elif new.function == "categories_of":
        values = decoded(column.name, values)
        if column.kind not in ("number", "true or false", "text", "categories"):
            values = values.astype("str")
    made: pd.Series[Any] = getattr(conversions, new.function)(values, *new.arguments)
    return made


def dates_in(column: SeenColumn, values: pd.Series[Any]) -> pd.Series[Any]:
    """Return dates, times of the day (of 1970-01-01) and durations (since then) as timestamps of no zone."""
    from shared.datasets.cell_texts import conversions

    layout = column.dates.layout if column.dates is not None else ""
    return conversions.moments_of(decoded(column.name, values), column.kind, layout)


def _ordinals(name: str, dates: pd.Series[Any], kind: str) -> list[NewColumn]:
    import pandas as pd

    from shared.datasets.cell_texts import conversions

    first = dates.min()
    if pd.isna(first):
        return [NewColumn(name, "passed", ("1970-01-01", "D"))]
    is_date = kind == "date"
    seconds = (dates - dates.dt.normalize()).dropna().dt.total_seconds().to_numpy()
    unit = next(
        unit
        for unit, size in (("D", 86_400), ("h", 3_600), ("min", 60), ("s", 0))
        if not size or _all_of(seconds, size)
    )
    origin = "1970-01-01" if unit == "D" or not is_date else f"{first:%Y-%m-%d}"
    since = f" since {origin}" if is_date else ""
    passed = conversions.passed(dates.dropna(), origin, unit).to_numpy(dtype=np.float64)
    if len(np.unique(passed)) == len(np.unique(passed.astype(np.float32))):
        return [NewColumn(name, "passed", (origin, unit), f"in {_UNITS[unit]}{since}")]
    # in 32 bits one number cannot tell these times apart
    return [
        NewColumn(f"{name}_days", "passed_days", ("1970-01-01",), "whole days since 1970-01-01"),
        NewColumn(f"{name}_seconds", "part_of", ("seconds",), "seconds of the day"),
    ]


def _all_of(seconds: np.ndarray[Any, Any], size: int) -> bool:
    return bool((seconds % size == 0).all())


def _parts(name: str, dates: pd.Series[Any], kind: str) -> list[NewColumn]:
    parts = ["year", "month", "day", "weekday"] if kind == "date" else []
    seconds = (dates - dates.dt.normalize()).dropna().dt.total_seconds().to_numpy()
    if not parts or not _all_of(seconds, 86_400):
        parts += ["hour", "minute"]
    if not _all_of(seconds, 60):
        parts.append("second")
    return [NewColumn(f"{name}_{part}", "part_of", (part,)) for part in parts]


def _has_numbers(values: pd.Series[Any]) -> bool:
    from pandas.api import types

    if types.is_numeric_dtype(values.dtype):
        return True
    categories = getattr(values.dtype, "categories", None)
    return False if categories is None else types.is_numeric_dtype(categories.dtype)


def _is_text(values: pd.Series[Any]) -> bool:
    from pandas.api import types

    return not hasattr(values.dtype, "categories") and types.is_string_dtype(values.dtype)
