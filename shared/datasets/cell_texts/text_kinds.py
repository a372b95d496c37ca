"""What the texts of a column are: mostly numbers, dates, or words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.datasets.cell_texts.mixed_dates import MixedDates, mixed_dates
from shared.wording import agreeing, counted, listed, shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: the distinct values by which a column is judged, before all of them are converted
_SAMPLED = 2_000

#: texts are numbers, or dates, from this share of their rows on
_MOSTLY = 0.5
_MOSTLY_DATES = 0.8

#: words that people write where a number is missing, in lower case
_PLACEHOLDERS = frozenset(
    (
        *("?", "-", "--", "---", ".", "..", "\N{HORIZONTAL ELLIPSIS}", "*", "/", "x"),
        *("\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}"),
        *("na", "n/a", "n.a.", "nan", "none", "null", "nil", "nd", "n.d.", "<na>", "k.a.", "inf", "-inf"),
        *("unknown", "missing", "not available", "not applicable", "tbd", "void", "undefined", "nat"),
        *("(null)", "(blank)", "(empty)", "(none)", "(unknown)", "(missing)"),
        *("unbekannt", "keine angabe", "keine angaben", "ohne angabe", "k. a.", "n. v.", "n.v.", "fehlt", "(leer)"),
        *("inconnu", "inconnue", "non renseigné", "n.c.", "n. a.", "n/d", "s/d", "desconocido", "sconosciuto"),
        *("#na", "-nan", "#null!", "#n/a", "#div/0!", "#value!", "#ref!", "#num!", "#name?"),
    )
)
_TICKS = frozenset(("x", "X", "*"))
#: other words in a column of numbers: so many of its rows at most, and where it is one and the same word
_WORDS, _ONE_WORD = 0.1, 0.3

_GROUPED = {mark: re.compile(rf"[1-9]\d{{0,2}}(?:\{mark}\d{{2,3}})*\{mark}\d{{3}}") for mark in ",."}
_ZEROS = re.compile(r"0\d+")
_DIGITS = re.compile(r"\d{1,3}(?:[\s'’_]\d{3})+[\d.,]*|\d[\d.,]*")

_DATE_LIKE = re.compile(
    r"(?:[A-Za-z]{2,9}\.?,?\s+)?(?:\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?|\d{1,2}[-\s.]+[^\W\d]{3,9}\.?[-\s,]+\d{2,4}"
    r"|[^\W\d]{3,9}\.?\s+\d{1,2},?\s+\d{4}|\d{1,2}:\d{2})(?:\D.*)?"
)
#: a day, the name of a month and a year
_WITH_MONTH = re.compile(
    r"(?:[^\W\d]{2,12}\.?,?\s+)?\d{1,2}\.?[-\s]+(?:de\s+)?([^\W\d]{3,10})\.?[-,\s]+(?:de\s+)?\d{2,4}(?:\D.*)?"
)
_FULL_DATE = re.compile(r"(?:[12]\d{3}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2[12]\d{3})(?!\d)")
#: weeks, quarters and months of a year
_PERIOD = re.compile(r"[12]\d{3}[-/\s]?(?:W\d{1,2}|Q[1-4]|M\d{1,2})|(?:W\d{1,2}|Q[1-4])[-/\s]?[12]\d{3}", re.IGNORECASE)
_MONTH_STEMS = """
jan feb fév fev mar apr avr abr mai may jun jui jul aoû aou aug sep oct nov déc dec mär mrz okt dez ene ago dic gen mag
giu lug set ott mei maa des maj
"""
_MONTHS = frozenset(_MONTH_STEMS.split())
_DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d. %B %Y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%a, %d %b %Y", "%Y-%m", "%Y/%m", "%m/%Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S")
_CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")


@dataclass(frozen=True, slots=True)
class NumberTexts:
    """Texts that are mostly numbers."""

    decimal: str
    #: what is no number -> in how many rows
    others: dict[str, int]
    #: rows that are
    rows: int
    #: an example of one that is written with signs, and the number that it is; empty where there is none
    example: str
    warnings: tuple[str, ...]
    #: whether it is likely that the others are missing numbers
    likely: bool
    #: one whose comma may stand before a fraction or between thousands
    ambiguous: str = ""
    #: what of conversions makes them, and with which arguments beside the decimal mark
    function: str = "numbers_of"
    arguments: tuple[str, ...] = ()
    #: why they are text, where it is not for the others or for signs
    reason: str = ""
    #: whether they are better read as categories
    is_code: bool = False

    @property
    def words(self) -> dict[str, int]:
        """What is no number and stands for none that is missing."""
        return {text: count for text, count in self.others.items() if not is_placeholder(text)}


@dataclass(frozen=True, slots=True)
class DateTexts:
    """Texts that are mostly dates or times."""

    #: as strptime writes it, or ISO8601; several with bars between them
    layout: str
    #: what is no date -> in how many rows
    others: dict[str, int]
    #: other layouts that fit as well
    ambiguous: tuple[str, ...]
    #: where they are written in several ways
    mixed: MixedDates | None = None
    #: one of the dates, as it is written
    example: str = ""

    @property
    def is_clock(self) -> bool:
        """Whether they are times of a day."""
        return self.layout in _CLOCKS


def number_texts(counts: pd.Series[int], usual: str | None = ".") -> NumberTexts | None:
    """Return how the distinct texts, each with its number of rows, are numbers; None where they mostly are not."""
    from shared.datasets.cell_texts.conversions import numbers_of

    texts = counts.index.to_series().astype(object).reset_index(drop=True)
    rows = counts.to_numpy()
    sample = texts.iloc[:_SAMPLED]
    decimal = decimal_mark(sample, usual) or "."
    if not rows[:_SAMPLED][numbers_of(sample, decimal).notna()].sum() >= _MOSTLY * rows[:_SAMPLED].sum() / 2:
        return None
    are = numbers_of(texts, decimal).notna().to_numpy()
    total = int(rows[are].sum())
    if total < _MOSTLY * rows.sum() or not total:
        return None
    others = dict(zip(texts[~are].tolist(), rows[~are].tolist(), strict=True))
    words = sum(count for text, count in others.items() if not is_placeholder(text))
    ambiguous = next((text for text in sample if "," in text), "") if decimal_mark(sample, usual) is None else ""
    likely = not ambiguous and words <= (_ONE_WORD if len(others) <= 1 else _WORDS) * rows.sum()
    numbers = NumberTexts(
        decimal, others, total, *_oddities(sample[numbers_of(sample, decimal).notna()], decimal), likely, ambiguous
    )
    return _as_codes(numbers, dict(zip(texts.tolist(), rows.tolist(), strict=True)))


def _as_codes(numbers: NumberTexts, texts: dict[str, int]) -> NumberTexts:
    """Return them as codes where some begin with zeros, which a number has not."""
    zeros = {text: count for text, count in texts.items() if _ZEROS.fullmatch(text)}
    if not zeros:
        return numbers
    led = max(zeros, key=lambda text: zeros[text])
    twin = next((text for text in zeros if str(int(text)) in texts), None)
    lost = f"{shown(twin)} and {shown(str(int(twin)))} become one" if twin else f"{shown(led)} becomes {int(led)}"
    others = "" if len(zeros) == 1 else f", and {counted(len(zeros) - 1, 'other text')},"
    begin = agreeing(len(zeros), "begins", "begin")
    return replace(
        numbers,
        likely=False,
        is_code=True,
        reason=f"{in_rows({led: zeros[led]})}{others} {begin} with zeros, as codes do, which a number loses",
        example="; ".join(filter(None, (f"the zeros are lost: {lost}", numbers.example))),
    )


def is_placeholder(text: str) -> bool:
    """Whether a text stands where a value is missing."""
    return text.strip().casefold() in _PLACEHOLDERS


def words_for_missing(counts: Mapping[str, int]) -> dict[str, int]:
    """Return which texts stand where a value is missing, without blanks around them, and in how many rows.

    A cross or a star alone may tick a box.
    """
    found: dict[str, int] = {}
    for text, rows in counts.items():
        word = text.strip()
        if is_placeholder(word) and word not in _TICKS:
            found[word] = found.get(word, 0) + rows
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def only_missing(texts: Iterable[str]) -> bool:
    """Whether all of the texts stand where a value is missing; a cross or a star alone may tick a box."""
    return all(is_placeholder(text) and text.strip() not in _TICKS for text in texts)


def decimal_mark(texts: Iterable[str], usual: str | None) -> str | None:
    """Return the mark that most of the texts have between whole and fraction; the usual one where none tells."""
    votes: Counter[str] = Counter()
    for text in texts:
        found = _DIGITS.search(text)
        marks = [mark for mark in found.group() if mark in ",."] if found else []
        if not found or not marks:
            continue
        last, other = marks[-1], "." if marks[-1] == "," else ","
        if other in marks:
            votes[last] += marks.count(last) == 1
        elif not _GROUPED[last].fullmatch(found.group().rstrip(",.")):
            votes[last] += len(marks) == 1
        elif len(marks) > 1:
            votes[other] += 1
    return votes.most_common(1)[0][0] if votes else usual


def _oddities(texts: pd.Series[Any], decimal: str) -> tuple[str, tuple[str, ...]]:
    """Return an example of a number that is not written plainly, and what is not alike in all of the numbers."""
    from shared.datasets.cell_texts.conversions import number_of

    example, warnings = "", []
    for text in texts:
        try:
            float(text)
        except ValueError:
            example = f"{shown(text)} is {number_of(text, decimal):.12g}"
            break
    percent = sum("%" in text for text in texts)
    if 0 < percent < len(texts):
        warnings.append("some cells have % and others have none, and 12% is read as 12; write them alike")
    signs = {sign for text in texts for sign in re.findall(r"[^\W\d_]{0,2}\$|[^\W\d_]{2,3}|[€£¥₹₽₩₺₪₫฿¢]", text)} - {
        "e",
        "E",
    }
    if len(signs) > 1:
        warnings.append(f"its amounts are of several currencies or units, {listed(sorted(signs))}; convert them first")
    return example, tuple(warnings)


def date_texts(counts: pd.Series[int]) -> DateTexts | None:
    """Return how the distinct texts, each with its number of rows, are dates; None where they mostly are not."""
    from shared.datasets.cell_texts.conversions import dates_of

    texts = counts.index.to_series().astype(object).reset_index(drop=True).astype("str").str.strip()
    rows = counts.to_numpy()
    few = texts.iloc[:100]
    filled = np.array([not is_placeholder(text) for text in few])
    if not filled.any() or sum(bool(_DATE_LIKE.fullmatch(text)) for text in few) < _MOSTLY_DATES * filled.sum():
        return None
    sample = texts.iloc[:_SAMPLED]
    filled = np.array([not is_placeholder(text) for text in sample])
    best, fits = 0, []
    for layout in _layouts(few):
        found = int(dates_of(sample, layout).notna().sum())
        if found > best:
            best, fits = found, [layout]
        elif found == best and best:
            fits.append(layout)
    if best < _MOSTLY_DATES * filled.sum() or not best:
        return _in_several_layouts(texts, rows)
    missed = dates_of(texts, fits[0]).isna().to_numpy()
    if any(_DATE_LIKE.fullmatch(text) for text in texts[missed].iloc[:_SAMPLED] if not is_placeholder(text)):
        several = _in_several_layouts(texts, rows)
        many = rows[missed].sum() > (1 - _MOSTLY_DATES) * rows.sum()
        if several is not None and several.mixed is not None and (many or not several.mixed.doubtful):
            return several
    others = dict(zip(texts[missed].tolist(), rows[missed].tolist(), strict=True))
    example = str(texts[~missed].iloc[0])
    ambiguous = [fit for fit in fits[1:] if not dates_of(sample, fit).equals(dates_of(sample, fits[0]))]
    return DateTexts(fits[0], others, tuple(ambiguous), example=example)


def look_like_dates(texts: Iterable[str]) -> bool:
    """Whether most of the texts begin with a day, have the name of a month, in some language of Europe, between day
    and year, or are weeks, quarters or months of a year.
    """
    few = [text.strip() for text in islice(texts, 100) if not is_placeholder(text)]
    found = [_WITH_MONTH.fullmatch(text) for text in few]
    are = [
        bool(_FULL_DATE.match(text) or _PERIOD.fullmatch(text)) if each is None else each[1][:3].casefold() in _MONTHS
        for text, each in zip(few, found, strict=True)
    ]
    return bool(few) and sum(are) >= _MOSTLY_DATES * len(few)


def _in_several_layouts(texts: pd.Series[str], rows: NDArray[Any]) -> DateTexts | None:
    from shared.datasets.cell_texts.conversions import dates_of

    filled = np.array([not is_placeholder(text) for text in texts])
    sample = np.flatnonzero(filled)[:_SAMPLED]
    layouts = ["ISO8601", *(day + time for day in _DAYS for time in _TIMES)]
    mixed = mixed_dates(texts.iloc[sample], rows[sample], layouts)
    if mixed is None:
        return None
    layout = "|".join(each.layout for each in mixed.layouts)
    missed = dates_of(texts, layout).isna().to_numpy()
    others = dict(zip(texts[missed].tolist(), rows[missed].tolist(), strict=True))
    return DateTexts(layout, others, (), mixed)


def _layouts(few: pd.Series[str]) -> list[str]:
    """Return what may be the layout of some texts, the most probable first."""
    from shared.datasets.cell_texts.conversions import dates_of

    if int(dates_of(few, "ISO8601").notna().sum()) >= len(few) * _MOSTLY_DATES:
        return ["ISO8601"]  # which no other is mistaken for
    first = few.iloc[:5]
    every = ["ISO8601", *_CLOCKS, *(day + time for day in _DAYS for time in _TIMES)]
    every = [layout for layout in every if int(dates_of(first, layout).notna().sum()) * 2 >= len(first)]
    return [layout for layout in every if int(dates_of(few, layout).notna().sum()) * 2 >= len(few) * _MOSTLY_DATES]


_LETTERS = {
    "%Y": "yyyy",
    "%y": "yy",
    "%m": "mm",
    "%d": "dd",
    "%b": "Mon",
    "%B": "Month",
    "%a": "Day",
    "%H": "hh",
    "%I": "hh",
    "%M": "mm",
    "%S": "ss",
    "%f": "fff",
    "%p": "AM",
}


#: of an ISO date: its year, then what may follow, each with the mark before it
_ISO = re.compile(r"\d{4}(?:(\D?)\d\d)?(?:(\D?)\d\d)?(?:([T ])\d\d(:?\d\d)?(:?\d\d)?([.,]\d+)?)?\s?(Z|[+-].+)?", re.I)


def plain_layout(layout: str, example: str = "") -> str:
    """Return the layout of dates as people write it, such as dd.mm.yyyy; ISO 8601 has several, of which the example
    is one.
    """
    if layout == "ISO8601":
        found = _ISO.fullmatch(example.strip())
        return _iso_layout(found) if found and found[1] is not None else "yyyy-mm-dd"
    return re.sub("%.", lambda code: _LETTERS[code.group()], layout)


def _iso_layout(found: re.Match[str]) -> str:
    month, day, hour, minute, second, fraction, zone = found.groups()
    clock = "" if hour is None else f"{hour}hh"
    for part, letters in ((minute, "mm"), (second, "ss")):
        clock += "" if part is None else f"{part[:-2]}{letters}"
    parts = (f"yyyy{month}mm", "" if day is None else f"{day}dd", clock, f"{fraction[0]}fff" if fraction else "")
    return "".join(parts) + (" with a zone" if zone else "")


def in_rows(others: dict[str, int]) -> str:
    """Return the texts with how many rows have each, the commonest first."""
    ranked = sorted(others.items(), key=lambda each: (-each[1], each[0]))
    return listed((f"{shown(text)} in {counted(count, 'row')}" for text, count in ranked), 4)
