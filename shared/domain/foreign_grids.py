"""Values of a parameter as other programs' mappings declare them, and the same in the words of a spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.catalog import Parameter
from shared.catalog.model import ParameterKind
from shared.grid_expression import value_text

#: names of a mapping's list of values: of W&B, Optuna, Ray, NNI, Azure
_LISTS = ("values", "value", "choices", "grid_search", "_value", "options", "categories", "list")
#: names of the two ends: of W&B, Optuna, Keras Tuner, SageMaker, Python
_ENDS = (
    *(("min", "max"), ("low", "high"), ("min_value", "max_value"), ("minvalue", "maxvalue"), ("lower", "upper")),
    *(("start", "stop"), ("start", "end"), ("from", "to"), ("lb", "ub")),
)
_STEPS = ("step", "q", "stride")
#: the longest list that a message repeats
_LONGEST = 60


def in_our_words(parameter: Parameter, written: Mapping[Any, Any]) -> str | None:
    """Return what to write for the values that a mapping declares; None where it is not known which these are."""
    fields = {str(name).casefold(): value for name, value in written.items()}
    for name in _LISTS:
        if name in fields and (name != "_value" or "choice" in str(fields.get("_type", "choice"))):
            return _list(fields[name])
    drawn = fields.get("_value")
    if isinstance(drawn, list | tuple) and len(drawn) >= 2:  # NNI's [low, high] or [low, high, step]
        return _between(parameter, dict(zip(("low", "high", "q"), drawn, strict=False)), _is_log(fields))
    return _between(parameter, fields, _is_log(fields))


def _list(values: Any) -> str | None:
    items = list(values) if isinstance(values, list | tuple) else [values]
    if not items or not all(each is None or isinstance(each, bool | int | float | str) for each in items):
        return None
    text = (
        f"[{', '.join('null' if each is None else value_text(each) for each in items)}]"
        if all(not isinstance(each, str) or each for each in items)
        else ""
    )
    return f"the list itself, {text}" if text and len(text) < _LONGEST else None


def _between(parameter: Parameter, fields: Mapping[str, Any], is_log: bool) -> str | None:
    for names in _ENDS:
        low, high = (_number(fields.get(name)) for name in names)
        if low is not None and high is not None and low < high:
            break
    else:
        return None
    step = next((number for name in _STEPS if (number := _number(fields.get(name))) and number > 0), None)
    if parameter.kind is ParameterKind.INT:
        if low != int(low) or high != int(high) or (step is not None and step != int(step)):
            return None
        if step is not None:
            return f"the range {int(low)}:{int(high)}:{int(step)}"
        return f"a range, such as {int(low)}:{int(high)}:{max(1, int(high - low) // 4)}"
    if parameter.kind is not ParameterKind.FLOAT:
        return None
    if step is not None:
        return f"the range {value_text(low)}:{value_text(high)}:{value_text(step)}"
    call = "logspace" if low > 0 and (is_log or high / low >= 10) else "linspace"
    return f"the values, such as {call}({value_text(low)}, {value_text(high)}, 5)"


def _is_log(fields: Mapping[str, Any]) -> bool:
    kinds = (fields.get(name) for name in ("distribution", "_type", "type", "scale", "sampling", "scalingtype"))
    return fields.get("log") is True or any("log" in str(kind).casefold() for kind in kinds)


def _number(value: Any) -> float | None:
    """Return a number of a usual size, as a text too, as SageMaker writes it."""
    if isinstance(value, str):
        try:
            value = float(value) if len(value) < 20 else None
        except ValueError:
            return None
    usual = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return value if usual else None
