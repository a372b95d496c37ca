"""The parameters that the form offers, and what their fields start with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.catalog import Library, Parameter, ParamValue, Preset, TaskType, library_catalog
from shared.catalog.model import ParameterKind
from shared.grid_expression import to_text, value_text

#: values of a range that are shown beside its field
MOST_SHOWN = 12


def preset_expressions(library: Library, preset: Preset, task: TaskType | None = None) -> dict[str, str]:
    """Return the fields of a ready-made grid, in the catalog's order."""
    return {
        parameter.name: to_text(parameter.grids[preset])
        for parameter in library_catalog(library).parameters
        if preset in parameter.grids and (task is None or task in parameter.tasks)
    }


def suggested_expression(parameter: Parameter) -> str:
    """Return what the field of a parameter that is added by hand starts with."""
    if parameter.suggested:
        return to_text(parameter.suggested)
    if parameter.grids:
        return to_text(max(parameter.grids.values(), key=len))
    if parameter.kind is ParameterKind.BOOL:
        return to_text((True, False))
    if parameter.kind is ParameterKind.CHOICE:
        return to_text(parameter.choices)
    return "" if parameter.default is None and not parameter.nullable else to_text((parameter.default,))


def expansion(expression: str, values: Sequence[ParamValue]) -> str:
    """Return the values that ranges in the expression stand for, of many the first and the last; else nothing."""
    if not any(sign in expression for sign in ":("):
        return ""
    texts = [f"{value:.6g}" if isinstance(value, float) else value_text(value) for value in values]
    if len(texts) > MOST_SHOWN:
        texts[MOST_SHOWN - 2 : -1] = ["…"]
    return ", ".join(texts)


def addable_parameters(
    library: Library, task: TaskType | None, expressions: Mapping[str, str]
) -> tuple[Parameter, ...]:
    """Return the parameters that the form does not have yet, in the catalog's order."""
    return tuple(
        parameter
        for parameter in library_catalog(library).parameters
        if parameter.name not in expressions and (task is None or task in parameter.tasks)
    )
