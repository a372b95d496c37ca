"""At how many points of a grid a rule is broken, without walking them.

A rule is asked before its parameters have values: what it reads first is what is tried first. As a rule that needs
``booster=dart`` reads nothing else of another booster, few of the combinations of all that it may read are tried. Where
two numbers bear on each other, the place from which on it is broken is found by halving.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from math import prod

from shared.catalog.model import Params, ParamValue, Rule

Grid = Mapping[str, Sequence[ParamValue]]


def breaches(rule: Rule, grid: Grid, defaults: Params) -> tuple[int, int]:
    """Return at how many combinations of what the rule reads it is broken, and how many there are."""
    values = {name: grid[name] for name in rule.reads if name in grid}
    counting = _Counting(rule, {name: found for name, found in values.items() if len(found) > 1})
    known = {name: value for name, value in defaults.items() if name not in values}
    known |= {name: found[0] for name, found in values.items() if len(found) == 1}
    return counting.broken(known), prod(map(len, values.values()))


class _Unknown(Exception):
    """Raised when a rule reads a parameter that has no value yet; ends nowhere but in this module."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class _Known(dict[str, ParamValue]):
    """The parameters that have a value."""

    def __missing__(self, name: str) -> ParamValue:
        raise _Unknown(name)


class _Counting:
    def __init__(self, rule: Rule, values: Grid) -> None:
        self._rule, self._values = rule, dict(values)
        rising = rule.rising
        if rising is not None and rising.name in values:
            self._values[rising.name] = sorted(values[rising.name], key=rising.by)

    def broken(self, known: Params) -> int:
        """Return at how many combinations of what has no value yet it is broken."""
        try:
            is_broken = self._rule.broken(_Known(known))
        except _Unknown as unknown:
            name = unknown.name
        else:
            return is_broken * prod(len(found) for other, found in self._values.items() if other not in known)
        if self._rule.rising is not None and name == self._rule.rising.name:
            try:
                return self._from_where(known, name)
            except _Unknown as unknown:  # that one first: halving needs all the others
                name = unknown.name
        return sum(self.broken({**known, name: value}) for value in self._values[name])

    def _from_where(self, known: Params, name: str) -> int:
        values = self._values[name]
        first = bisect.bisect_left(
            values, True, key=lambda value: bool(self._rule.broken(_Known({**known, name: value})))
        )
        others = prod(len(found) for other, found in self._values.items() if other != name and other not in known)
        return (len(values) - first) * others
