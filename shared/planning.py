"""From a spec to its trials and tasks: pure, lazy, the same everywhere.

A grid's parameters fall in two parts. The *core* is what decides how trials relate to each other: which points are
one model (equivalences), which share a fit (rounds), what a fit costs. Its combinations are enumerated once. The
other parameters multiply them and are walked lazily, so that a million points take the memory of their core.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from math import prod

from shared.catalog import Library, LibraryCatalog, ParamValue, library_catalog
from shared.catalog.model import Params, RoundsSharing
from shared.sweep import Sweep, SweepSpec
from shared.trial import PlannedTrial, Task

Grid = Mapping[str, tuple[ParamValue, ...]]

#: part of every trial's id; changed when the evaluation of the same params changes on purpose
EVALUATION_VERSION = 1


def installed_version(library: Library) -> str:
    """Return the version of the library that is installed here, without importing it."""
    return version(library_catalog(library).distribution)


@cache
def _defaults(library: Library) -> dict[str, ParamValue]:
    return {parameter.name: parameter.default for parameter in library_catalog(library).parameters}


def full_params(library: Library, params: Params, seed: int) -> dict[str, ParamValue]:
    """Return the point's canonical parameters: defaults filled in, one form for each model, keys sorted."""
    catalog = library_catalog(library)
    full = {**_defaults(library), catalog.seed_parameter: seed, **params}
    for equivalence in catalog.equivalences:
        full[equivalence.parameter] = equivalence.canonical(full)
    return dict(sorted(full.items()))


class _TrialIds:
    """Computes the ids of one spec's trials."""

    def __init__(self, spec: SweepSpec, library_version: str) -> None:
        if spec.dataset.content_hash is None:
            raise ValueError("a spec has trial ids only once its data set is stored: give it its content hash")
        protocol = {
            "dataset": spec.dataset.content_hash,
            "evaluation": EVALUATION_VERSION,
            "folds": spec.folds,
            "library": spec.library,
            "library_version": library_version,
            "metrics": sorted(spec.metrics),
            "seed": spec.seed,
            "target": spec.dataset.target,
            "task": spec.dataset.task,
        }
        self._hash = hashlib.sha256(_canonical_json(protocol))

    def of(self, full: Params) -> str:
        digest = self._hash.copy()
        digest.update(_canonical_json(full))
        return digest.hexdigest()


def _canonical_json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def trial_id(spec: SweepSpec, library_version: str, full: Params) -> str:
    """Return the content address of a trial: SHA-256 over its protocol and canonical parameters."""
    return _TrialIds(spec, library_version).of(full)


def points(spec: SweepSpec) -> Iterator[dict[str, ParamValue]]:
    """Yield every point in the order of scikit-learn's ParameterGrid (keys sorted, the last varies fastest)."""
    for grid in spec.param_grid:
        names = sorted(grid)
        for values in itertools.product(*(grid[name] for name in names)):
            yield dict(zip(names, values, strict=True))


def identified_points(spec: SweepSpec, library_version: str) -> Iterator[tuple[dict[str, ParamValue], str]]:
    """Yield every point with its trial's id; points that are one model have one id."""
    ids = _TrialIds(spec, library_version)
    for point in points(spec):
        yield point, ids.of(full_params(spec.library, point, spec.seed))


@dataclass(frozen=True, slots=True)
class _Fit:
    """Core values whose trials, one for each count in ``rounds``, share a fit."""

    core: tuple[ParamValue, ...]
    #: empty where the grid does not set the rounds
    rounds: tuple[ParamValue, ...]
    cost: float


class _GridPlan:
    """One grid's distinct points, grouped into fits, the costliest first."""

    def __init__(self, spec: SweepSpec, grid: Grid) -> None:
        self._catalog = library_catalog(spec.library)
        self._spec, self._grid = spec, grid
        self._rounds = self._catalog.rounds_parameter if self._catalog.rounds_parameter in grid else None
        core = _core_names(self._catalog, grid)
        self._core = tuple(sorted(core - {self._rounds}))
        self._free = tuple(sorted(set(grid) - core))
        self.fits = sorted(self._group(), key=lambda fit: -fit.cost)

    def _group(self) -> Iterator[_Fit]:
        seen: set[tuple[ParamValue, ...]] = set()
        # what tells two points of the core apart: the values that they set or that an equivalence may change
        telling = sorted({*self._grid.keys() - set(self._free), *(e.parameter for e in self._catalog.equivalences)})
        all_rounds = self._grid[self._rounds] if self._rounds else ()
        for core in itertools.product(*(self._grid[name] for name in self._core)):
            kept: list[ParamValue] = []
            sharing = RoundsSharing.NONE
            costs: dict[ParamValue, float] = {}
            for rounds in all_rounds or (None,):
                full = full_params(self._spec.library, self._point(core, rounds), self._spec.seed)
                identity = tuple(full[name] for name in telling)
                if identity in seen:
                    continue
                seen.add(identity)
                kept.append(rounds)
                costs[rounds] = self._catalog.relative_cost(full)
                sharing = self._catalog.rounds_sharing(full)
            if not self._rounds:
                yield from (_Fit(core, (), costs[None]) for _ in kept)
            elif kept and sharing is not RoundsSharing.NONE:
                yield _Fit(core, tuple(kept), max(costs.values()))
            else:
                yield from (_Fit(core, (rounds,), costs[rounds]) for rounds in kept)

    def _point(self, core: Sequence[ParamValue], rounds: ParamValue) -> dict[str, ParamValue]:
        point = dict(zip(self._core, core, strict=True))
        return {**point, self._rounds: rounds} if self._rounds else point

    @property
    def free_combinations(self) -> int:
        return prod(len(self._grid[name]) for name in self._free)

    def groups(self) -> Iterator[list[dict[str, ParamValue]]]:
        """Yield the points of each fit."""
        for fit in self.fits:
            for free in itertools.product(*(self._grid[name] for name in self._free)):
                rest = dict(zip(self._free, free, strict=True))
                yield [{**self._point(fit.core, rounds), **rest} for rounds in fit.rounds or (None,)]


def _core_names(catalog: LibraryCatalog, grid: Grid) -> set[str]:
    names = {catalog.rounds_parameter, *catalog.rounds_sharing_reads, *catalog.relative_cost_reads}
    for equivalence in catalog.equivalences:
        if len(grid.get(equivalence.parameter, ())) > 1:
            names |= {equivalence.parameter, *equivalence.reads}
    return names & set(grid)


def plan_tasks(sweep: Sweep) -> Iterator[Task]:
    """Yield the sweep's tasks, the costliest first within each grid; every distinct trial is in exactly one."""
    spec = sweep.spec
    ids = _TrialIds(spec, sweep.library_version)
    several = len(spec.param_grid) > 1
    seen: set[bytes] = set()
    for grid in spec.param_grid:
        for group in _GridPlan(spec, grid).groups():
            trials = []
            for point in group:
                identity = ids.of(full_params(spec.library, point, spec.seed))
                if several:  # only grids that overlap can name a trial twice
                    digest = bytes.fromhex(identity[:32])
                    if digest in seen:
                        continue
                    seen.add(digest)
                trials.append(PlannedTrial(trial_id=identity, params=dict(sorted(point.items()))))
            if trials:
                yield Task(sweep_id=sweep.sweep_id, epoch=sweep.epoch, spec_hash=spec.spec_hash, trials=tuple(trials))


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
    if len(spec.param_grid) == 1:
        plan = _GridPlan(spec, spec.param_grid[0])
        trials = sum(len(fit.rounds) or 1 for fit in plan.fits) * plan.free_combinations
        fits = len(plan.fits) * plan.free_combinations
        return GridSize(written, trials, fits * spec.folds)
    seen: set[tuple[ParamValue, ...]] = set()
    fits = 0
    for grid in spec.param_grid:
        for group in _GridPlan(spec, grid).groups():
            identities = {tuple(full_params(spec.library, point, spec.seed).values()) for point in group}
            fits += not identities <= seen
            seen |= identities
    return GridSize(written, len(seen), fits * spec.folds)
