"""From values to a field's text, and what its help says."""

from __future__ import annotations

from collections.abc import Sequence

from shared.catalog import Parameter, ParamValue
from shared.catalog.model import ParameterKind
from shared.wording import agreeing, listed

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
| `logspace(0.001, 0.1, 3)` | 0.001, 0.01, 0.1: each the same multiple of the last; the ends are values, not exponents |
| `true, false` | switches |
| `gbtree, dart` | choices |
| `none` or `auto` | leave it to the library, where the parameter allows that |

Separate items with commas and mix them freely: `1, 3:9:2, logspace(10, 1000, 3)`. For whole-number parameters,
`linspace` and `logspace` round to the nearest whole number. `geomspace` is another name of `logspace`.
A value written twice counts once. A number has a decimal point, never a comma, and no leading zeros: `0,5` is refused
where it may be the fraction 0.5 or two values, which `0, 5` are.
In a YAML spec the same holds: for the whole text (`max_depth: 3:11:2`) and for each item of a list (`[1, 3:9:2]`).
"""


def told_once(repeated: Sequence[ParamValue], all_whole: bool) -> str:
    """Return that these values are written more than once and count once; ``all_whole``: no value has a fraction."""
    which = listed((value_text(value) for value in repeated), 4)
    one, several = "is written more than once and counts once", "are written more than once and count once"
    comma = "; a comma separates values, so write a fraction with a point, such as 0.5" if all_whole else ""
    return f"{which} {agreeing(len(repeated), one, several)}{comma}"


def to_text(values: Sequence[ParamValue]) -> str:
    """Return an expression that parse reads back as ``values``."""
    items: list[str] = []
    position = 0
    while position < len(values):
        run = _run(values, position)
        if len(run) >= _SHORTEST_RUN:
            items.append(f"{run[0]}:{run[-1]}:{run.step}")
            position += len(run)
        else:
            items.append(value_text(values[position]))
            position += 1
    return ", ".join(items)


def syntax_hint(parameter: Parameter) -> str:
    """Return one line on what this parameter's field takes, with an example."""
    match parameter.kind:
        case ParameterKind.BOOL:
            hint = "true, false"
        case ParameterKind.CHOICE:
            hint = ", ".join(map(value_text, parameter.choices))
        case ParameterKind.INT:
            hint = f"whole numbers: {example(parameter, 3)} or {range_example(parameter)}"
        case ParameterKind.FLOAT:
            hint = f"numbers: {example(parameter, 3)} or {range_example(parameter)}"
    return f"{hint}; or none" if parameter.nullable else hint


def example(parameter: Parameter, most: int = 4) -> str:
    """Return values of the parameter as its field takes them."""
    suggested = parameter.suggested or parameter.choices
    if parameter.kind is ParameterKind.BOOL:
        return "true, false"
    if suggested:
        return ", ".join(value_text(value) for value in suggested[:most])
    return "3, 5, 7" if parameter.kind is ParameterKind.INT else "0.05, 0.1"


def step_example(parameter: Parameter) -> str:
    """Return a range with a step over the parameter's usual values."""
    low, high = _usual_ends(parameter)
    if parameter.kind is ParameterKind.INT:
        return f"{low}:{high}:{max(1, int(high - low) // 4)}"
    return f"{value_text(low)}:{value_text(high)}:{float(f'{(high - low) / 4:.2g}')!r}"


def range_example(parameter: Parameter, spaced: str | None = None) -> str:
    """Return a range over the parameter's usual values; with ``spaced``, by that function."""
    low, high = _usual_ends(parameter)
    if parameter.kind is ParameterKind.INT and spaced is None:
        step = max(1, int(high - low) // 4)
        return f"{low}:{high}:{step}" if step > 1 else f"{low}:{high}"
    name = spaced or ("logspace" if high >= 10 * low > 0 else "linspace")
    return f"{name}({value_text(low)}, {value_text(high)}, 5)"


def _usual_ends(parameter: Parameter) -> tuple[float, float]:
    numbers = [value for value in parameter.suggested if isinstance(value, int | float) and not isinstance(value, bool)]
    usual = sorted([value for value in numbers if value > 0] or numbers)
    if len(usual) < 2:
        usual = [3, 11] if parameter.kind is ParameterKind.INT else [0.01, 0.3]
    return usual[0], usual[-1]


def takes(parameter: Parameter) -> str:
    """Return in a few words which values the parameter takes."""
    if parameter.kind is ParameterKind.BOOL:
        text = "true, false"
    elif parameter.kind is ParameterKind.CHOICE:
        text = ", ".join(map(value_text, parameter.choices))
    else:
        text = "whole number" if parameter.kind is ParameterKind.INT else "number"
        if parameter.low is not None:
            text += f" {'above' if parameter.low_open else 'from'} {parameter.low:g}"
        if parameter.high is not None:
            text += f" {'below' if parameter.high_open else 'to'} {parameter.high:.12g}"
    return f"{text}, or null" if parameter.nullable else text


def _run(values: Sequence[ParamValue], position: int) -> range:
    """Return the whole numbers from ``position`` on that grow or shrink by one step."""
    run: list[int] = []
    for place in range(position, len(values)):
        value = values[place]
        # bool is an int too
        if isinstance(value, bool) or not isinstance(value, int):
            break
        if len(run) > 1 and value - run[-1] != run[1] - run[0]:
            break
        run.append(value)
    step = run[1] - run[0] if len(run) > 1 else 0
    return range(run[0], run[-1] + step, step) if step else range(0)


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
