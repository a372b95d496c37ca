"""What a grid of too many points to list says of them: its values, and how many trials have each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.analysis.labels import ordered
from shared.catalog import ParamValue
from shared.domain import Sweep
from shared.planning import count_points


@dataclass(frozen=True, slots=True)
class Declared:
    """The grids of a sweep that set certain parameters."""

    #: of each parameter, in order
    values: tuple[list[ParamValue], ...]
    #: how many trials have each combination of these values; None where some points are one trial
    totals: np.ndarray | None
    #: trials that no such grid has, where ``totals`` are known
    without: int


def declared(sweep: Sweep, *parameters: str) -> Declared:
    """Return what the sweep's grids say of these parameters, from the grids alone."""
    grids = [grid for grid in sweep.spec.param_grid if set(parameters) <= set(grid)]
    values = tuple(ordered([value for grid in grids for value in grid[name]]) for name in parameters)
    if count_points(sweep.spec.param_grid) != sweep.size:
        return Declared(values, None, 0)
    totals = np.zeros([len(each) for each in values], dtype=int)
    for grid in grids:
        codes = [[every.index(value) for value in grid[name]] for name, every in zip(parameters, values, strict=True)]
        others = count_points([{name: found for name, found in grid.items() if name not in parameters}])
        np.add.at(totals, np.ix_(*codes), others)
    return Declared(values, totals, sweep.size - int(totals.sum()))


def has_a_row_for_each(sweep: Sweep, frame: pd.DataFrame) -> bool:
    """Whether the trials frame has those without an outcome too."""
    return bool(frame["trial_id"].nunique() >= sweep.size)
