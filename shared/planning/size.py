"""How large a grid is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
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


#: combinations that are compared for being one model where somebody waits; beyond, a size is given as an upper bound
MOST_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class GridSize:
    """What a spec asks for."""

    #: combinations as written
    points: int
    #: distinct models among them
    trials: int
    #: trainings, over all folds: trials that share one are counted once
    fits: int


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What one walk over a spec's parts tells of all its tasks: made once, by whoever needs it first."""

    size: GridSize
    #: trainings on one fold, those of overlapping grids counted for each
    fits_a_fold: int
    #: their cost together, in the catalog's units
    cost: float


def count_points(grids: Iterable[Grid]) -> int:
    """Return how many combinations the grids have as written."""
    return sum(prod(map(len, grid.values())) for grid in grids)


def plan_sweep(spec: SweepSpec) -> SweepPlan:
    """Return the spec's plan, without walking its points where it is one grid and few bear on each other."""
    written = count_points(spec.param_grid)
    trials = fits = 0
    cost = 0.0
    for plan in grid_plans(spec):
        trials += plan.free_combinations * sum(len(fit.read_off) for fit in plan.fits)
        fits += plan.free_combinations * len(plan.fits)
        cost += plan.cost
    if len(spec.param_grid) > 1:
        trials, distinct = _distinct(spec)
        return SweepPlan(GridSize(written, trials, distinct * spec.folds), fits, cost)
    return SweepPlan(GridSize(written, trials, fits * spec.folds), fits, cost)


def grid_size(spec: SweepSpec) -> GridSize:
    """Return the spec's size."""
    return plan_sweep(spec).size


def _distinct(spec: SweepSpec) -> tuple[int, int]:
    """Return the distinct trials of grids that may overlap, and the fits that answer them."""
    seen: set[bytes] = set()
    fits = 0
    for _, group in all_groups(spec):
        identities = {_identity(full) for _, full in group}
        fits += not identities <= seen
        seen |= identities
    return len(seen), fits


def _identity(full: Params) -> bytes:
    """Return what tells models apart, in a tenth of the memory of their parameters."""
    return hashlib.blake2b(repr(tuple(full.values())).encode(), digest_size=16).digest()


def combinations_to_compare(library: Library, grids: Sequence[Grid]) -> int:
    """Return how many combinations grid_size compares: every point of several grids, of one those of each component."""
    if len(grids) > 1:
        return count_points(grids)
    catalog, (grid,) = library_catalog(library), grids
    most = 1
    for part in parts(catalog, grid):
        components = split(catalog, part, _SOME_SEED)
        for each in (components.core, *components.free):
            most = max(most, prod(len(part[name]) for name in each & part.keys()))
    return most
