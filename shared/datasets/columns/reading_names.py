"""What readings are called where people read of them; what is typed on the command line has words of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared.domain import Reading
from shared.wording import listed, shown

if TYPE_CHECKING:
    from shared.datasets.columns.seen_column import SeenColumn


def reading_label(reading: Reading, column: SeenColumn) -> str:
    """Return what a button for the reading says."""
    match reading:
        case Reading.NUMBER:
            return "Number"
        case Reading.MARKS_MISSING:
            return f"Number, {_marks(column)} missing"
        case Reading.CATEGORY:
            return "Category"
        case Reading.WORDS_MISSING:
            return f"Category, {_words(column)} missing"
        case Reading.ORDINAL:
            return "Time passed"
        case Reading.PARTS:
            return _parts(column).capitalize()
        case Reading.LEAVE_OUT:
            return "Leave out"


def read_as(reading: Reading, column: SeenColumn) -> str:
    """Return what is done with a column of that reading, behind ``is``: ``read as a number``, ``left out``."""
    match reading:
        case Reading.NUMBER:
            return "read as a number"
        case Reading.MARKS_MISSING:
            return f"read as a number without {_marks(column)}"
        case Reading.CATEGORY:
            return "read as a category"
        case Reading.WORDS_MISSING:
            return f"read as a category without {_words(column)}"
        case Reading.ORDINAL:
            return "read as time passed"
        case Reading.PARTS:
            return f"read as {_parts(column)}"
        case Reading.LEAVE_OUT:
            return "left out"


def choices_of(column: SeenColumn) -> str:
    """Return in how many ways a column can be read: ``as a number, as a category, or leave it out``."""
    ways = [read_as(each, column).removeprefix("read ") for each in column.choices if each is not Reading.LEAVE_OUT]
    return f"{', '.join(ways)}, or leave it out" if ways else "can only be left out"


def what_it_holds(column: SeenColumn) -> str:
    """Return what the values of a column are, in the plural."""
    return {
        "number": "numbers",
        "true or false": "true and false",
        "text": "texts",
        "categories": "categories",
        "date": "dates",
        "time of day": "times of the day",
        "duration": "durations",
        "other": "values of another kind",
    }[column.kind]


def _marks(column: SeenColumn) -> str:
    return _few(f"{mark:.12g}" for mark in column.marks or ()) or "numbers that mean missing"


def _words(column: SeenColumn) -> str:
    return _few(map(shown, column.blanks or ())) or "words for missing"


def _few(each: Iterable[str]) -> str:
    return listed(each, 3)


def _parts(column: SeenColumn) -> str:
    return "hour and minute" if column.kind == "time of day" else "year, month and day"
