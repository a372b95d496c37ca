"""From values to a field's text, and what its help says."""

from __future__ import annotations

from collections.abc import Sequence

from shared.catalog import Parameter, ParamValue
from shared.catalog.model import ParameterKind

#: a run of whole numbers at least this long is written as a range
_SHORTEST_RUN = 6

#: choices of these names are quoted, for bare they leave the parameter to the library
_QUOTED = ("none", "null")

SYNTAX_HELP = """\
| write | to search |
|---|---|
| `3, 5, 7` | these values |
| `3:11:2` | 3, 5, 7, 9, 11: start, stop, step; the stop is included when a step lands on it |
| `3:6` | 3, 4, 5, 6: whole numbers, step 1 |
| `linspace(0.1, 0.5, 5)` | 0.1, 0.2, 0.3, 0.4, 0.5: evenly spaced, both ends included |
| `logspace(0.001, 0.1, 3)` | 0.001, 0.01, 0.1: each a constant multiple of the one before. The ends are values, not exponents; `geomspace` is the same |
| `true, false` | switches |
| `gbtree, dart` | choices |
| `none` or `auto` | leave it to the library, where the parameter allows that |

Separate items with commas and mix them freely: `1, 3:9:2, logspace(10, 1000, 3)`. For whole-number parameters,
`linspace` and `logspace` round to the nearest whole number. A value written twice counts once.
"""


def to_text(values: Sequence[ParamValue]) -> str:
    """Return an expression that parse reads back as ``values``."""
    items: list[str] = []
    start = 0
    while start < len(values):
        stop = _end_of_run(values, start)
        if stop - start >= _SHORTEST_RUN:
            first, second, last = values[start], values[start + 1], values[stop - 1]
            assert isinstance(first, int) and isinstance(second, int)  # noqa: S101  what _end_of_run promises
            items.append(f"{first}:{last}:{second - first}")
            start = stop
        else:
            items.append(value_text(values[start]))
            start += 1
    return ", ".join(items)


def syntax_hint(parameter: Parameter) -> str:
    """Return one line on what this parameter's field takes, with an example."""
    match parameter.kind:
        case ParameterKind.BOOL:
            hint = "true, false"
        case ParameterKind.CHOICE:
            hint = ", ".join(map(value_text, parameter.choices))
        case ParameterKind.INT:
            hint = "whole numbers: 3, 5, 7 or 3:11:2"
        case ParameterKind.FLOAT:
            hint = "numbers: 0.05, 0.1 or logspace(0.01, 0.3, 5)"
    return f"{hint}; or none" if parameter.nullable else hint


def _end_of_run(values: Sequence[ParamValue], start: int) -> int:
    """Return where the whole numbers that grow or shrink by one step from ``start`` on end."""
    stop = start + 1
    step = None
    while stop < len(values):
        before, here = values[stop - 1], values[stop]
        if type(before) is not int or type(here) is not int or here == before or step not in (None, here - before):
            break
        step = here - before
        stop += 1
    return stop


def value_text(value: ParamValue) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int):
        return str(value)
    is_word = value.isascii() and value.replace("_", "").isalnum() and not value[0].isdigit()
    return value if is_word and value.lower() not in _QUOTED else '"' + value.replace('"', '""') + '"'
