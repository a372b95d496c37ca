"""Evenly spaced numbers, as numpy spaces them.

Plain Python: specs are read by a worker's parent too, which is kept free of numpy. Values have 12 significant digits,
to which both agree.
"""

from __future__ import annotations

import math


def linspace(start: float, stop: float, count: int) -> list[float]:
    """Return ``count`` numbers, each as far from the last, from ``start`` to ``stop``; infinite where they overflow."""
    step = (stop - start) / (count - 1)
    return [*(start + number * step for number in range(count - 1)), stop]


def logspace(start: float, stop: float, count: int) -> list[float]:
    """Return ``count`` numbers above 0, each the same multiple of the last, from ``start`` to ``stop``."""
    exponents = linspace(math.log10(start), math.log10(stop), count)
    return [start, *(10.0**exponent for exponent in exponents[1:-1]), stop]
