"""A metric over two parameters, and what became of the trials that have none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from dashboard.analysis.coverage import Coverage, coverage
from dashboard.analysis.curves import codes_of, column_values
from dashboard.analysis.declared import declared, has_a_row_for_each
from dashboard.analysis.labels import ordered, value_labels
from dashboard.analysis.trials import mean_column, points_that_set
from shared.catalog import Metric, metric_info
from shared.domain import Sweep, TrialState


class HeatMapValue(StrEnum):
    """What a cell of a heat map shows of the trials in it."""

    BEST = "best"
    MEAN = "mean"


class CellState(StrEnum):
    """Why a cell of a heat map has no score."""

    #: nothing more will come of it, and at least one of its trials failed
    FAILED = "failed"
    #: nothing more will come of it, and racing dropped what did not fail
    DROPPED = "dropped"
    CANCELLED = "cancelled"
    PENDING = "pending"
    #: some of its trials have a score, but a mean of these would be taken for that of all
    PARTLY = "not all in"
    #: its trials succeeded, but the metric is not defined for them
    UNDEFINED = "without this metric"
    ABSENT = "not in the grid"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A metric over two parameters; arrays are [y, x]."""

    x: str
    y: str
    metric: Metric
    how: HeatMapValue
    coverage: Coverage
    x_labels: tuple[str, ...]
    y_labels: tuple[str, ...]
    #: NaN where there is none
    scores: np.ndarray
    #: points with a score, that failed, and all (none where the grid is too large to know)
    counts: np.ndarray
    failed: np.ndarray
    totals: np.ndarray
    #: a CellState where there is no score, else ""
    states: np.ndarray


def heat_map(
    sweep: Sweep, frame: pd.DataFrame, x: str, y: str, metric: Metric, how: HeatMapValue = HeatMapValue.BEST
) -> HeatMap:
    """Return the metric over two parameters, from a trials frame.

    Of several grids only those count that set both. A cell's best is the best of what is there; its mean is there
    once all of its trials are.
    """
    grids = None if has_a_row_for_each(sweep, frame) else declared(sweep, y, x)
    frame, without_them = points_that_set(frame, x, y)
    if grids is not None and grids.totals is not None:
        without_them = grids.without
    covers = coverage(sweep, frame, metric, without=without_them)
    of_grids = grids.values if grids else ([], [])
    y_values, x_values = (
        ordered([*values, *column_values(frame, name)]) for name, values in zip((y, x), of_grids, strict=True)
    )
    shape = len(y_values), len(x_values)
    best = "min" if metric_info(metric).lower_is_better else "max"
    points = pd.DataFrame(
        {
            "y": codes_of(frame, y, y_values),
            "x": codes_of(frame, x, x_values),
            "score": frame[mean_column(metric)],
            "state": frame["state"],
        }
    )
    filled = points[points["score"].notna()].groupby(["y", "x"], as_index=False)["score"]
    statistic = filled.agg("mean" if how is HeatMapValue.MEAN else best)
    scores = np.full(shape, np.nan)
    scores[statistic["y"], statistic["x"]] = statistic["score"]
    without = points[points["score"].isna()]
    counted = {
        state: _count(without[without["state"] == state], shape)
        for state in (TrialState.FAILED, TrialState.DROPPED, TrialState.CANCELLED, TrialState.SUCCEEDED)
    }
    totals, counts = _count(points, shape), _count(points[points["score"].notna()], shape)
    is_known = grids is None or (grids.totals is not None and grids.totals.shape == shape)
    if grids is not None and grids.totals is not None and is_known:
        totals = grids.totals
    open_ = totals - counts - sum(counted.values())
    # what a sweep of too many points to list has not evaluated yet has no rows
    absent = open_ if is_known and grids else (totals == 0) * (not is_known)
    cancelled = counted[TrialState.CANCELLED] + absent * sweep.cancelled
    pending = (open_ if grids is None else 0) + absent * (not sweep.cancelled)
    failed, dropped = counted[TrialState.FAILED], counted[TrialState.DROPPED]
    if how is HeatMapValue.MEAN:
        scores[(counts < totals) | ((counts > 0) & (not is_known))] = np.nan
    states = np.select(
        [np.isfinite(scores), counts > 0, pending > 0, cancelled > 0, failed > 0, dropped > 0, totals > 0],
        [
            "",
            CellState.PARTLY,
            CellState.PENDING,
            CellState.CANCELLED,
            CellState.FAILED,
            CellState.DROPPED,
            CellState.UNDEFINED,
        ],
        CellState.ABSENT,
    )
    labels = tuple(value_labels(x_values)), tuple(value_labels(y_values))
    if not is_known:
        totals = np.zeros(shape, dtype=int)
    return HeatMap(x, y, metric, how, covers, *labels, scores, counts, failed, totals, states)


def _count(points: pd.DataFrame, shape: tuple[int, int]) -> np.ndarray:
    """How many of the points are in each cell."""
    counts = np.zeros(shape, dtype=int)
    np.add.at(counts, (points["y"].to_numpy(), points["x"].to_numpy()), 1)
    return counts
