"""From a trial back to the first point of a grid that is its model, as the grid writes it. Pure and lazy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from shared.catalog import ParamValue, library_catalog
from shared.catalog.model import Params
from shared.domain import SweepSpec
from shared.planning.components import MOST_HELD, split
from shared.planning.same_model import Grid, full_params

#: parts of a large grid of which the choices are kept
_PARTS_KEPT = 256


@dataclass(frozen=True, slots=True)
class WrittenPoint:
    """A point of a spec as it is written there."""

    params: dict[str, ParamValue]
    #: where it stands among all points: the number of its grid, then that of each value, keys sorted
    order: tuple[int, ...]


class WrittenPoints:
    """Finds the points of one spec; keep it where many are asked for."""

    def __init__(self, spec: SweepSpec) -> None:
        self._spec = spec
        self._grids = [_Grid(spec, grid) for grid in spec.param_grid]

    def first(self, canonical: Params) -> WrittenPoint | None:
        """Return the first point that is the model of these canonical parameters; None where none is."""
        for number, grid in enumerate(self._grids):
            found = grid.find(canonical)
            if found is not None:
                written = self._spec.param_grid[number]
                places = (written[name].index(value) for name, value in sorted(found.items()))
                return WrittenPoint(found, (number, *places))
        return None


@dataclass(frozen=True, eq=False)
class _This:
    """A spec as the object that it is: comparing a large one takes longer than finding a point."""

    spec: SweepSpec

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _This) and other.spec is self.spec

    def __hash__(self) -> int:
        return id(self.spec)


@lru_cache(maxsize=16)
def _points_of(this: _This) -> WrittenPoints:
    return WrittenPoints(this.spec)


def written_points(spec: SweepSpec) -> WrittenPoints:
    """Return what finds the spec's points, kept for the specs that were asked for last."""
    return _points_of(_This(spec))


class _Component:
    """Parameters of a grid that are looked at together."""

    def __init__(self, spec: SweepSpec, grid: Grid, component: set[str]) -> None:
        self._spec, self._grid = spec, grid
        self.names, self._affected = sorted(component & grid.keys()), sorted(component)
        self.is_large = prod(len(grid[name]) for name in self.names) > MOST_HELD
        self._first_of = {} if self.is_large else self._kept()

    def find(self, canonical: Params) -> dict[str, ParamValue] | None:
        """Return the first choice whose canonical values these are."""
        wanted = tuple(canonical.get(name) for name in self._affected)
        if not self.is_large:
            return self._first_of.get(wanted)
        return next((choice for choice, found in self._choices() if found == wanted), None)

    def _kept(self) -> dict[tuple[ParamValue, ...], dict[str, ParamValue]]:
        first: dict[tuple[ParamValue, ...], dict[str, ParamValue]] = {}
        for choice, found in self._choices():
            first.setdefault(found, choice)
        return first

    def _choices(self) -> Iterator[tuple[dict[str, ParamValue], tuple[ParamValue, ...]]]:
        others = {name: values[0] for name, values in self._grid.items()}
        for values in itertools.product(*(self._grid[name] for name in self.names)):
            choice = dict(zip(self.names, values, strict=True))
            full = full_params(self._spec.library, others | choice, self._spec.seed)
            yield choice, tuple(full[name] for name in self._affected)


class _Grid:
    """One grid, or a part of it in which some parameters have one value."""

    def __init__(self, spec: SweepSpec, grid: Grid) -> None:
        self._spec, self._grid = spec, grid
        components = split(library_catalog(spec.library), grid, spec.seed)
        joined = [*components.decisive, *components.free, *([components.read_off] if components.read_off else [])]
        self._components = [_Component(spec, grid, each) for each in joined]
        #: of large components, the parameters that tell models apart: each alone leads to its value
        self._telling = [
            _Component(spec, grid, {name})
            for each in self._components
            if each.is_large
            for name in each.names
            if name in components.telling and len(grid[name]) > 1
        ]
        self._parts: dict[tuple[ParamValue, ...], _Grid] = {}
        first = full_params(spec.library, {name: values[0] for name, values in grid.items()}, spec.seed)
        together = set().union(*joined)
        #: what is the same of all its points
        self._common = {name: value for name, value in first.items() if name not in together}

    def find(self, canonical: Params) -> dict[str, ParamValue] | None:
        """Return the first point that may be the one with these canonical values."""
        if self._telling:
            return self._find_in_part(canonical)
        if any(canonical.get(name) != value for name, value in self._common.items()):
            return None
        found = {name: values[0] for name, values in self._grid.items()}
        for component in self._components:
            choice = component.find(canonical)
            if choice is None:
                return None
            found |= choice
        return found

    def _find_in_part(self, canonical: Params) -> dict[str, ParamValue] | None:
        fixed: dict[str, ParamValue] = {}
        for each in self._telling:
            choice = each.find(canonical)
            if choice is None:
                return None
            fixed |= choice
        key = tuple(fixed.values())
        if key not in self._parts:
            if len(self._parts) >= _PARTS_KEPT:
                self._parts.clear()
            self._parts[key] = _Grid(self._spec, {**self._grid, **{name: (value,) for name, value in fixed.items()}})
        return self._parts[key].find(canonical)
