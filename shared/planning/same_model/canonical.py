"""A point's canonical parameters: what two points that are one model have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from shared.catalog import Library, ParamValue, library_catalog
from shared.catalog.model import Params

#: a parameter's values, by its name
Grid = Mapping[str, tuple[ParamValue, ...]]


@cache
def _defaults(library: Library) -> dict[str, ParamValue]:
    return {parameter.name: parameter.default for parameter in library_catalog(library).parameters}


def with_defaults(library: Library, params: Params, seed: int) -> dict[str, ParamValue]:
    """Return the point's parameters with the library's defaults and the sweep's seed filled in."""
    return {**_defaults(library), library_catalog(library).seed_parameter: seed, **params}


def full_params(library: Library, params: Params, seed: int) -> dict[str, ParamValue]:
    """Return the point's canonical parameters: defaults filled in, one form for each model, keys sorted."""
    full = with_defaults(library, params, seed)
    for equivalence in library_catalog(library).equivalences:
        full[equivalence.parameter] = equivalence.canonical(full)
    return dict(sorted(full.items()))
