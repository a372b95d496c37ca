"""From a spec to its trials and tasks: pure, lazy, the same everywhere.

A grid's parameters fall into components that no equivalence connects: which points are one model is decided within
each of them. Those that decide what shares a fit and what a fit costs are joined to the *core*. The choices of each
component are enumerated once and their product is walked lazily: a million points take the memory of their core.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
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
        if spec.rounds_curve:  # an outcome without the curve does not answer a sweep that asks for it
            protocol["rounds_curve"] = spec.ranking_metric
        self._hash = hashlib.sha256(_canonical_json(protocol))

    def of(self, full: Params) -> str:
        digest = self._hash.copy()
        # the canonical JSON, put together from members that many trials have in common
        digest.update(f"{{{','.join([_member(name, full[name]) for name in sorted(full)])}}}".encode())
        return digest.hexdigest()


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical_json(value: object) -> bytes:
    return _CANONICAL.encode(value).encode()


@lru_cache(maxsize=100_000, typed=True)  # by type as well, since 1 == 1.0 == True
def _member(name: str, value: ParamValue) -> str:
    return f"{_CANONICAL.encode(name)}:{_CANONICAL.encode(value)}"


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
class _Choice:
    """Values for the parameters of one component, as written and as the canonical parameters that follow."""

    written: dict[str, ParamValue]
    canonical: dict[str, ParamValue]


@dataclass(frozen=True, slots=True)
class _Fit:
    """Choices for the core that share a fit: they differ in what is read off its rounds only."""

    choices: tuple[_Choice, ...]
    cost: float


#: a fit with its points, as written and in full
_Group = tuple[_Fit, list[tuple[dict[str, ParamValue], dict[str, ParamValue]]]]


class _GridPlan:
    """One grid's distinct points, grouped into fits, the costliest first."""

    def __init__(self, spec: SweepSpec, grid: Grid) -> None:
        self._catalog = catalog = library_catalog(spec.library)
        self._spec, self._grid = spec, grid
        self._first = {name: values[0] for name, values in sorted(grid.items())}
        self._full = full_params(spec.library, self._first, spec.seed)
        core, free = _components(catalog, grid)
        self._free = [self._choices(each) for each in free]
        self.fits = sorted(self._group(self._choices(core)), key=lambda fit: -fit.cost)

    def _choices(self, component: set[str]) -> list[_Choice]:
        """Return the component's distinct choices; of those that are one model, the first."""
        names, affected = sorted(component & self._grid.keys()), sorted(component)
        distinct: dict[tuple[ParamValue, ...], _Choice] = {}
        for values in itertools.product(*(self._grid[name] for name in names)):
            written = dict(zip(names, values, strict=True))
            full = full_params(self._spec.library, {**self._first, **written}, self._spec.seed)
            canonical = {name: full[name] for name in affected}
            distinct.setdefault(tuple(canonical.values()), _Choice(written, canonical))
        return list(distinct.values())

    def _group(self, choices: list[_Choice]) -> Iterator[_Fit]:
        """Yield the fits of the core; its parameters alone decide what is shared and what it costs."""
        read_off = self._catalog.read_off
        groups: dict[object, list[_Choice]] = {}
        for choice in choices:
            key: object = id(choice)
            if self._catalog.rounds_sharing(self._full | choice.canonical) is not RoundsSharing.NONE:
                key = tuple((name, value) for name, value in choice.canonical.items() if name not in read_off)
            groups.setdefault(key, []).append(choice)
        for group in groups.values():
            costs = [self._catalog.relative_cost(self._full | choice.canonical) for choice in group]
            yield _Fit(tuple(group), max(costs))

    @property
    def free_combinations(self) -> int:
        return prod(map(len, self._free))

    def groups(self) -> Iterator[_Group]:
        """Yield each fit with its points."""
        for fit in self.fits:
            for combination in itertools.product(*self._free):
                group = []
                for core in fit.choices:
                    written, full = self._first | core.written, self._full | core.canonical
                    for choice in combination:
                        written |= choice.written
                        full |= choice.canonical
                    group.append((written, full))
                yield fit, group


def _groups(plans: Sequence[_GridPlan]) -> Iterator[_Group]:
    """Yield the groups of all grids, the costliest first; it may answer what smaller ones have in common with it."""
    return heapq.merge(*(plan.groups() for plan in plans), key=lambda group: -group[0].cost)


def _components(catalog: LibraryCatalog, grid: Grid) -> tuple[set[str], list[set[str]]]:
    """Return the core, and the other components."""
    linked = _linked_parameters(catalog, grid)
    core = set[str]().union(*(each for each in linked if each & catalog.fit_reads))
    return core, [each for each in linked if not each & catalog.fit_reads]


def _linked_parameters(catalog: LibraryCatalog, grid: Grid) -> list[set[str]]:
    """Return the parameters that vary, split so that no equivalence reaches from one part into another."""
    varying = {name for name, values in grid.items() if len(values) > 1}
    links = []
    for equivalence in catalog.equivalences:  # in their order: none reads what a later one changes
        link = {equivalence.parameter, *equivalence.reads} & varying
        if link:
            varying.add(equivalence.parameter)
            links.append(link | {equivalence.parameter})
    components = [{name} for name in sorted(varying)]
    for link in links:
        joined = [each for each in components if each & link]
        components = [each for each in components if not each & link] + [set[str]().union(*joined)]
    return [each for each in components if each & grid.keys()]


#: what a fit takes beside training, in seconds
_SECONDS_A_FIT = 0.002
#: what one unit of relative cost takes for each cell of the table, in seconds (measured on California housing)
_SECONDS_A_CELL = 2e-9
#: small fits share a task up to this much work, so that queue and store never limit the fleet, in seconds
_TASK_SECONDS = 1.0
#: unless a sweep is so small that it would come in fewer tasks than this; a fit that is more than such a share of the
#: sweep, and more than a task's work on each fold, comes as a task a fold
_TASKS_A_SWEEP = 64
#: trials of a task that is made of several fits, at most
_TASK_TRIALS = 64


def plan_tasks(sweep: Sweep, cells: int) -> Iterator[Task]:
    """Yield the sweep's tasks, the costliest first; every distinct trial is in one.

    ``cells`` is the size of the data set's table, rows × columns: it tells how much work a fit is. A fit so large that
    its task could outlast the rest of the sweep on many engines is a task a fold: then its trials are in as many.
    """
    spec, spec_hash = sweep.spec, sweep.spec.spec_hash
    plans = [_GridPlan(spec, grid) for grid in spec.param_grid]

    def seconds(fit: _Fit) -> float:
        return spec.folds * (_SECONDS_A_FIT + fit.cost * cells * _SECONDS_A_CELL)

    whole = sum(plan.free_combinations * sum(map(seconds, plan.fits)) for plan in plans)
    share = whole / _TASKS_A_SWEEP
    enough = min(_TASK_SECONDS, share)
    # a race and a time limit are over a whole trial
    divisible = not spec.racing and spec.trial_timeout_seconds is None

    def task(trials: list[PlannedTrial], fold: int | None = None) -> Task:
        return Task(sweep_id=sweep.sweep_id, epoch=sweep.epoch, spec_hash=spec_hash, fold=fold, trials=tuple(trials))

    trials: list[PlannedTrial] = []
    work = 0.0
    for fit, group in _distinct_groups(sweep, plans):
        if divisible and seconds(fit) > max(share, spec.folds * _TASK_SECONDS):
            yield from (task(group, fold) for fold in range(spec.folds))
            continue
        if trials and (work + seconds(fit) > enough or len(trials) + len(group) > _TASK_TRIALS):
            yield task(trials)
            trials, work = [], 0.0
        trials += group
        work += seconds(fit)
    if trials:
        yield task(trials)


def _distinct_groups(sweep: Sweep, plans: list[_GridPlan]) -> Iterator[tuple[_Fit, list[PlannedTrial]]]:
    """Yield each fit with those of its trials that no earlier fit has."""
    ids = _TrialIds(sweep.spec, sweep.library_version)
    several = len(plans) > 1
    seen: set[bytes] = set()
    for fit, group in _groups(plans):
        trials = []
        for written, full in group:
            identity = ids.of(full)
            if several:  # only grids that overlap can name a trial twice
                digest = bytes.fromhex(identity[:32])
                if digest in seen:
                    continue
                seen.add(digest)
            trials.append(PlannedTrial(trial_id=identity, params=written))
        if trials:
            yield fit, trials


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
        trials = sum(len(fit.choices) for fit in plan.fits) * plan.free_combinations
        fits = len(plan.fits) * plan.free_combinations
        return GridSize(written, trials, fits * spec.folds)
    seen: set[tuple[ParamValue, ...]] = set()
    fits = 0
    for _, group in _groups([_GridPlan(spec, grid) for grid in spec.param_grid]):
        identities = {tuple(full.values()) for _, full in group}
        fits += not identities <= seen
        seen |= identities
    return GridSize(written, len(seen), fits * spec.folds)


def combinations_to_compare(library: Library, grids: Sequence[Grid]) -> int:
    """Return how many combinations grid_size compares: every point of several grids, of one those of each component."""
    if len(grids) > 1:
        return sum(prod(map(len, grid.values())) for grid in grids)
    (grid,) = grids
    core, free = _components(library_catalog(library), grid)
    return max(prod(len(grid[name]) for name in each & grid.keys()) for each in (core, *free))
