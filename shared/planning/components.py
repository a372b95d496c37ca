"""Which parameters of a grid must be looked at together.

A rule of the catalog names all that it may read; over the values of one grid most of that makes no difference. What
does is found by trying them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from shared.catalog import LibraryCatalog, ParamValue
from shared.catalog.model import Equivalence, Params, RoundsSharing
from shared.planning.same_model import Grid, with_defaults

#: combinations that a plan holds at once; a grid that has more is planned part by part
MOST_HELD = 8_000

#: a rule that sees more combinations than this is taken to depend on all that it reads
_MOST_TRIED = 20_000


@dataclass(frozen=True, slots=True)
class Components:
    """A grid's parameters, with what varies only as others do: points of different choices are different models."""

    #: what is read off the rounds of a fit, with what is linked to it
    read_off: set[str]
    #: what else decides which points share a fit and what a fit costs
    decisive: list[set[str]]
    #: the rest
    free: list[set[str]]
    #: those that tell models apart whatever the others are: points of two of their values are never one model
    telling: frozenset[str]

    @property
    def core(self) -> set[str]:
        """All that decides which points share a fit and what a fit costs."""
        return self.read_off.union(*self.decisive)


def split(catalog: LibraryCatalog, grid: Grid, seed: int) -> Components:
    """Return the grid's components; parameters of one value are in none."""
    values = _Values(catalog, grid, seed)
    components = [{name} for name, found in sorted(grid.items()) if len(found) > 1]
    for equivalence in catalog.equivalences:  # in their order: none reads what a later one changes
        link = values.apply(equivalence)
        joined = [each for each in components if each & link]
        components = [each for each in components if not each & link] + [link.union(*joined)]
    components = [each for each in components if each & grid.keys()]
    read_off = set[str]().union(*(each for each in components if each & catalog.read_off))
    others = [each for each in components if not each & read_off]
    decides = {*catalog.relative_cost_reads, *values.sharing_reads()}
    return Components(
        read_off,
        [each for each in others if each & decides],
        [each for each in others if not each & decides],
        frozenset(grid.keys() - values.merged),
    )


def parts(catalog: LibraryCatalog, grid: Grid) -> list[Grid]:
    """Return grids that make up the grid and have no model in common, so that more is free in each of them.

    Where a parameter is left to the library, what shares a fit may be another matter than where it is set.
    """
    changed = {equivalence.parameter for equivalence in catalog.equivalences}
    for name in catalog.rounds_sharing_reads:
        values = grid.get(name, ())
        if name not in changed and None in values and len(values) > 2:
            return [{**grid, name: (None,)}, {**grid, name: tuple(value for value in values if value is not None)}]
    return [grid]


def divided(catalog: LibraryCatalog, grid: Grid, seed: int) -> Iterator[tuple[Grid, Components]]:
    """Yield grids that make up the grid, have no model in common and are small enough to hold, with their components.

    The costliest come first, as far as one parameter at a time tells.
    """
    components = split(catalog, grid, seed)
    names = _too_many(grid, components)
    dividing = sorted(
        (each for each in names & components.telling if len(grid[each]) > 1),
        key=lambda each: (each in components.read_off, each not in catalog.relative_cost_reads, -len(grid[each]), each),
    )
    if not dividing:
        yield grid, components
        return
    name = dividing[0]
    first = with_defaults(catalog.library, {each: values[0] for each, values in grid.items()}, seed)
    costliest = sorted(grid[name], key=lambda value: -catalog.relative_cost({**first, name: value}))
    step = max(1, len(costliest) * MOST_HELD // _combinations(grid, names))
    for start in range(0, len(costliest), step):
        some = set(costliest[start : start + step])
        yield from divided(catalog, {**grid, name: tuple(each for each in grid[name] if each in some)}, seed)


def _too_many(grid: Grid, components: Components) -> set[str]:
    """Return the parameters of which all combinations would be held at once, where these are too many."""
    for names in (components.core, *components.free):
        if _combinations(grid, names) > MOST_HELD:
            return names
    return set()


def _combinations(grid: Grid, names: set[str]) -> int:
    return prod(len(grid[each]) for each in names & grid.keys())


class _Values:
    """What values the parameters take over a grid, as far as equivalences have been applied."""

    def __init__(self, catalog: LibraryCatalog, grid: Grid, seed: int) -> None:
        self._catalog = catalog
        #: the value of each that has one only
        self._full = with_defaults(catalog.library, {name: values[0] for name, values in grid.items()}, seed)
        #: None where they are not known
        self._found: dict[str, Collection[ParamValue] | None] = {name: (value,) for name, value in self._full.items()}
        self._found.update(grid)
        #: the parameters of which some value stands for another
        self.merged: set[str] = set()

    def apply(self, equivalence: Equivalence) -> set[str]:
        """Apply it; return the parameters that it connects, none where it looks at each value by itself."""
        name, reads = equivalence.parameter, (equivalence.parameter, *equivalence.reads)
        varying = self._varying(reads)
        results = self._results(varying, equivalence.canonical)
        if results is None:
            self._found[name] = None
            self.merged.add(name)
        else:
            if name in varying and _merges(varying.index(name), results):
                self.merged.add(name)
            self._found[name] = found = tuple(dict.fromkeys(results.values()))
            self._full[name] = found[0]
            varying = _decisive(varying, results)
        return {name, *varying} if {*varying} - {name} else set()

    def sharing_reads(self) -> set[str]:
        """Return the parameters on which it depends whether trials that differ in rounds share a fit."""
        varying = self._varying(self._catalog.rounds_sharing_reads)
        results = self._results(varying, lambda params: self._catalog.rounds_sharing(params) is RoundsSharing.NONE)
        return set(varying if results is None else _decisive(varying, results))

    def _varying(self, names: Collection[str]) -> list[str]:
        return [name for name in names if (found := self._found[name]) is None or len(found) > 1]

    def _results(
        self, names: list[str], function: Callable[[Params], ParamValue]
    ) -> dict[tuple[ParamValue, ...], ParamValue] | None:
        """Return what the function makes of each combination of the values; None where that is too much to try."""
        found = [self._found[name] for name in names]
        if None in found or prod(map(len, known := [each for each in found if each is not None])) > _MOST_TRIED:
            return None
        return {
            values: function(self._full | dict(zip(names, values, strict=True))) for values in itertools.product(*known)
        }


def _merges(i: int, results: Mapping[tuple[ParamValue, ...], ParamValue]) -> bool:
    """Whether a value at position ``i`` of the keys has several results, or shares one with another value."""
    of_value: dict[ParamValue, ParamValue] = {}
    is_one = all(of_value.setdefault(key[i], result) == result for key, result in results.items())
    return not is_one or len(set(of_value.values())) < len(of_value)


def _decisive(names: Sequence[str], results: Mapping[tuple[ParamValue, ...], ParamValue]) -> list[str]:
    """Return those of the names whose value makes a difference to the result, whatever the others are."""
    return [name for i, name in enumerate(names) if _differs(i, results)]


def _differs(i: int, results: Mapping[tuple[ParamValue, ...], ParamValue]) -> bool:
    """Whether results differ between keys that differ only at position ``i``."""
    first: dict[tuple[ParamValue, ...], ParamValue] = {}
    return any(first.setdefault(key[:i] + key[i + 1 :], result) != result for key, result in results.items())
