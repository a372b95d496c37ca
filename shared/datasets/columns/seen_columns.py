"""What the columns of a file hold, what each is best read as and why, and what else it may be read as."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from shared.datasets.cell_texts.amount_texts import amount_texts, quotient_texts
from shared.datasets.cell_texts.mixed_dates import MixedDates
from shared.datasets.cell_texts.text_kinds import (
    DateTexts,
    NumberTexts,
    date_texts,
    have_month_names,
    in_rows,
    number_texts,
    only_missing,
    plain_layout,
    words_for_missing,
)
from shared.datasets.files.odd_rows import sums_word
from shared.datasets.number_oddities import in_rows_of, mark_warning, marks_of, time_warnings
from shared.datasets.table_warnings import CONSTANT, in_order, rounded
from shared.datasets.tables import EXACT, normalise_column
from shared.datasets.tables import decoded as decoded_bytes
from shared.domain import Reading
from shared.errors import DatasetError
from shared.wording import counted, shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Kind = Literal["number", "true or false", "text", "categories", "date", "time of day", "duration", "other"]

_CATEGORIES: tuple[Reading, ...] = (Reading.NUMBER, Reading.CATEGORY, Reading.LEAVE_OUT)
_DATES = (Reading.ORDINAL, Reading.PARTS, Reading.CATEGORY, Reading.LEAVE_OUT)

#: names by which programs number rows
_ROW_NUMBERS = re.compile(r"index|row|row[ _.]?(id|no|nr|num|number|index)|rownames?|level_\d+|#|nr\.?", re.IGNORECASE)
_UNNAMED = re.compile(r"Unnamed: \d+(_level_\d+)?|__index_level_\d+__")

#: of texts with one of their own in nearly every row there is nothing to learn
_LEVELS = 0.9
_FEW_ROWS = 20

#: years of what programs write for no date, such as 9999-12-31
_NO_YEARS = (1, 2999, 9999)
_NO_DATE = re.compile(r"(?<!\d)(?:9999|2999|0001)(?!\d)")

#: rows of sums are so few; more are a category
_FEW_SUMS = 0.1


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column of a file as it was found."""

    name: str
    kind: Kind
    missing: int
    distinct: int
    choices: tuple[Reading, ...]
    #: what it is best read as; None where a person must choose
    suggested: Reading | None
    why: str = ""
    warnings: tuple[str, ...] = ()
    numbers: NumberTexts | None = field(default=None, repr=False)
    dates: DateTexts | None = field(default=None, repr=False)
    #: numbers that seem to stand for missing ones -> in how many rows; the last warning is of them
    marks: dict[float, int] | None = field(default=None, repr=False)
    #: texts that seem to -> in how many rows
    blanks: dict[str, int] | None = field(default=None, repr=False)
    #: its place in the file, from 1 on, where the header has no name for it; else 0
    unnamed: int = 0

    @property
    def label(self) -> str:
        """What a list calls it."""
        return f"column {self.unnamed} (no header)" if self.unnamed else self.name

    @property
    def called(self) -> str:
        """What a sentence calls it."""
        return self.label if self.unnamed else f"column {shown(self.name)}"

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to say of it."""
        return not self.why and not self.warnings

    def cautions(self, reading: Reading | None) -> tuple[str, ...]:
        """Return what there is to warn of where the column is read so."""
        return self.warnings[:-1] if reading is Reading.MARKS_MISSING and self.marks else self.warnings

    def effect(self, reading: Reading | None) -> str:
        """Return what it means to read the column so, and why that is suggested."""
        if reading is None or reading is self.suggested:
            return self.why
        if reading is Reading.MARKS_MISSING and self.marks:
            lost = number_effect(self.numbers) if self.numbers is not None else ""
            return "; ".join(filter(None, (f"{in_rows_of(self.marks)} becomes missing", lost)))
        if reading is Reading.WORDS_MISSING and self.blanks:
            return f"{in_rows(self.blanks)} becomes missing"
        if reading is Reading.NUMBER and self.numbers is not None:
            return number_effect(self.numbers)
        if reading is Reading.NUMBER and self.kind in ("text", "categories"):
            return "what is no number becomes missing"
        if reading in (Reading.ORDINAL, Reading.PARTS) and self.dates is not None and self.dates.others:
            return f"{in_rows(self.dates.others)} becomes missing"
        if reading is Reading.CATEGORY and self.numbers is not None:
            return f"each number is a category of its own; {because(self.numbers)}"
        return f"chosen; {self.why}" if self.suggested is None else "chosen"


def because(numbers: NumberTexts) -> str:
    """Return why mostly numeric text is text."""
    if numbers.reason:
        return numbers.reason
    return f"text because of {in_rows(numbers.others) if numbers.others else 'signs in its numbers'}"


def number_effect(numbers: NumberTexts) -> str:
    """Return what becomes of mostly numeric text that is read as a number."""
    lost = f"{in_rows(numbers.others)} becomes missing" if numbers.others else ""
    return "; ".join(filter(None, (lost, numbers.example)))


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
    if types.is_bool_dtype(column.dtype) or _infers(column, "boolean"):
        choices = (Reading.NUMBER, Reading.CATEGORY, Reading.LEAVE_OUT)
        return SeenColumn(name, "true or false", *_counted(column), choices, Reading.NUMBER, "true is 1, false is 0")
    if isinstance(column.dtype, _categorical()):
        return _of_categories(name, column)
    if types.is_datetime64_any_dtype(column.dtype) or _infers(column, "date", "datetime", "datetime64"):
        return _date(name, column, "date", "holds dates")
    if types.is_timedelta64_dtype(column.dtype) or _infers(column, "timedelta", "timedelta64"):
        return _date(name, column, "duration", "holds durations")
    if _infers(column, "time"):
        return _date(name, column, "time of day", "holds times of the day")
    if isinstance(column.dtype, _text()) or _infers(column, "string", "bytes"):
        return _texts(name, column, words, decimal)
    if _infers(column, "decimal"):
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
    if rows < _FEW_ROWS or Reading.LEAVE_OUT not in seen.choices or seen.suggested is Reading.LEAVE_OUT:
        return seen
    if seen.missing == rows:
        return replace(seen, suggested=Reading.LEAVE_OUT, why="it has no values", warnings=())
    if seen.distinct == 1 and not seen.missing:
        return replace(seen, suggested=Reading.LEAVE_OUT, why=f"it {CONSTANT}", warnings=(), marks=None)
    return seen


def _numeric(name: str, column: pd.Series[Any], words: str) -> SeenColumn:
    values, missing = _present(column)
    distinct = in_order(values)
    warnings = time_warnings(distinct)
    # those that stay integers are warned of where they are stored
    becomes_float = (
        len(distinct) > 0 and distinct.dtype.kind in "iu" and (missing or int(distinct[-1]) > np.iinfo(np.int64).max)
    )
    if becomes_float and max(-int(distinct[0]), int(distinct[-1])) > EXACT:
        warnings = (*warnings, f"it {rounded(distinct)}")
    seen = SeenColumn(name, "number", missing, len(distinct), _CATEGORIES, Reading.NUMBER, words, warnings)
    return _with_marks(seen, values, distinct)


def _with_marks(seen: SeenColumn, values: NDArray[Any], distinct: NDArray[Any]) -> SeenColumn:
    """Return numbers with the choice to take those for missing that seem to stand for that, where there are any."""
    marks = marks_of(values, distinct)
    if not marks or seen.suggested is not Reading.NUMBER:
        return seen
    choices = (Reading.NUMBER, Reading.MARKS_MISSING, *seen.choices[1:])
    return replace(seen, choices=choices, warnings=(*seen.warnings, mark_warning(marks)), marks=marks)


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


def _texts(name: str, column: pd.Series[Any], words: str, decimal: str | None) -> SeenColumn:
    column = decoded(name, column)
    counts = column.value_counts()
    blank = counts.index.astype("str").str.strip() == ""
    missing, counts = len(column) - int(counts[~blank].sum()), counts[~blank]
    rows = len(column) - missing
    if not rows:
        return SeenColumn(name, "number", missing, 0, _CATEGORIES, Reading.NUMBER, "it has no values")
    seen = _filled_texts(name, column, counts, missing, words, decimal)
    sums = {text: count for text, count in _as_dict(counts).items() if sums_word(text)}
    if not sums or sum(sums.values()) > _FEW_SUMS * rows:
        return seen
    warning = (
        f"{in_rows(sums)} is called like a row of sums or means, which is no row of data; remove it from the file if "
        "it is one"
    )
    return replace(seen, warnings=(*seen.warnings, warning))


def _filled_texts(
    name: str, column: pd.Series[Any], counts: pd.Series[int], missing: int, words: str, decimal: str | None
) -> SeenColumn:
    from shared.datasets.cell_texts import conversions

    rows, distinct = int(counts.sum()), len(counts)
    if only_missing(counts.index):
        why = f"{in_rows(_as_dict(counts))} stands for a missing value, and it has no other"
        return SeenColumn(name, "text", missing, distinct, _CATEGORIES, Reading.LEAVE_OUT, why)
    dates = date_texts(counts)
    if dates is not None and dates.mixed is not None:
        return _mixed_dates(name, column, missing, distinct, dates, dates.mixed)
    if dates is not None:
        return _date_texts(name, missing, distinct, dates, _no_date_texts(counts))
    numbers = number_texts(counts, decimal)
    if numbers is None or numbers.words:
        numbers = amount_texts(counts, decimal) or quotient_texts(counts) or numbers
    if numbers is not None and numbers.reason:
        suggested_as = _suggested(numbers, distinct, rows)
        why = numbers.reason if suggested_as is not Reading.NUMBER else f"{numbers.reason}; {number_effect(numbers)}"
        return SeenColumn(
            name, "text", missing, distinct, _CATEGORIES, suggested_as, why, numbers.warnings, numbers=numbers
        )
    if numbers is not None:
        why = "; ".join(filter(None, (because(numbers), number_effect(numbers))))
        suggested = Reading.NUMBER
        if not numbers.likely:
            why = f"{because(numbers)}, though {counted(numbers.rows, 'row')} of them are numbers"
            suggested = Reading.CATEGORY
        if numbers.ambiguous:
            why = f"text because {shown(numbers.ambiguous)} may be a fraction or thousands; as a number it is thousands"
        seen = SeenColumn(
            name, "text", missing, distinct, _CATEGORIES, suggested, why, numbers.warnings, numbers=numbers
        )
        texts = counts.index.to_series().astype(object).reset_index(drop=True)
        values = np.repeat(conversions.numbers_of(texts, numbers.decimal).to_numpy(), counts.to_numpy())
        values = values[~np.isnan(values)]
        return _with_marks(seen, values, in_order(values))
    if distinct >= _LEVELS * rows and rows >= _FEW_ROWS:
        why = f"{distinct:,} distinct texts in {rows:,} rows, as an id has, from which nothing is learned"
        return SeenColumn(name, "text", missing, distinct, _CATEGORIES, Reading.LEAVE_OUT, why, _of_months(counts))
    return _with_words(
        SeenColumn(name, "text", missing, distinct, _CATEGORIES, Reading.CATEGORY, words, _of_months(counts)),
        _as_dict(counts),
    )


def _of_months(counts: pd.Series[int]) -> tuple[str, ...]:
    """Return the warning of texts that are dates in a language whose months are not read."""
    if not have_month_names(counts.index):
        return ()
    return (
        f"looks like dates, such as {shown(str(counts.index[0]))}, in a form that is not read as dates; write ISO "
        "dates, such as 2021-01-31, to choose how they are read",
    )


def _with_words(seen: SeenColumn, counts: Mapping[str, int]) -> SeenColumn:
    """Return categories with the choice to take words such as N/A for missing, where there are any."""
    blanks = words_for_missing(counts)
    if not blanks or len(blanks) == len(counts):
        return seen
    choices = (Reading.CATEGORY, Reading.WORDS_MISSING, *(each for each in seen.choices if each != Reading.CATEGORY))
    why = f"{in_rows(blanks)} is a value, for only an empty cell is missing among texts"
    return replace(seen, choices=choices, why=why, blanks=blanks)


def _suggested(numbers: NumberTexts, distinct: int, rows: int) -> Reading | None:
    """Return what texts that are numbers of a kind are best read as; None where nothing tells."""
    if numbers.likely:
        return Reading.NUMBER
    return Reading.CATEGORY if numbers.is_code or distinct < rows / 2 else None


def _as_dict(counts: pd.Series[int]) -> dict[str, int]:
    return {str(text): int(count) for text, count in counts.items()}


def _date_texts(name: str, missing: int, distinct: int, dates: DateTexts, no_dates: tuple[str, ...]) -> SeenColumn:
    warnings = [*no_dates]
    if dates.ambiguous:
        warnings.append(
            f"its dates fit {plain_layout(dates.layout)} and {plain_layout(dates.ambiguous[0])}, and are read as the "
            "first; write ISO dates"
        )
    kind: Kind = "time of day" if dates.is_clock else "date"
    lost = f"; {in_rows(dates.others)} would become missing" if dates.others else ""
    what = "times of the day" if dates.is_clock else "dates"
    either = f" or {plain_layout(dates.ambiguous[0])}, read as the first" if dates.ambiguous else ""
    century = "; years of two digits are those from 1969 to 2068" if "%y" in dates.layout else ""
    why = f"holds {what} as text, written as {plain_layout(dates.layout, dates.example)}{either}{century}{lost}"
    return SeenColumn(name, kind, missing, distinct, _DATES, None, why, tuple(warnings), dates=dates)


def _mixed_dates(
    name: str, column: pd.Series[Any], missing: int, distinct: int, dates: DateTexts, mixed: MixedDates
) -> SeenColumn:
    texts = column.astype("str").str.strip()
    layouts = ", ".join(
        f"{plain_layout(each.layout, each.example)} in {counted(each.rows, 'row')} (such as {shown(each.example)} "
        f"in row {int((texts == each.example).to_numpy().argmax()) + 1:,})"
        for each in mixed.layouts
    )
    lost = f"; {in_rows(dates.others)} would become missing" if dates.others else ""
    choices: tuple[Reading, ...] = _DATES
    if mixed.doubtful:
        text, one, other = mixed.doubtful
        choices = (Reading.CATEGORY, Reading.LEAVE_OUT)
        lost = (
            f"; {shown(text)} is one date as {plain_layout(one, text)} and another as {plain_layout(other, text)}, so "
            "they cannot be read as dates before they are written alike"
        )
    why = f"holds dates as text in {len(mixed.layouts)} layouts: {layouts}{lost}"
    return SeenColumn(name, "date", missing, distinct, choices, None, why, dates=dates)


def _date(name: str, column: pd.Series[Any], kind: Kind, why: str) -> SeenColumn:
    choices = (Reading.ORDINAL, Reading.LEAVE_OUT) if kind == "duration" else _DATES
    warnings = _no_dates(column.dropna()) if kind == "date" else ()
    return SeenColumn(name, kind, *_counted(column), choices, None, why, warnings)


def _no_dates(dates: pd.Series[Any]) -> tuple[str, ...]:
    """Return the warning of first or last dates that stand for none, such as 9999-12-31."""
    if dates.empty:
        return ()
    ends = [end for end in (dates.min(), dates.max()) if end.year in _NO_YEARS]
    return _no_date_warning({end.isoformat()[:10]: int((dates == end).sum()) for end in ends})


def _no_date_texts(counts: pd.Series[int]) -> tuple[str, ...]:
    return _no_date_warning({text: rows for text, rows in _as_dict(counts).items() if _NO_DATE.search(text)})


def _no_date_warning(found: dict[str, int]) -> tuple[str, ...]:
    if not found:
        return ()
    return (f"has {in_rows(found)}, as what stands for no date; if that is so, empty these cells",)


def _of_categories(name: str, column: pd.Series[Any]) -> SeenColumn:
    seen = SeenColumn(name, "categories", *_counted(column), _CATEGORIES, Reading.CATEGORY, "")
    counts = column.value_counts()
    return _with_words(seen, {text: int(rows) for text, rows in counts.items() if isinstance(text, str) and rows})


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


def decoded(name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    """Return bytes as the UTF-8 text that they are; another column as it is. Raises DatasetError for other bytes."""
    return decoded_bytes(name, column) if _infers(column, "bytes") else column


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


def _infers(column: pd.Series[Any], *kinds: str) -> bool:
    from pandas.api import types

    return column.dtype == object and types.infer_dtype(column, skipna=True) in kinds


def _text() -> type:
    import pandas as pd

    return pd.StringDtype


def _categorical() -> type:
    import pandas as pd

    return pd.CategoricalDtype
