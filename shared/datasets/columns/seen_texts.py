"""What columns of texts hold: categories, numbers, dates, or ids."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.datasets.cell_texts.amount_texts import amount_texts, quotient_texts
from shared.datasets.cell_texts.mixed_dates import MixedDates
from shared.datasets.cell_texts.text_kinds import (
    DateTexts,
    NumberTexts,
    date_texts,
    in_rows,
    is_placeholder,
    look_like_dates,
    number_texts,
    only_missing,
    plain_layout,
)
from shared.datasets.columns.seen_column import (
    CATEGORY_CHOICES,
    DATE_CHOICES,
    FEW_ROWS,
    Kind,
    SeenColumn,
    because,
    decoded,
    no_date_warning,
    number_effect,
    with_marks,
    with_words,
)
from shared.datasets.files.odd_rows import sums_word
from shared.datasets.table_warnings import in_order
from shared.domain import Reading
from shared.wording import counted, shown

if TYPE_CHECKING:
    import pandas as pd

#: of texts with one of their own in nearly every row there is nothing to learn
_LEVELS = 0.9

#: rows of sums are so few; more are a category
_FEW_SUMS = 0.1

#: years of what programs write for no date, such as 9999-12-31
_NO_DATE = re.compile(r"(?<!\d)(?:9999|2999|0001)(?!\d)")

#: how spreadsheets are made to keep a number as text
_FORMULA = re.compile(r'="[^"]*"')

#: how programs write true and false
_TRUTHS = [
    frozenset(pair.split())
    for pair in ["true false", "yes no", "y n", "t f", "1 0", "on off", "wahr falsch", "ja nein", "vrai faux"]
]


def see_texts(name: str, column: pd.Series[Any], words: str, decimal: str | None) -> SeenColumn:
    column = decoded(name, column)
    counts = column.value_counts()
    blank = counts.index.astype("str").str.strip() == ""
    missing, counts = len(column) - int(counts[~blank].sum()), counts[~blank]
    rows = len(column) - missing
    if not rows:
        return SeenColumn(name, "number", missing, 0, CATEGORY_CHOICES, Reading.NUMBER, "it has no values")
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
        return SeenColumn(name, "text", missing, distinct, CATEGORY_CHOICES, Reading.LEAVE_OUT, why)
    dates = date_texts(counts)
    if dates is not None and dates.mixed is not None:
        return _mixed_dates(name, column, missing, distinct, dates, dates.mixed)
    if dates is not None:
        return _date_texts(name, missing, distinct, dates, _no_date_texts(counts))
    if truths := _truths(_as_dict(counts)):
        return with_words(
            SeenColumn(name, "text", missing, distinct, CATEGORY_CHOICES, Reading.CATEGORY, words, truths),
            _as_dict(counts),
        )
    numbers = number_texts(counts, decimal)
    if numbers is None or numbers.words:
        numbers = amount_texts(counts, decimal) or quotient_texts(counts) or numbers
    if numbers is not None and numbers.reason:
        suggested_as = _suggested(numbers, distinct, rows)
        why = numbers.reason if suggested_as is not Reading.NUMBER else f"{numbers.reason}; {number_effect(numbers)}"
        return SeenColumn(
            name, "text", missing, distinct, CATEGORY_CHOICES, suggested_as, why, numbers.warnings, numbers=numbers
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
            name, "text", missing, distinct, CATEGORY_CHOICES, suggested, why, numbers.warnings, numbers=numbers
        )
        texts = counts.index.to_series().astype(object).reset_index(drop=True)
        values = np.repeat(conversions.numbers_of(texts, numbers.decimal).to_numpy(), counts.to_numpy())
        values = values[~np.isnan(values)]
        return with_marks(seen, values, in_order(values))
    if distinct >= _LEVELS * rows and rows >= FEW_ROWS:
        why = f"{distinct:,} distinct texts in {rows:,} rows, as an id has, from which nothing is learned"
        return SeenColumn(name, "text", missing, distinct, CATEGORY_CHOICES, Reading.LEAVE_OUT, why, _unread(counts))
    return with_words(
        SeenColumn(name, "text", missing, distinct, CATEGORY_CHOICES, Reading.CATEGORY, words, _unread(counts)),
        _as_dict(counts),
    )


def _truths(counts: dict[str, int]) -> tuple[str, ...]:
    """Return the warning of texts that all say true or false, in the words of several programs."""
    filled = {text: rows for text, rows in counts.items() if not is_placeholder(text)}
    words = {text.strip().casefold() for text in filled}
    several = sum(bool(words & pair) for pair in _TRUTHS) > 1
    if not several or not words <= frozenset().union(*_TRUTHS):
        return ()
    return (
        f"says true and false in several ways, {in_rows(filled)}, each a category of its own; write them alike in the "
        "file",
    )


def _unread(counts: pd.Series[int]) -> tuple[str, ...]:
    """Return the warning of texts that are dates, or numbers, in a form that is not read."""
    formulas = [str(text) for text in counts.index if _FORMULA.fullmatch(str(text).strip())]
    if len(formulas) * 2 > len(counts):
        return (
            f"is written as formulas of a spreadsheet, such as {shown(formulas[0])}; remove the = and the quotes to "
            "have its values read",
        )
    if not look_like_dates(counts.index):
        return ()
    return (
        f"looks like dates, such as {shown(str(counts.index[0]))}, in a form that is not read as dates; write ISO "
        "dates, such as 2021-01-31, to choose how they are read",
    )


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
    return SeenColumn(name, kind, missing, distinct, DATE_CHOICES, None, why, tuple(warnings), dates=dates)


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
    choices: tuple[Reading, ...] = DATE_CHOICES
    if mixed.doubtful:
        text, one, other = mixed.doubtful
        choices = (Reading.CATEGORY, Reading.LEAVE_OUT)
        lost = (
            f"; {shown(text)} is one date as {plain_layout(one, text)} and another as {plain_layout(other, text)}, so "
            "they cannot be read as dates before they are written alike"
        )
    why = f"holds dates as text in {len(mixed.layouts)} layouts: {layouts}{lost}"
    return SeenColumn(name, "date", missing, distinct, choices, None, why, dates=dates)


def _no_date_texts(counts: pd.Series[int]) -> tuple[str, ...]:
    return no_date_warning({text: rows for text, rows in _as_dict(counts).items() if _NO_DATE.search(text)})
