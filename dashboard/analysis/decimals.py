"""How many decimals tell numbers of one kind apart."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

import numpy as np
import pandas as pd

#: digits of the spread of scores that are shown at least
_OF_SPREAD = 3
#: numbers from here on, and below there, are written with a power of ten
_HUGE, _MINUTE = 1e9, 1e-4
_MOST_DECIMALS = 10


def _decimals(finite: np.ndarray, digits: int) -> int:
    """Return as many decimals as show three digits of the numbers' spread, and so many of the middle one.

    The spread is that of their middle half, on its narrower side: an outlier does not widen it.
    """
    if not len(finite):
        return 0
    first, middle, third = np.percentile(finite, [25, 50, 75])
    spread = float(2 * min(third - middle, middle - first) or third - first or finite.max() - finite.min())
    wanted = [_OF_SPREAD - 1 - _exponent(spread)] if spread > abs(middle) * 1e-9 else []
    if middle:
        wanted.append(digits - 1 - _exponent(float(middle)))
    return min(_MOST_DECIMALS, max(0, *wanted, 0))


def number_format(numbers: Sequence[float] | np.ndarray | pd.Series, digits: int = 5) -> str:
    """Return the format that gives all of them the same decimals, so that the eye can compare: ``.3f`` or ``.4e``.

    printf, d3 and Python read it alike.
    """
    finite = np.asarray(numbers, dtype=float)
    finite = finite[np.isfinite(finite)]
    middle = abs(float(np.median(finite))) if len(finite) else 0.0
    if middle and not _MINUTE <= middle < _HUGE:
        return f".{max(digits, _OF_SPREAD) - 1}e"
    return f".{_decimals(finite, digits)}f"


def _exponent(number: float) -> int:
    return floor(log10(abs(number)))
