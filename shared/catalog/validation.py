"""Normalising a grid's names and values, and finding what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.catalog.breaches import Grid, breaches
from shared.catalog.model import (
    Library,
    LibraryCatalog,
    Parameter,
    ParameterKind,
    ParamValue,
    Severity,
    TaskType,
)
from shared.wording import closest, shown

#: what the libraries' estimators take beside a model's parameters -> who decides it here
_DECIDED_ELSEWHERE = {
    **dict.fromkeys(("objective", "loss_function", "application"), "it follows from the task of the data set"),
    **dict.fromkeys(("eval_metric", "metric", "custom_metric"), "write the metrics of the spec"),
    **dict.fromkeys(("n_jobs", "nthread", "num_threads", "thread_count"), "workers decide it by their CPUs"),
    **dict.fromkeys(("device", "device_type", "task_type", "gpu_id", "devices"), "workers train on CPUs"),
    **dict.fromkeys(("verbosity", "verbose", "silent", "logging_level"), "it changes no model; remove it"),
}


#: weights of classes as estimators take them, and the parameters that a grid has for them
_CLASS_WEIGHTS = ("class_weight", "class_weights")
_WEIGHING = ("scale_pos_weight", "is_unbalance", "auto_class_weights")


#: what people call parameters that no library calls so, and CatBoost's own way to stop early -> what is meant
_MEANT = {
    **dict.fromkeys(("lr", "learn_rate", "step_size"), "learning_rate"),
    **dict.fromkeys(("od_type", "od_wait", "od_pval", "patience", "early_stopping"), "early_stopping_rounds"),
    **dict.fromkeys(("trees", "num_rounds", "n_trees"), "n_estimators"),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """Something about a grid that the user should know."""

    #: dotted path, e.g. ``param_grid.num_leaves``
    field: str
    message: str
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether it stops the launch."""
        return self.severity is Severity.ERROR


def normalise_value(parameter: Parameter, value: Any) -> Any:
    """Return the canonical form of ``value``, or ``value`` itself where it has none (check_value says why)."""
    if value is None:
        return None
    match parameter.kind:
        case ParameterKind.INT if isinstance(value, float) and value.is_integer():
            return int(value)
        case ParameterKind.FLOAT if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return float(value) + 0.0  # turns -0.0 into 0.0, and keeps every digit
            except OverflowError:  # a whole number beyond every float
                return value
        case ParameterKind.BOOL if value in (0, 1):
            return bool(value)
        case ParameterKind.CHOICE:
            # YAML reads a bare No as false; and nobody means another choice by another case
            text = "No" if value is False else str(value)
            alike = [choice for choice in parameter.choices if str(choice).casefold() == text.casefold()]
            return next((choice for choice in alike if str(choice) == text), alike[0] if alike else value)
    return value


def check_value(parameter: Parameter, value: Any) -> str | None:
    """Return what is wrong with one normalised value, or None."""
    if value is None:
        return None if parameter.nullable else "cannot be empty; give it a value or remove it"
    match parameter.kind:
        case ParameterKind.BOOL:
            return None if isinstance(value, bool) else f"{shown(value)} is not a truth value; use true or false"
        case ParameterKind.CHOICE:
            if value in parameter.choices:
                return None
            return f"{shown(value)} is not a choice; {other_choice(parameter, value)}"
        case ParameterKind.INT:
            if isinstance(value, bool) or not isinstance(value, int):
                return f"{shown(value)} is not a whole number; use one such as {_example(parameter)}"
        case ParameterKind.FLOAT:
            if isinstance(value, bool) or not isinstance(value, float) or not math.isfinite(value):
                return f"{shown(value)} is not a number; use one such as {_example(parameter)}"
    return _check_range(parameter, value)


def other_choice(parameter: Parameter, value: Any) -> str:
    """Return what to write instead of a value that is none of the parameter's choices."""
    moved = parameter.moved_choices.get(str(value).casefold())
    if moved:
        return moved
    meant = closest(str(value), [str(choice) for choice in parameter.choices])
    return f"did you mean {meant}?" if meant else f"use one of {', '.join(map(str, parameter.choices))}"


def _check_range(parameter: Parameter, value: float) -> str | None:
    low, high = parameter.low, parameter.high
    if low is not None and (value < low or (parameter.low_open and value == low)):
        return f"{shown(value)} is too small: it must be {'above' if parameter.low_open else 'at least'} {low:.12g}"
    if high is not None and (value > high or (parameter.high_open and value == high)):
        return f"{shown(value)} is too large: it must be {'below' if parameter.high_open else 'at most'} {high:.12g}"
    return None


def _example(parameter: Parameter) -> ParamValue:
    return next((value for value in (*parameter.suggested, parameter.default) if value is not None), parameter.low)


def normalise_grid(library: Library, grids: Iterable[Grid]) -> tuple[dict[str, tuple[ParamValue, ...]], ...]:
    """Return the grids with canonical names (sorted) and values, each value once, in the order given."""
    catalog = _catalog(library)
    normalised = []
    for grid in grids:
        names: dict[str, tuple[ParamValue, ...]] = {}
        for name, values in grid.items():
            parameter = catalog.parameter(name)
            if parameter is None:
                names[name] = tuple(values)
                continue
            canonical = [normalise_value(parameter, value) for value in values]
            # two spellings of one parameter are both kept in sight, for check_grid to report
            key = name if parameter.name in {*names, *grid} else parameter.name
            names[key] = tuple({(type(value), value): value for value in canonical}.values())
        normalised.append(dict(sorted(names.items())))
    return tuple(normalised)


def check_grid(library: Library, task: TaskType, grids: Sequence[Grid]) -> list[Issue]:
    """Return what is wrong with normalised grids: names, values, and combinations at any of their points."""
    catalog = _catalog(library)
    if not grids:
        return [Issue("param_grid", "is empty; give at least one parameter a list of values, or use [{}]")]
    issues: list[Issue] = []
    for number, grid in enumerate(grids):
        prefix = "param_grid" if len(grids) == 1 else f"param_grid.{number}"
        found = list(_check_names_and_values(catalog, task, grid, prefix))
        issues += found or list(_check_combinations(catalog, task, grid, prefix))
    return issues


def unknown_name(catalog: LibraryCatalog, name: str) -> str:
    """Return what is wrong with a name that no parameter of the library has, and which one was probably meant."""
    if name in _DECIDED_ELSEWHERE:
        return f"is not for a grid to set: {_DECIDED_ELSEWHERE[name]}"
    if name.casefold() in _CLASS_WEIGHTS:
        instead = " or ".join(each for each in _WEIGHING if catalog.parameter(each))
        return f"is not for a grid to set: a weight for each class is no single value; write {instead}"
    if name.casefold() in _MEANT and catalog.parameter(_MEANT[name.casefold()]):
        return f"is not a parameter of {catalog.label} that a grid can set; write {_MEANT[name.casefold()]}"
    names = [each for parameter in catalog.parameters for each in (parameter.name, *parameter.aliases)]
    meant = closest(name, names)
    parameter = catalog.parameter(meant) if meant else None
    fix = f"did you mean {parameter.name}?" if parameter else f"see `python -m shared parameters {catalog.library}`"
    return f"is not a parameter of {catalog.label} that a grid can set; {fix}"


def _check_names_and_values(catalog: LibraryCatalog, task: TaskType, grid: Grid, prefix: str) -> Iterator[Issue]:
    for name, values in grid.items():
        field = f"{prefix}.{name}"
        parameter = catalog.parameter(name)
        if parameter is None:
            yield Issue(field, unknown_name(catalog, name))
        elif parameter.name != name:
            yield Issue(field, f"is another name of {parameter.name}, which the grid sets too; keep one of them")
        elif not values:
            yield Issue(field, "has no values; list at least one or remove it")
        elif task not in parameter.tasks:
            yield Issue(field, f"has no meaning for {task}; remove it")
        else:
            for value in values:
                problem = check_value(parameter, value)
                if problem:
                    yield Issue(field, problem)


def _check_combinations(catalog: LibraryCatalog, task: TaskType, grid: Grid, prefix: str) -> Iterator[Issue]:
    defaults = {parameter.name: parameter.default for parameter in catalog.parameters}
    for rule in catalog.rules:
        if task not in rule.tasks or not set(rule.reads) & set(grid):
            continue
        broken, points = breaches(rule, grid, defaults)
        if broken:
            names = ", ".join(name for name in rule.reads if name in grid)
            share = "" if broken == points else f" ({broken:,} of the {points:,} combinations of {names})"
            yield Issue(f"{prefix}.{rule.parameter}", rule.message + share, rule.severity)


def _catalog(library: Library) -> LibraryCatalog:
    from shared.catalog import library_catalog  # the package's table imports every library's module first

    return library_catalog(library)
