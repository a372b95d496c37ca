"""Numbers of a column that stand for something else: a missing value, a day, a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.wording import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: numbers that are days, such as 20210131, and from how many of them on that is no accident
_FIRST_DAY, _LAST_DAY, _FEW = 19000101, 21001231, 10
_DATE_NUMBERS = (
    "looks like days written as yyyymmdd, between which the steps are uneven (20210131 to 20210201 is 70); "
    "write ISO dates, such as 2021-01-31, to choose how they are read"
)

#: of months
_FIRST_YEAR, _LAST_YEAR = 1900, 2100

#: 1990 and 2040 in seconds since 1970, and how many of each unit a second has
_FIRST_SECOND, _LAST_SECOND = 631_152_000, 2_208_988_800
_UNITS = (("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9))

#: what programs write for a missing number, beside nines
_MARKS = frozenset((-32768.0, 32767.0, -2147483648.0, 2147483647.0, 1e20, -1e20, 1e30, -1e30))
#: such a number is one from so many rows on, where it is so many ranges of the others away
_FEW_MARKS, _MARKED, _FAR = 2, 0.005, 0.5
#: so many on each side
_MOST_MARKS = 3


def time_warnings(values: NDArray[Any]) -> tuple[str, ...]:
    """Return what is to be said of sorted distinct numbers that are days, months or times."""
    if len(values) < _FEW or not np.isfinite(values[[0, -1]]).all():
        return ()
    for layout, years, months in _months_of(values):
        if bool(((years >= _FIRST_YEAR) & (years <= _LAST_YEAR) & (months >= 1) & (months <= 12)).all()):
            return (
                f"looks like months written as {layout}, between which the steps are uneven; write ISO dates, such as "
                "2021-01-31, to choose how they are read, or leave it out",
            )
    if bool((values % 1 != 0).any()):
        return ()
    if _are_date_numbers(values):
        return (_DATE_NUMBERS,)
    for unit, size in _UNITS:
        if _FIRST_SECOND * size <= values[0] and values[-1] < _LAST_SECOND * size:
            first, last = (
                np.datetime64(int(value / size), "s").astype(str).replace("T", " ") for value in values[[0, -1]]
            )
            return (
                f"looks like time stamps in {unit} since 1970, from {first} to {last} (UTC); write them as dates to "
                "choose how they are read, or leave it out",
            )
    return ()


def _months_of(values: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any], NDArray[Any]]]:
    """Return years and months as they are in numbers written as yyyymm, or as mm.yyyy, of which floats are made."""
    if bool((values % 1 == 0).all()):
        yield "yyyymm", values // 100, values % 100
        return
    months = np.floor(values)
    years = (values - months) * 10_000
    if bool((np.abs(years - np.rint(years)) < 1e-6).all()):
        yield "mm.yyyy", np.rint(years), months


def _are_date_numbers(values: NDArray[Any]) -> bool:
    """Whether all are days written as yyyymmdd, and enough of them that this is no accident."""
    import pandas as pd

    if values[0] < _FIRST_DAY or values[-1] > _LAST_DAY:
        return False
    parsed = pd.to_datetime(pd.Series(values.astype(np.int64).astype(str)), format="%Y%m%d", errors="coerce")
    return bool(parsed.notna().all())


def marks_of(values: NDArray[Any], distinct: NDArray[Any]) -> dict[float, int]:
    """Return which of the sorted distinct numbers stand for missing ones, with how many of the values each is.

    They are nines and the like, in several rows and far from all others.
    """
    low, high = 0, len(distinct)
    while low < min(_MOST_MARKS, high) and _is_mark(float(distinct[low])):
        low += 1
    while high > max(len(distinct) - _MOST_MARKS, low) and _is_mark(float(distinct[high - 1])):
        high -= 1
    others = distinct[low:high]
    if len(others) < 2:
        return {}
    first, last = float(others[0]), float(others[-1])
    far = _FAR * (last - first)
    marks = [float(each) for each in (*distinct[:low], *distinct[high:])]
    marks = [each for each in marks if (each - last if each > first else first - each) >= far]
    counts = {each: int(np.count_nonzero(values == each)) for each in marks}
    return {each: count for each, count in counts.items() if count >= max(_FEW_MARKS, _MARKED * len(values))}


def _is_mark(value: float) -> bool:
    digits = f"{abs(value):.12g}".replace(".", "")
    return value in _MARKS or (len(digits) >= 2 and set(digits) == {"9"})


def in_rows_of(marks: dict[float, int]) -> str:
    """Return the numbers with how many rows have each."""
    return ", ".join(f"{mark:.12g} in {counted(count, 'row')}" for mark, count in marks.items())


def mark_warning(marks: dict[float, int]) -> str:
    """Return what is to be said of numbers that stand for missing ones."""
    them = "it" if len(marks) == 1 else "them"
    return (
        f"has {in_rows_of(marks)}, far from all its other numbers, as what stands for a missing value; if that is so, "
        f"read the column as a number without {them}, or empty these cells"
    )
