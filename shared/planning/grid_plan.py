"""One grid's distinct points, grouped into fits."""

from __future__ import annotations

import functools
import heapq
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from shared.catalog import ParamValue, library_catalog
from shared.catalog.model import RoundsSharing
from shared.domain import SweepSpec
from shared.planning.components import Components, divided, parts
from shared.planning.same_model import Grid, full_params, with_defaults


@dataclass(frozen=True, slots=True)
class Choice:
    """Values for the parameters of a component, as written and as the canonical parameters that follow."""

    written: dict[str, ParamValue]
    canonical: dict[str, ParamValue]

    def __or__(self, other: Choice) -> Choice:
        """Return both choices together."""
        return Choice(self.written | other.written, self.canonical | other.canonical)


@dataclass(frozen=True, slots=True)
class Fit:
    """Points of the core that share a fit."""

    #: what they have in common
    common: Choice
    #: what is read off the fit's rounds for each of them
    read_off: Sequence[Choice]
    cost: float


#: a fit with its points, as written and in full
Group = tuple[Fit, list[tuple[dict[str, ParamValue], dict[str, ParamValue]]]]


class GridPlan:
    """One grid's distinct points, grouped into fits, the costliest first."""

    def __init__(self, spec: SweepSpec, grid: Grid, components: Components) -> None:
        self._catalog = library_catalog(spec.library)
        self._grid = grid
        first = {name: values[0] for name, values in sorted(grid.items())}
        self._first = Choice(first, full_params(spec.library, first, spec.seed))
        self._plain = with_defaults(spec.library, first, spec.seed)
        self._free = [self._choices(each) for each in components.free]
        self.fits = sorted(
            self._fits(map(self._choices, components.decisive), self._choices(components.read_off)),
            key=lambda fit: -fit.cost,
        )
        #: how much all fits cost, a fold
        self.cost = self.free_combinations * sum(fit.cost for fit in self.fits)

    def _choices(self, component: set[str]) -> list[Choice]:
        """Return the component's distinct choices; of those that are one model, the first."""
        names, affected = sorted(component & self._grid.keys()), sorted(component)
        # what changes nothing here, and what no rule reads, is as it is at the first point
        equivalences = [each for each in self._catalog.equivalences if each.parameter in component]
        base = self._first.canonical | {name: self._plain[name] for name in affected}
        distinct: dict[tuple[ParamValue, ...], Choice] = {}
        for values in itertools.product(*(self._grid[name] for name in names)):
            written = dict(zip(names, values, strict=True))
            full = base | written
            for each in equivalences:
                full[each.parameter] = each.canonical(full)
            key = tuple([full[name] for name in affected])
            if key not in distinct:
                distinct[key] = Choice(written, dict(zip(affected, key, strict=True)))
        return list(distinct.values())

    def _fits(self, decisive: Iterable[list[Choice]], read_off: list[Choice]) -> Iterator[Fit]:
        """Yield the fits of the core."""
        alone = [[choice] for choice in read_off]
        together = list(self._by_fit(read_off))
        first = self._first.canonical | read_off[0].canonical
        cost = self._catalog.relative_cost
        for choices in itertools.product(*decisive):
            common = functools.reduce(operator.or_, choices) if choices else Choice({}, {})
            full = first | common.canonical
            if len(read_off) == 1:
                yield Fit(common, read_off, cost(full))
                continue
            is_shared = self._catalog.rounds_sharing(full) is not RoundsSharing.NONE
            for group in together if is_shared else alone:
                yield Fit(common, group, max(cost(full | each.canonical) for each in group))

    def _by_fit(self, read_off: list[Choice]) -> Iterable[list[Choice]]:
        """Return the choices in lists of those that differ in what is read off the rounds only."""
        groups: dict[object, list[Choice]] = {}
        for choice in read_off:
            key = tuple((k, v) for k, v in choice.canonical.items() if k not in self._catalog.read_off)
            groups.setdefault(key, []).append(choice)
        return groups.values()

    @property
    def free_combinations(self) -> int:
        """How often each fit comes: with every combination of what decides nothing."""
        return prod(map(len, self._free))

    def groups(self) -> Iterator[Group]:
        """Yield each fit with its points."""
        for fit in self.fits:
            core = self._first | fit.common
            for combination in itertools.product(*self._free):
                written, full = core.written, core.canonical
                for choice in combination:
                    written = written | choice.written
                    full = full | choice.canonical
                yield fit, [(written | each.written, full | each.canonical) for each in fit.read_off]


def grid_plans(spec: SweepSpec) -> Iterator[GridPlan]:
    """Yield the plans that make up the spec's grids, made one at a time; those of one grid have no model in common."""
    for part in _parts(spec):
        yield from _plans(spec, part)


def all_groups(spec: SweepSpec) -> Iterator[Group]:
    """Yield the groups of all plans, the costliest first, as far as they are in memory together.

    One may answer what smaller ones have in common with it.
    """
    streams = (itertools.chain.from_iterable(plan.groups() for plan in _plans(spec, part)) for part in _parts(spec))
    return heapq.merge(*streams, key=lambda group: -group[0].cost)


def _parts(spec: SweepSpec) -> Iterator[Grid]:
    catalog = library_catalog(spec.library)
    return (part for grid in spec.param_grid for part in parts(catalog, grid))


def _plans(spec: SweepSpec, grid: Grid) -> Iterator[GridPlan]:
    catalog = library_catalog(spec.library)
    return (GridPlan(spec, part, components) for part, components in divided(catalog, grid, spec.seed))
