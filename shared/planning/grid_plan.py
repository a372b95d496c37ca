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
from shared.planning.spread import Spread, is_chosen

#: a grid that is divided into more parts than this is spread by choosing among them
_FEW_PARTS = 50


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
    #: where it stands among the plan's fits, in the grid's order
    number: int = 0


#: a fit with its points, as written and in full
Group = tuple[Fit, list[tuple[dict[str, ParamValue], dict[str, ParamValue]]]]


class GridPlan:
    """One grid's distinct points, grouped into fits, the costliest first."""

    def __init__(self, spec: SweepSpec, grid: Grid, components: Components, spread_one_of: int = 10) -> None:
        self._spread_one_of = spread_one_of
        self._catalog = library_catalog(spec.library)
        self._grid = grid
        first = {name: values[0] for name, values in sorted(grid.items())}
        self._first = Choice(first, full_params(spec.library, first, spec.seed))
        self._plain = with_defaults(spec.library, first, spec.seed)
        self._free = [self._choices(each) for each in components.free]
        decisive = [self._choices(each) for each in components.decisive]
        self._in_order = list(self._fits(decisive, self._choices(components.read_off)))
        self.fits = sorted(self._in_order, key=lambda fit: -fit.cost)
        self._lengths = self._coordinates(list(map(len, decisive)))
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
        cost, numbers = self._catalog.relative_cost, itertools.count()
        for choices in itertools.product(*decisive):
            common = functools.reduce(operator.or_, choices) if choices else Choice({}, {})
            full = first | common.canonical
            if len(read_off) == 1:
                yield Fit(common, read_off, cost(full), next(numbers))
                continue
            is_shared = self._catalog.rounds_sharing(full) is not RoundsSharing.NONE
            for group in together if is_shared else alone:
                yield Fit(common, group, max(cost(full | each.canonical) for each in group), next(numbers))

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

    @functools.cached_property
    def _spread(self) -> Spread:
        return Spread([*self._lengths, *map(len, self._free)], self._spread_one_of)

    def _coordinates(self, decisive: list[int]) -> list[int]:
        """Return how many choices there are of each that the numbers of the fits count."""
        each, rest = divmod(len(self._in_order), prod(decisive))
        # where some choices share fits and others do not, the fits have no coordinates but their number
        return [len(self._in_order)] if rest else [*decisive, each]

    def groups(self) -> Iterator[Group]:
        """Yield each fit with its points, the costliest first."""
        for fit in self.fits:
            core = self._first | fit.common
            for combination in itertools.product(*self._free):
                yield _group(fit, core, combination)

    def spread_groups(self) -> Iterator[Group]:
        """Yield a tenth of the groups, or what else was asked for, spread over the plan's grid."""
        for number in self._spread:
            at, rest = divmod(number, self.free_combinations)
            combination: list[Choice] = []
            for choices in reversed(self._free):
                rest, place = divmod(rest, len(choices))
                combination.insert(0, choices[place])
            fit = self._in_order[at]
            yield _group(fit, self._first | fit.common, combination)

    def other_groups(self) -> Iterator[Group]:
        """Yield the groups that are not in the spread tenth, the costliest first."""
        combinations = self.free_combinations
        for fit in self.fits:
            core = self._first | fit.common
            begin = fit.number * combinations
            others = self._spread.others(begin, begin + combinations)
            for combination in itertools.compress(itertools.product(*self._free), others):
                yield _group(fit, core, combination)

    @property
    def spread_count(self) -> int:
        """How many groups the spread tenth has."""
        return self._spread.count


def _group(fit: Fit, core: Choice, combination: Iterable[Choice]) -> Group:
    written, full = core.written, core.canonical
    for choice in combination:
        written = written | choice.written
        full = full | choice.canonical
    return fit, [(written | each.written, full | each.canonical) for each in fit.read_off]


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


def groups_to_do(spec: SweepSpec) -> Iterator[Group]:
    """Yield the groups of a spec of one grid as they are worked on: a tenth spread over it, then the costliest first.

    So the first results tell of the whole grid, and the last ones are of the smallest fits. Of a grid that is divided
    into many parts, the tenth is every tenth part or so: making each of them twice would take as long as all the rest.
    """
    streams = [_spread_in(spec, part) for part in _parts(spec)]
    yield from (group for _, group in heapq.merge(*streams, key=lambda placed: placed[0]))
    others = (_others_in(spec, part) for part in _parts(spec))
    yield from heapq.merge(*others, key=lambda group: -group[0].cost)


def _spread_in(spec: SweepSpec, grid: Grid) -> Iterator[tuple[float, Group]]:
    """Yield the spread groups of a grid, with how far on they are."""
    are_many = _is_divided_into_many(spec, grid)
    for number, (part, components) in enumerate(divided(library_catalog(spec.library), grid, spec.seed)):
        if are_many and not is_chosen(number):
            continue
        plan = GridPlan(spec, part, components, spread_one_of=1 if are_many else 10)
        for place, group in enumerate(plan.spread_groups()):
            yield number + place / plan.spread_count, group


def _others_in(spec: SweepSpec, grid: Grid) -> Iterator[Group]:
    are_many = _is_divided_into_many(spec, grid)
    for number, (part, components) in enumerate(divided(library_catalog(spec.library), grid, spec.seed)):
        if not are_many:
            yield from GridPlan(spec, part, components).other_groups()
        elif not is_chosen(number):
            yield from GridPlan(spec, part, components).groups()


def _is_divided_into_many(spec: SweepSpec, grid: Grid) -> bool:
    parts_of_grid = divided(library_catalog(spec.library), grid, spec.seed)
    return next(itertools.islice(parts_of_grid, _FEW_PARTS, None), None) is not None


def _parts(spec: SweepSpec) -> Iterator[Grid]:
    catalog = library_catalog(spec.library)
    return (part for grid in spec.param_grid for part in parts(catalog, grid))


def _plans(spec: SweepSpec, grid: Grid) -> Iterator[GridPlan]:
    catalog = library_catalog(spec.library)
    return (GridPlan(spec, part, components) for part, components in divided(catalog, grid, spec.seed))
