"""Texts, dates and numbers as the columns that a person chooses; a script that reads a file anew has this very text.

So it needs pandas and numpy alone, and nothing of Boostgrid.
"""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

_CURRENCY = (
    r"(?:[ACRS]?\$|[€£¥₹₽₩₺₪₫฿¢]|(?:EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|US\$|Rs\.?|kr\.?)(?![A-Za-z]))"
)
_SIGN = "[+\\-\N{MINUS SIGN}\N{EN DASH}\N{FULLWIDTH HYPHEN-MINUS}]"
#: 5.- and 5,\u2013 are five francs or euros and no cents
_NO_CENTS = re.compile("(?<=\\d)[.,][-\N{EN DASH}\N{EM DASH}]{1,2}(?!\\d)")
#: a number with what people and spreadsheets put around it; \s is every blank of Unicode
_WRITTEN = re.compile(
    rf"\s*(?P<open>\()?\s*(?P<sign>{_SIGN})?\s*(?P<before>{_CURRENCY})?\s*(?P<inner>{_SIGN})?\s*"
    r"(?P<digits>\d[\d.,\s'’_]*|[.,]\d+)(?P<power>[eE][+-]?\d+)?"
    rf"\s*(?P<after>{_CURRENCY}|[%‰])?\s*(?P<last>-)?\s*(?P<close>\))?\s*"
)

_FACTORS = {
    **dict.fromkeys(("k", "K", "thousand", "Tsd.", "Tsd"), 1e3),
    **dict.fromkeys(("m", "M", "MM", "mn", "mln", "Mio.", "Mio", "million", "millions"), 1e6),
    **dict.fromkeys(("B", "b", "bn", "Bn", "BN", "Mrd.", "Mrd", "billion", "billions"), 1e9),
}
_FACTORED = re.compile(
    rf"(?P<number>.*\d\.?)\s*(?P<factor>{'|'.join(sorted(map(re.escape, _FACTORS), key=len, reverse=True))})"
    rf"(?:\s*(?P<after>{_CURRENCY}|\)))?"
)

_STEPS = {
    "D": np.timedelta64(1, "D"),
    "h": np.timedelta64(1, "h"),
    "min": np.timedelta64(1, "m"),
    "s": np.timedelta64(1, "s"),
}


def number_of(text: str, decimal: str) -> float:
    """Return the number that a text is, whatever stands between its thousands; NaN where it is none."""
    written = _WRITTEN.fullmatch(_NO_CENTS.sub("", text))
    if written is None or bool(written["open"]) != bool(written["close"]):
        return np.nan
    whole, mark, fraction = written["digits"].strip().partition(decimal)
    groups = re.split(r"[.,\s'’_]", whole)
    if len(groups) > 1:
        one_kind = len({*re.findall(r"[.,'’_]|\s", whole)}) == 1
        sizes = [len(group) for group in groups]
        if not one_kind or not 1 <= sizes[0] <= 3 or sizes[-1] != 3 or not {*sizes[1:-1]} <= {2, 3}:
            return np.nan
    if mark and not (fraction.isdecimal() or (not fraction and whole)):
        return np.nan
    value = float(f"{''.join(groups) or 0}.{fraction or 0}{written['power'] or ''}")
    signs = [written[name] for name in ("open", "sign", "inner", "last") if written[name] and written[name] != "+"]
    return -value if len(signs) % 2 else value


def numbers_of(texts: pd.Series, decimal: str = ".") -> pd.Series:
    """Return texts as numbers; what is none, and what is infinite, is missing."""
    codes, found = pd.factorize(texts)
    distinct = np.asarray(found, dtype=object)
    values = np.full(len(distinct) + 1, np.nan)  # the last one is of the code -1, a missing text
    if decimal == ".":
        values[:-1] = pd.to_numeric(pd.Series(distinct, dtype=object), errors="coerce").astype("float64")
    left = np.flatnonzero(~np.isfinite(values[:-1]))
    values[left] = [number_of(distinct[each], decimal) for each in left]
    values[~np.isfinite(values)] = np.nan
    return pd.Series(values[codes], index=texts.index)


def numbers_without(texts: pd.Series, decimal: str, *marks: str) -> pd.Series:
    """Return texts as numbers without those that stand for missing ones."""
    return without(numbers_of(texts, decimal), *marks)


def amount_of(text: str, decimal: str, units: str = "") -> float:
    """Return the number before one of some units, which have bars between them, or a thousand or million; else NaN."""
    text = text.strip()
    for unit in units.split("|"):
        if unit and text.endswith(unit) and text[: -len(unit)].rstrip()[-1:].isdecimal():
            return number_of(text[: -len(unit)], decimal)
    written = _FACTORED.fullmatch(text)
    if written is None:
        return number_of(text, decimal)
    if written["factor"] == "m" and not re.search(_CURRENCY, text):
        return np.nan  # metres, or minutes
    return number_of(f"{written['number']} {written['after'] or ''}", decimal) * _FACTORS[written["factor"]]


def amounts_of(texts: pd.Series, decimal: str = ".", units: str = "") -> pd.Series:
    """Return texts of numbers with a unit, or with k, M and the like, as numbers; what is none is missing."""
    return _each(texts, lambda text: amount_of(text, decimal, units))


def quotient_of(text: str, decimal: str = ".") -> float:
    """Return a fraction as the number that it is; NaN where it is none."""
    over, slash, under = text.partition("/")
    value = number_of(under, decimal) if slash else np.nan
    return number_of(over, decimal) / value if value else np.nan


def quotients_of(texts: pd.Series, decimal: str = ".") -> pd.Series:
    """Return texts of fractions as numbers; what is none is missing."""
    return _each(texts, lambda text: quotient_of(text, decimal))


def _each(texts: pd.Series, number: Callable[[str], float]) -> pd.Series:
    codes, found = pd.factorize(texts)
    values = np.array([*map(number, np.asarray(found, dtype=object)), np.nan], dtype="float64")
    values[~np.isfinite(values)] = np.nan
    return pd.Series(values[codes], index=texts.index)


def dates_of(texts: pd.Series, layout: str) -> pd.Series:
    """Return texts as dates and times of no zone, by one layout or the first that fits; what is none is missing."""
    layout, _, others = layout.partition("|")
    codes, distinct = pd.factorize(texts)
    known = pd.Series(np.asarray(distinct, dtype=object), dtype="str").str.strip()
    zoned = known.str.contains(r":\d\d.*(?:Z|[+-]\d\d:?\d\d)$", na=False).any()
    dates = pd.to_datetime(known, format=layout, errors="coerce", utc=bool(zoned))
    values = without_zone(dates).to_numpy().astype("datetime64[us]")
    found = pd.Series(np.append(values, np.datetime64("NaT", "us"))[codes], index=texts.index)
    return found.fillna(dates_of(texts, others)) if others else found


def moments_of(values: pd.Series, kind: str, layout: str = "") -> pd.Series:
    """Return dates, times of the day (of 1970-01-01) and durations (since then) as timestamps of no zone."""
    if layout:
        dates = dates_of(values, layout)
        return dates - dates.dt.normalize() + pd.Timestamp(0) if kind == "time of day" else dates
    if kind == "time of day":
        return pd.to_datetime("1970-01-01 " + values.astype("str").where(values.notna(), None), format="ISO8601")
    if kind == "duration":
        return pd.Timestamp(0) + pd.to_timedelta(values)
    return without_zone(pd.to_datetime(values, errors="coerce"))


def without_zone(dates: pd.Series) -> pd.Series:
    """Return dates as the clocks of their zone show them."""
    return dates.dt.tz_localize(None) if dates.dt.tz is not None else dates


def passed(dates: pd.Series, origin: str, unit: str) -> pd.Series:
    """Return how much time has passed since the origin, in days, hours, minutes or seconds (D, h, min, s)."""
    return whole_numbers((dates - pd.Timestamp(origin)) / _STEPS[unit])


def passed_days(dates: pd.Series, origin: str) -> pd.Series:
    """Return how many whole days have passed since the origin."""
    return passed(dates.dt.normalize(), origin, "D")


def part_of(dates: pd.Series, part: str) -> pd.Series:
    """Return the year, month, day, weekday (Monday is 0), hour, minute, second or seconds of the day of dates."""
    if part == "seconds":
        return whole_numbers((dates - dates.dt.normalize()) / _STEPS["s"])
    numbers = dates.dt.day_of_week if part == "weekday" else getattr(dates.dt, part)
    return whole_numbers(numbers + dates.dt.microsecond / 1e6 if part == "second" else numbers)


def whole_numbers(values: pd.Series) -> pd.Series:
    """Return numbers as integers where they all are."""
    values = values.astype("float64")
    return values.astype("int64") if bool((values % 1 == 0).all()) else values


def without(values: pd.Series, *marks: str) -> pd.Series:
    """Return numbers without those that stand for missing ones."""
    numbers = values.astype("float64")
    return numbers.mask(numbers.isin([float(mark) for mark in marks]))


def truths_of(values: pd.Series) -> pd.Series:
    """Return true as 1 and false as 0."""
    return whole_numbers(values.map({True: 1.0, False: 0.0}))


def labelled(values: pd.Series) -> pd.Series:
    """Return categories as text, in their order, whole numbers without a point."""

    def label(value: object) -> str:
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    return values.cat.rename_categories([label(value) for value in values.cat.categories])


def categories_of(values: pd.Series) -> pd.Series:
    """Return values as categories of text, sorted, numbers by their size; a blank one is missing."""
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        texts = values.astype("category")
        names = texts.cat.categories.astype("str").str.strip()
        codes, distinct = pd.factorize(names)
        codes = np.append(np.where(np.asarray(distinct == "")[codes], -1, codes), -1)[texts.cat.codes]
        texts = pd.Series(pd.Categorical.from_codes(codes, distinct), index=values.index)
        return texts.cat.set_categories(sorted(name for name in distinct if name))
    if values.dtype == "float16":
        values = values.astype("float32")
    numbers = values.astype("category")
    labels = [str(int(each)) if float(each).is_integer() else str(each) for each in numbers.cat.categories]
    return numbers.cat.rename_categories(labels)


def categories_without(values: pd.Series, *words: str) -> pd.Series:
    """Return texts as categories without those that stand for missing ones."""
    if hasattr(values.dtype, "categories"):
        wanted = [each for each in values.cat.categories if str(each).strip() not in words]
        return labelled(values.cat.set_categories(wanted))
    return categories_of(values.mask(values.astype("str").str.strip().isin(words), None))
