"""How large a grid is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from shared.catalog import Library, library_catalog
from shared.catalog.model import Params
from shared.domain import SweepSpec
from shared.planning.components import parts, split
from shared.planning.grid_plan import all_groups, grid_plans
from shared.planning.same_model import Grid

#: not the default, so that what depends on a seed is seen to
_SOME_SEED = 1


@dataclass(frozen=True, slots=True)
class GridSize:
    """What a spec asks for."""

    #: combinations as written
    points: int
    #: distinct models among them
    trials: int
    #: trainings, over all folds: trials that share one are counted once
    fits: int


def grid_size(spec: SweepSpec) -> GridSize:
    """Return the spec's size, without walking its points where it is one grid."""
    written = sum(prod(len(values) for values in grid.values()) for grid in spec.param_grid)
    plans = grid_plans(spec)
    if len(spec.param_grid) == 1:
        trials = sum(plan.free_combinations * sum(len(fit.read_off) for fit in plan.fits) for plan in plans)
        fits = sum(plan.free_combinations * len(plan.fits) for plan in plans)
        return GridSize(written, trials, fits * spec.folds)
    seen: set[bytes] = set()
    fits = 0
    for _, group in all_groups(plans):
        identities = {_identity(full) for _, full in group}
        fits += not identities <= seen
        seen |= identities
    return GridSize(written, len(seen), fits * spec.folds)


def _identity(full: Params) -> bytes:
    """Return what tells models apart, in a tenth of the memory of their parameters."""
    return hashlib.blake2b(repr(tuple(full.values())).encode(), digest_size=16).digest()


def combinations_to_compare(library: Library, grids: Sequence[Grid]) -> int:
    """Return how many combinations grid_size compares: every point of several grids, of one those of each component."""
    if len(grids) > 1:
        return sum(prod(map(len, grid.values())) for grid in grids)
    catalog, (grid,) = library_catalog(library), grids
    most = 1
    for part in parts(catalog, grid):
        components = split(catalog, part, _SOME_SEED)
        for each in (components.core, *components.free):
            most = max(most, prod(len(part[name]) for name in each & part.keys()))
    return most
