"""How counts, values and names are written, in every message, page and table: short, whatever they are."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from math import floor, isfinite, log10
from typing import Any

#: the longest text that a message quotes
_QUOTED = 40

#: how many of many names a message lists
_LISTED = 10

#: how many parts of a list or mapping it quotes
_BRIEF = 4

#: whole numbers up to here are written without a decimal point, whatever their type
_LONGEST_FLOAT = 1e15

#: signs that set, end or isolate the direction of a text
_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")

#: numbers from here on, and below there, are written with a power of ten
_HUGE, _MINUTE = 1e9, 1e-4

_WORD = re.compile(r"[A-Za-z_][\w.]*")
_OTHER_BASE = re.compile(r"[+-]?0[xob][0-9a-f_]{1,16}")

#: whole numbers from here on are told by their length: Python refuses to write the longest
_LONGEST_WHOLE = 10**_QUOTED


def counted(count: int, noun: str) -> str:
    """Return ``1 trial``, ``2 trials``, ``12,000 trials``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def number(value: float, digits: int = 5) -> str:
    """Return a measured number to so many digits, never less than its whole part: ``0.50000``, ``43,766``, ``1.5e+12``.

    Zeros at the end are kept, so that numbers below each other show equally many digits.
    """
    if not isfinite(value) or value == 0:
        return f"{abs(value) if value == 0 else value:g}"
    rounded = abs(float(f"{value:.{digits - 1}e}"))
    if not _MINUTE <= rounded < _HUGE:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, digits - 1 - floor(log10(rounded)))}f}"


def with_spread(mean: float, std: float) -> str:
    """Return ``0.61234 ± 0.021``: a mean and its standard deviation, to two digits."""
    return f"{number(mean)} ± {number(std, 2)}"


def agreeing(count: int, one: str, several: str) -> str:
    """Return the form of a verb or pronoun that agrees with the count: ``is`` or ``are``, ``it`` or ``them``."""
    return one if count == 1 else several


def shown(value: Any) -> str:
    """Return a value as a message quotes it, in some hundred characters at most; None is ``null``."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return repr(value if len(value) <= _QUOTED else value[: _QUOTED - 3] + "...")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LONGEST_WHOLE:
        return "a whole number of more than 40 digits"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _LONGEST_FLOAT:
        return repr(int(value))
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return f"the date {value}"
    if isinstance(value, list | tuple | dict | set | frozenset):
        return shortened(_in_braces(value, 2), 100)
    return f"a value of type {type(value).__name__}"


def _in_braces(value: Any, levels: int) -> str:
    """Return the first parts, as YAML writes them: by its aliases, a few hundred bytes are a list of millions."""
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else shown(value)
    if not isinstance(value, list | tuple | dict | set | frozenset):
        return shown(value)
    opening, closing = "[]" if isinstance(value, list | tuple) else "{}"
    if not levels and value:
        return f"{opening}...{closing}"
    parts = [
        f"{_in_braces(part, levels - 1)}: {_in_braces(value[part], levels - 1)}"
        if isinstance(value, dict)
        else _in_braces(part, levels - 1)
        for part in islice(value, _BRIEF)
    ]
    return f"{opening}{', '.join(parts + ['...'] * (len(value) > _BRIEF))}{closing}"


def other_digits(text: str) -> str | None:
    """Return in decimal digits a whole number that is written in those of another base, such as 0x1F; else None."""
    found = _OTHER_BASE.fullmatch(text.strip().lower())
    if found is None:
        return None
    try:
        return str(int(found[0].replace("_", ""), 0))
    except ValueError:  # 0b2
        return None


def shortened(text: str, longest: int) -> str:
    """Return the text, cut to so many characters."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def listed(names: Iterable[Any], most: int = _LISTED) -> str:
    """Return the names after each other, of many the first ones and how many more there are."""
    every = [shortened(str(name), _QUOTED) for name in names]
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def closest(word: str, names: Sequence[str]) -> str | None:
    """Return the name that was probably meant by ``word``, if there is one."""
    # comparing is quadratic in length, and a word so long is no slip of the finger
    folded = {name.strip().casefold(): name for name in reversed(names)}
    found = difflib.get_close_matches(word[:100].strip().casefold(), folded, n=1, cutoff=0.7)
    return folded[found[0]] if found else None


def unseen_sign(name: str) -> str | None:
    """Return what no name may have, since nobody sees it or it turns the text around it; None of another name.

    A joiner between the parts of an emoji is no fault; a name of nothing but such signs is one.
    """
    for sign in name:
        if unicodedata.category(sign) in ("Cc", "Zl", "Zp"):
            return f"the control character U+{ord(sign):04X}"
        if unicodedata.bidirectional(sign) in _TURNING:
            return f"the sign U+{ord(sign):04X}, which turns the direction of the text"
    if name.strip() and not any(unicodedata.category(sign) not in ("Cf", "Zs") for sign in name):
        return f"only signs that nobody sees, such as U+{ord(name.strip()[0]):04X}"
    return None
