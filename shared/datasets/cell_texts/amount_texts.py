"""Texts of a column that are numbers with a unit, in thousands or millions, or two numbers with a slash."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from shared.datasets.cell_texts.text_kinds import NumberTexts, decimal_mark, in_rows, is_placeholder
from shared.datasets.cell_texts.units import is_unit
from shared.wording import counted, listed, shown

if TYPE_CHECKING:
    import pandas as pd

#: of the texts that stand for no missing value, so many are of the kind
_MOSTLY = 0.8
#: the distinct texts by which it is told whether a column may be of the kind at all
_SAMPLED = 200

_TAIL = re.compile(r"\s*(?P<unit>(?:[^\W\d_]|[°\"″'′])[^\d\s]{0,11}[23]?(?: [^\d\s]{1,8}[23]?)?)$")
#: Eurostat's, the OECD's and those of national offices: break, confidential, estimated, forecast, provisional ...
_FLAGS = re.compile(r"[bcdefinprsuvz]{1,3}")
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
_QUOTIENT = re.compile(r"\s*\d+(?:[.,]\d+)?\s*/\s*\d+(?:[.,]\d+)?\s*")


def amount_texts(counts: pd.Series[int], usual: str | None) -> NumberTexts | None:
    """Return how the distinct texts, each with its number of rows, are numbers with a unit; None where they are not."""
    texts = {str(text): int(count) for text, count in counts.items()}
    few = [text for text in list(texts)[:_SAMPLED] if not is_placeholder(text)]
    decimal = decimal_mark(few, usual) or "."
    if sum(_kind(text, decimal) is not None for text in few) < _MOSTLY * len(few) or not few:
        return None
    kinds = {text: _kind(text, decimal) for text in texts if not is_placeholder(text)}
    units, factors, plain = Counter[str](), 0, 0
    for text, unit in kinds.items():
        if unit is None:
            continue
        if unit:
            units[unit] += texts[text]
        elif _has_factor(text):
            factors += texts[text]
        else:
            plain += texts[text]
    named = units.total()
    if not named + factors or named + factors + plain < _MOSTLY * sum(texts[text] for text in kinds):
        return None
    return _told(texts, decimal, _spellings(units), factors, plain)


def _kind(text: str, decimal: str) -> str | None:
    """Return the unit of a number, empty where it has none or is of thousands or millions; None of another text."""
    from shared.datasets.cell_texts.conversions import amount_of, number_of

    text = text.strip()
    if amount_of(text, decimal) == amount_of(text, decimal):
        return ""
    tail = _TAIL.search(text)
    if tail is None or number_of(text[: tail.start()], decimal) != number_of(text[: tail.start()], decimal):
        return None
    return tail["unit"]


def _has_factor(text: str) -> bool:
    from shared.datasets.cell_texts.conversions import number_of

    return number_of(text, ".") != number_of(text, ".") and number_of(text, ",") != number_of(text, ",")


def _spellings(units: Counter[str]) -> list[tuple[tuple[str, ...], int]]:
    """Return the spellings of each unit (year, years) with its rows, the commonest first."""
    groups: dict[str, list[str]] = {}
    for unit in units:
        word = unit.casefold().rstrip(".") if len(unit) > 2 else unit
        groups.setdefault("th" if unit in _ORDINALS else word.removesuffix("s") if len(word) > 3 else word, []).append(
            unit
        )
    found = [(tuple(sorted(each)), sum(units[unit] for unit in each)) for each in groups.values()]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _flags(
    units: list[tuple[tuple[str, ...], int]], factors: int, plain: int, texts: dict[str, int]
) -> tuple[str, ...]:
    """Return the letters that statistical offices put behind some numbers (12.3 p is provisional), if they are some.

    They stand behind a blank, and most numbers have none; b is one of them and no billion then.
    """
    found = {text.strip().rpartition(" ")[2] for text in texts if " " in text.strip() and not is_placeholder(text)}
    marked = sum(rows for _, rows in units) + factors
    if not found or marked > plain or not all(_FLAGS.fullmatch(each) for each in found):
        return ()
    if not {spelling for spellings, _ in units for spelling in spellings} <= found:
        return ()
    return tuple(sorted(found))


def _told(
    texts: dict[str, int], decimal: str, units: list[tuple[tuple[str, ...], int]], factors: int, plain: int
) -> NumberTexts | None:
    from shared.datasets.cell_texts.conversions import amount_of

    flags = _flags(units, factors, plain, texts)
    if flags:
        units, factors = [(flags, sum(texts.values()))], 0
    kinds = [*units, *([(("k, M or B",), factors)] if factors and units else [])]
    if len(units) > 1 and not all(any(map(is_unit, spelt)) for spelt, _ in units):
        return None  # words or codes
    spelt = "|".join(units[0][0]) if units else ""
    values = {text: amount_of(text, decimal, spelt) for text in texts}
    others = {text: texts[text] for text, value in values.items() if value != value}
    words = sum(count for text, count in others.items() if not is_placeholder(text))
    example = max(
        (text for text in values if text not in others and not text.strip().isdecimal()), key=texts.__getitem__
    )
    several = len(kinds) > 1
    if several:
        each = listed((f"{spellings[0]} in {counted(rows, 'row')}" for spellings, rows in kinds), 4)
        reason = f"its numbers have several units, {each}; convert them to one in the file"
    elif flags:
        reason = f"text because of flags behind some of its numbers ({', '.join(flags)}), which are dropped"
    elif units:
        reason = f"text because of the unit {units[0][0][0]} of its numbers"
    else:
        reason = "text because of thousands, millions or billions (k, M, B) in its numbers"
    warnings: tuple[str, ...] = ()
    if units and not several and plain and not flags:
        warnings = (
            f"{counted(plain, 'row')} of its numbers have no unit and are read as if they had the others' "
            f"({units[0][0][0]}); write them alike",
        )
    return NumberTexts(
        decimal,
        others,
        sum(texts.values()) - sum(others.values()),
        f"{shown(example)} is {values[example]:.12g}",
        warnings,
        not several and words <= (1 - _MOSTLY) * sum(texts.values()),
        function="amounts_of",
        arguments=(spelt,) if spelt else (),
        reason=reason + (f", and of {in_rows(others)}" if others and not several else ""),
        is_code=several,
    )


def quotient_texts(counts: pd.Series[int]) -> NumberTexts | None:
    """Return how the distinct texts are two numbers with a slash, such as fractions; None where they are not."""
    from shared.datasets.cell_texts.conversions import quotient_of

    texts = {str(text): int(count) for text, count in counts.items()}
    few = [text for text in list(texts)[:_SAMPLED] if not is_placeholder(text)]
    if not few or sum(bool(_QUOTIENT.fullmatch(text)) for text in few) < _MOSTLY * len(few):
        return None
    decimal = "," if any("," in text for text in few) else "."
    values = {text: quotient_of(text, decimal) for text in texts}
    others = {text: texts[text] for text, value in values.items() if value != value}
    example = next((text for text in few if text not in others), None)
    if example is None:
        return None
    return NumberTexts(
        decimal,
        others,
        sum(texts.values()) - sum(others.values()),
        f"{shown(example)} is {values[example]:.6g}",
        (),
        likely=False,
        function="quotients_of",
        reason=f"holds two numbers with a slash, such as {shown(example)}: fractions, odds, scores, pairs like "
        "120/80, or days and months; as a number it is the first divided by the second",
    )
