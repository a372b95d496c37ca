"""How parameter values are written on axes and in tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from shared.catalog.model import Params, ParamValue

#: numbers between these are written without a power of ten
_FOUR_DIGITS, _LONG = 9_999.5, 1e7


def value_label(value: ParamValue) -> str:
    """Return the value in few characters; numbers to four digits and their whole part."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # 20000.0 is no 2e+04; and of 123456.7 no digit before the point is left out
        return f"{value:.0f}" if _FOUR_DIGITS <= abs(value) < _LONG else f"{value:.4g}"
    return str(value)


def value_labels(values: Iterable[ParamValue]) -> list[str]:
    """Return a label for each of these distinct values; numbers that look alike get all their digits."""
    values = list(values)
    labels = [value_label(value) for value in values]
    uses = Counter(labels)
    return [
        repr(value) if isinstance(value, float) and uses[label] > 1 else label
        for value, label in zip(values, labels, strict=True)
    ]


def params_label(params: Params) -> str:
    """Return ``learning_rate=0.1, n_estimators=100``."""
    return _written(params, value_label)


def params_labels(points: Iterable[Params]) -> list[str]:
    """Return a label for each of these distinct points; those that look alike get all their digits."""
    points = list(points)
    labels = list(map(params_label, points))
    uses = Counter(labels)
    return [
        _written(point, lambda value: repr(value) if isinstance(value, float) else value_label(value))
        if uses[label] > 1
        else label
        for point, label in zip(points, labels, strict=True)
    ]


def _written(params: Params, write: Callable[[ParamValue], str]) -> str:
    return ", ".join(f"{name}={write(value)}" for name, value in sorted(params.items()))


def is_number(value: ParamValue) -> bool:
    """Whether the value has a place on a numeric axis."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def ordered(values: Sequence[ParamValue]) -> list[ParamValue]:
    """Return the distinct values: numbers by size, then the others as they came, None last."""
    distinct = list({(type(value), value): value for value in values}.values())
    numbers = sorted(value for value in distinct if isinstance(value, int | float) and is_number(value))
    others = [value for value in distinct if not is_number(value) and value is not None]
    return [*numbers, *others, *([None] if None in distinct else [])]
