"""Why points are one model, in words: the equivalences of the catalog that make them so. Pure and lazy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from math import prod

from shared.catalog import Library, LibraryCatalog, ParamValue, library_catalog
from shared.catalog.model import Params
from shared.planning.same_model.canonical import Grid, full_params, with_defaults

#: why a point is one trial with itself
WRITTEN_AGAIN = "more than one grid has it"

#: points that are looked at for one equivalence, or one of several grids; beyond, a reason may stay unnamed
_MOST_TRIED = 2_000


def why_same(library: Library, one: Params, other: Params, seed: int) -> tuple[str, ...]:
    """Return why two points that are one model are: a reason for each parameter in which they are written differently.

    They may leave parameters out, and are written alike where the default is what the other has: then it is empty.
    """
    catalog = library_catalog(library)
    first, second = with_defaults(library, one, seed), with_defaults(library, other, seed)
    apart = {name for name in first if first[name] != second[name]}
    reasons: dict[str, str] = {}
    for equivalence in catalog.equivalences:
        name = equivalence.parameter
        differed = first[name] != second[name]
        first[name], second[name] = equivalence.canonical(first), equivalence.canonical(second)
        if first[name] != second[name]:
            reasons.pop(name, None)
        elif differed and name in apart:
            reasons[name] = equivalence.why
    return tuple(reasons.values())


def merging_reasons(library: Library, grids: Sequence[Grid], seed: int) -> tuple[str, ...]:
    """Return why points of these grids are the same model as another, in the catalog's order.

    Each reason is seen at points of the grids; where very many values bear on each other, one may be missed.
    """
    first: dict[tuple[ParamValue, ...], Params] = {}
    found: set[str] = set()
    for point in itertools.chain.from_iterable(_telling_points(library, grid, len(grids) > 1) for grid in grids):
        found.update(why_same(library, first.setdefault(_identity(library, point, seed), point), point, seed))
    whys = dict.fromkeys(each.why for each in library_catalog(library).equivalences if each.why in found)
    return (*whys, WRITTEN_AGAIN) if _overlap(library, grids, seed) else tuple(whys)


def _identity(library: Library, point: Params, seed: int) -> tuple[ParamValue, ...]:
    return tuple(full_params(library, point, seed).values())


def _telling_points(library: Library, grid: Grid, beside_others: bool) -> Iterator[Params]:
    """Yield points among which each equivalence shows what it does to the grid; ``beside_others`` any others too."""
    catalog = library_catalog(library)
    walked: list[set[str]] = []
    for equivalence in catalog.equivalences:
        name = equivalence.parameter
        varying = {each for each in _bearing(catalog, name) if len(grid.get(each, ())) > 1}
        if name not in varying or any(varying <= earlier for earlier in walked):
            continue
        close = [*equivalence.reads, name]  # these vary fastest, should there be too many to try
        order = sorted(varying, key=lambda each: (close.index(each) if each in close else -1, each))
        if prod(len(grid[each]) for each in order) <= _MOST_TRIED:
            walked.append(varying)
        yield from _points(grid, order)
    if beside_others:
        yield from _points(grid, sorted(grid))


def _points(grid: Grid, varying: list[str]) -> Iterator[Params]:
    """Yield the first points in which these parameters vary, the last one fastest, and the others do not."""
    fixed = {name: values[0] for name, values in grid.items()}
    for values in itertools.islice(itertools.product(*(grid[name] for name in varying)), _MOST_TRIED):
        yield fixed | dict(zip(varying, values, strict=True))


def _bearing(catalog: LibraryCatalog, name: str) -> set[str]:
    """Return the parameters that decide which values of this one are the same, all others being equal."""
    affected = {name}
    for equivalence in catalog.equivalences:
        if affected.intersection(equivalence.reads):
            affected.add(equivalence.parameter)
    bearing = set(affected)
    for equivalence in reversed(catalog.equivalences):
        if equivalence.parameter in bearing:
            bearing.update(equivalence.reads)
    return bearing


def _overlap(library: Library, grids: Sequence[Grid], seed: int) -> bool:
    """Whether two of the grids have a point in common, as written or by a default."""
    defaults = with_defaults(library, {}, seed)

    def common(one: Grid, other: Grid) -> bool:
        names = one.keys() | other.keys()
        return all({*one.get(name, (defaults[name],))} & {*other.get(name, (defaults[name],))} for name in names)

    return any(itertools.starmap(common, itertools.combinations(grids, 2)))
