"""What identifies a trial: its canonical parameters under its protocol."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from functools import cache, lru_cache

from shared.catalog import Library, ParamValue
from shared.catalog.model import Params
from shared.domain import SweepSpec
from shared.planning.same_model import full_params

#: part of every trial's id; changed when the evaluation of the same params changes on purpose
#: 2: scores of whole-number and 32-bit targets in scikit-learn's precision; true and false as numbers; categories in
#: their own order; a metric that a fold does not define is an empty cell; skip_drop and sampling_frequency told apart
#: TASK_SCHEMA_VERSION is raised with it: a worker computes the ids of a message again, and those of another version it
#: would take for nonsense
EVALUATION_VERSION = 2


@cache
def _canonical_defaults(library: Library) -> dict[str, ParamValue]:
    return full_params(library, {}, seed=0)


class TrialIds:
    """Computes the ids of one spec's trials: SHA-256 over their protocol and what they set."""

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
        if spec.positive_class is not None:  # else the one that sorts second, as it always was
            protocol["positive_class"] = spec.positive_class
        self._hash = hashlib.sha256(_canonical_json(protocol))
        self._defaults = _canonical_defaults(spec.library)

    def of(self, full: Params) -> str:
        """Return the id of the trial with those parameters, all of them, in canonical form.

        Those at their default count as not there, so that one which a later catalog adds changes no id.
        """
        digest = self._hash.copy()
        defaults = self._defaults
        # the canonical JSON, put together from members that many trials have in common
        members = [_member(name, full[name]) for name in sorted(full) if full[name] != defaults[name]]
        digest.update(f"{{{','.join(members)}}}".encode())
        return digest.hexdigest()


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical_json(value: object) -> bytes:
    return _CANONICAL.encode(value).encode()


@lru_cache(maxsize=100_000)
def _member(name: str, value: ParamValue) -> str:
    return f"{_CANONICAL.encode(name)}:{_CANONICAL.encode(value)}"


def points(spec: SweepSpec) -> Iterator[dict[str, ParamValue]]:
    """Yield every point in the order of scikit-learn's ParameterGrid (keys sorted, the last varies fastest)."""
    for grid in spec.param_grid:
        names = sorted(grid)
        for values in itertools.product(*(grid[name] for name in names)):
            yield dict(zip(names, values, strict=True))


def identified_points(spec: SweepSpec, library_version: str) -> Iterator[tuple[dict[str, ParamValue], str]]:
    """Yield every point with its trial's id; points that are one model have one id."""
    ids = TrialIds(spec, library_version)
    for point in points(spec):
        yield point, ids.of(full_params(spec.library, point, spec.seed))
