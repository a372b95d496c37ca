"""A grid as people write it, in YAML, JSON or Python, with the form's grammar: from it to lists of values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from shared.catalog import Library, LibraryCatalog, Parameter, ParamValue, library_catalog
from shared.catalog.model import ParameterKind, Severity
from shared.catalog.validation import Issue, normalise_value, unknown_name
from shared.domain.foreign_grids import in_our_words
from shared.domain.spec_fields import MOST_EXPLAINED
from shared.errors import FieldError
from shared.grid_expression import (
    MAX_VALUES,
    GridExpressionError,
    one_text_of_two,
    parse,
    repeated,
    syntax_hint,
    told_once,
    value_text,
)
from shared.wording import counted, other_digits, shown

Grid = dict[str, tuple[ParamValue, ...]]

_DATE = re.compile(r"\s*\d{4}([-/])\d{1,2}\1\d{1,2}([T ].*)?\s*")

_EXAMPLE = "a mapping of parameters to lists of values, such as {n_estimators: [100, 200]}"


class GridReading:
    """What a spec's grids hold, and what is wrong or odd about how they are written."""

    def __init__(self, library: Library, raw: Any) -> None:
        self._catalog = library_catalog(library)
        self.grids: list[Grid] = []
        self.errors: list[FieldError] = []
        self.warnings: list[Issue] = []
        several = isinstance(raw, list | tuple)
        for number, grid in enumerate(raw if several else [raw]):
            field = f"param_grid.{number}" if several and len(raw) > 1 else "param_grid"
            if isinstance(grid, Mapping):
                self._read(field, grid)
            else:
                self._refuse(field, f"{shown(grid)} cannot be used; write {_EXAMPLE}")

    def _read(self, field: str, grid: Mapping[Any, Any]) -> None:
        if len(self.errors) >= MOST_EXPLAINED:
            return
        every = sum(1 + len(parameter.aliases) for parameter in self._catalog.parameters)
        if len(grid) > every:
            label, settable = self._catalog.label, counted(len(self._catalog.parameters), "parameter")
            self._refuse(field, f"has {len(grid):,} names, and {label} has {settable}; remove those that are none")
            return
        read: Grid = {}
        for name, written in grid.items():
            parameter = self._catalog.parameter(name) if isinstance(name, str) else None
            if parameter is None:  # judged before its values: their shape is not what is wrong
                self._refuse(f"{field}.{name if isinstance(name, str) else shown(name)}", self._unknown(name))
            else:
                read[str(name)] = self._values(f"{field}.{name}", parameter, written)
        self.grids.append(read)

    def _unknown(self, name: Any) -> str:
        return unknown_name(self._catalog, name) if isinstance(name, str) else _not_a_name(self._catalog, name)

    def _values(self, field: str, parameter: Parameter, written: Any) -> tuple[ParamValue, ...]:
        if isinstance(written, str):
            parsed = self._parsed(field, parameter, written)
            if parsed and parameter.kind is not ParameterKind.CHOICE:
                self._tell_repeated(field, parameter, repeated(written, parameter), parsed)
            return parsed
        if isinstance(written, bool | int | float):
            return (written,)
        if not isinstance(written, list | tuple):
            self._refuse(field, _no_list(parameter, written))
            return ()
        if len(written) > MAX_VALUES:
            self._refuse(field, f"{len(written):,} values are too many; {MAX_VALUES:,} is the most")
            return ()
        values: list[ParamValue] = []
        for each in written:
            if isinstance(each, str):
                values += self._parsed(field, parameter, each, in_list=True)
            elif each is None or isinstance(each, bool | int | float):
                values.append(each)
            else:
                self._refuse(field, f"{shown(each)} cannot be a value; write {_example(parameter)}")
            if len(values) > MAX_VALUES:
                self._refuse(field, f"these are more than {MAX_VALUES:,} values; write fewer, or a wider step")
                return ()
        normal = [normalise_value(parameter, value) for value in values]
        counts = Counter((type(value), value) for value in normal)
        self._tell_repeated(field, parameter, [value for (_, value), count in counts.items() if count > 1], values)
        return tuple(values)

    def _tell_repeated(
        self, field: str, parameter: Parameter, again: Sequence[ParamValue], values: Sequence[ParamValue]
    ) -> None:
        if again:
            numbers = [_number(value) for value in values]
            whole = parameter.kind is ParameterKind.FLOAT and all(n is not None and n == int(n) for n in numbers)
            self.warnings.append(Issue(field, told_once(again, whole), Severity.WARNING))

    def _parsed(self, field: str, parameter: Parameter, text: str, in_list: bool = False) -> tuple[ParamValue, ...]:
        choice = normalise_value(parameter, text) if parameter.kind is ParameterKind.CHOICE else text
        if choice in parameter.choices:
            return (choice,)
        two = one_text_of_two(text) if in_list and parameter.kind is ParameterKind.INT else None
        if two:
            self._refuse(field, two)
            return ()
        odd = _odd_text(parameter, text)
        if odd:
            self._refuse(field, odd)
            return ()
        try:
            values = parse(text, parameter)
        except GridExpressionError as error:
            place = f" (at character {error.position + 1} of {shown(text)})" if error.position else ""
            self._refuse(field, error.message + place)
            return ()
        if in_list and values == (None,):
            message = f"{shown(text)} is read as null, by which the library decides; write null"
            self.warnings.append(Issue(field, message, Severity.WARNING))
        return values

    def _refuse(self, field: str, message: str) -> None:
        self.errors.append(FieldError(field, message))


def _odd_text(parameter: Parameter, text: str) -> str | None:
    """Return what a text is that looks like numbers and is none, and the fix: a date, or digits of another base."""
    if _DATE.fullmatch(text):
        return f"{shown(text)} is a date, which no parameter takes; write {_example(parameter)}"
    number = other_digits(text)
    return f"{shown(text)} is not written in decimal digits; write {number}" if number is not None else None


def _not_a_name(catalog: LibraryCatalog, name: Any) -> str:
    return f"{shown(name)} is not a name; see `python -m shared parameters {catalog.library}`"


def _no_list(parameter: Parameter, written: Any) -> str:
    if written is None:
        fix = "write [null] to leave it to the library, or remove it" if parameter.nullable else "list at least one"
        return f"has no values; {fix}"
    return f"{shown(written)} is not a list of values; write {_example(parameter, written)}"


def _example(parameter: Parameter, written: Any = None) -> str:
    """Return what to write for the parameter instead, of a range or a list of another program the same values."""
    ours = in_our_words(parameter, written) if isinstance(written, Mapping) else None
    if ours:
        return ours
    suggested = parameter.suggested or next(iter(parameter.grids.values()), ()) or parameter.choices
    if suggested:
        return f"a list, such as [{', '.join('null' if v is None else value_text(v) for v in suggested[:4])}]"
    return f"a list of {syntax_hint(parameter)}"


def _number(value: Any) -> float | None:
    usual = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return value if usual else None
