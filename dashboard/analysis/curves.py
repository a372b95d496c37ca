"""What each parameter does to the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import pandas as pd

from dashboard.analysis import additive
from dashboard.analysis.axis import ValueAxis, value_axis
from dashboard.analysis.coverage import Coverage, coverage
from dashboard.analysis.declared import declared, has_a_row_for_each
from dashboard.analysis.labels import ordered, value_labels
from dashboard.analysis.outliers import worst_shown
from dashboard.analysis.trials import mean_column, points_that_set
from shared.catalog import Metric, ParamValue, metric_info
from shared.domain import Sweep, TrialState

#: the row of importance that stands for what no parameter explains by itself
INTERACTIONS = "interactions"


@dataclass(frozen=True, slots=True)
class ScoreCurve:
    """A metric over one parameter, the others averaged or at their best."""

    parameter: str
    metric: Metric
    coverage: Coverage
    #: a row for each value: value, label, mean, is_estimated, error (how far the true mean may be from an estimate),
    #: lower and upper quartile, low, high, best, count (points with a score), total (points with it; 0 where the grid
    #: is too large to know), failed
    table: pd.DataFrame
    axis: ValueAxis
    #: the worst score that the chart should reach to, where it should leave worse ones out
    worst_shown: float | None
    #: trials whose grid, of several, does not set the parameter: they have no place on the curve
    without_it: int = 0

    @property
    def is_estimated(self) -> bool:
        """Whether some mean that it shows is an estimate."""
        return bool((self.table["is_estimated"] & self.table["mean"].notna()).any())


@dataclass(frozen=True, slots=True)
class Importance:
    """The share of the scores' variance that each parameter explains by itself."""

    coverage: Coverage
    #: parameter, share: the largest first, interactions last; empty where nothing can be said
    table: pd.DataFrame
    #: whether every combination of the parameters' values is one point: else their effects cannot be told apart
    is_product: bool = True


def score_curve(sweep: Sweep, frame: pd.DataFrame, parameter: str, metric: Metric) -> ScoreCurve:
    """Return the metric over ``parameter``, from a trials frame.

    At each value: mean, quartiles, least and greatest, and best over the points with that value that have succeeded. A
    value without any keeps its row, with NaN, so that the axis stands still while a sweep runs. Of several grids only
    those count that set the parameter.

    Means over what happens to be there would compare values on different combinations of the others. Where points are
    missing, ``mean`` is the least-squares mean: each missing point counts with what the parameters' separate effects
    say, and ``error`` is how far off that may be, by how well these effects tell the scores that there are. It is NaN
    where the scores do not tell the effects, or the error is as large as what the scores differ by, and where racing
    chose by their scores what is missing.
    """
    grids = None if has_a_row_for_each(sweep, frame) else declared(sweep, parameter)
    frame, without_it = points_that_set(frame, parameter)
    frame = frame.reset_index(drop=True)
    if grids is not None and grids.totals is not None:
        without_it = grids.without
    covers = coverage(sweep, frame, metric, without=without_it)
    values = ordered([*(grids.values[0] if grids else ()), *column_values(frame, parameter)])
    codes = pd.Series(codes_of(frame, parameter, values), index=frame.index)
    scores = frame[mean_column(metric)].dropna().groupby(codes)
    by_value = pd.DataFrame(
        {
            "mean": scores.mean(),
            "lower": scores.quantile(0.25),
            "upper": scores.quantile(0.75),
            "low": scores.min(),
            "high": scores.max(),
            "best": scores.min() if metric_info(metric).lower_is_better else scores.max(),
            "count": scores.size(),
        }
    ).reindex(range(len(values)))
    by_value["count"] = by_value["count"].fillna(0).astype(int)
    by_value["total"] = codes.value_counts().reindex(range(len(values))).fillna(0).astype(int)
    if grids is not None:
        is_known = grids.totals is not None and len(grids.totals) == len(values)
        by_value["total"] = grids.totals if is_known else 0
    is_failed = frame["state"] == str(TrialState.FAILED)
    by_value["failed"] = codes[is_failed].value_counts().reindex(range(len(values))).fillna(0).astype(int)
    by_value["is_estimated"] = by_value["count"] != by_value["total"]
    by_value["error"] = np.nan
    if by_value["is_estimated"].any():
        by_value[["mean", "error"]] = _estimated(sweep, frame, parameter, metric, by_value, covers)
    by_value.insert(0, "value", pd.Series(values, dtype="object"))
    by_value.insert(1, "label", pd.Series(value_labels(values), dtype="str"))
    worst = worst_shown(frame[mean_column(metric)].to_numpy(dtype=float), metric)
    return ScoreCurve(parameter, metric, covers, by_value, value_axis(values), worst, without_it)


def _estimated(
    sweep: Sweep, frame: pd.DataFrame, parameter: str, metric: Metric, by_value: pd.DataFrame, covers: Coverage
) -> list[tuple[float, float]]:
    """The mean at each value, what is missing taken from the additive model, and how far off it may be."""
    nothing = (float("nan"), float("nan"))
    exact = [
        nothing if estimated else (float(mean), nothing[1])
        for mean, estimated in zip(by_value["mean"], by_value["is_estimated"], strict=True)
    ]
    # without a row for each, all points are known to be the product of one grid's values, or they are not known
    every = [grid for grid in sweep.spec.param_grid if parameter in grid or covers.has_a_row_for_each]
    if covers.dropped or not (covers.has_a_row_for_each or (len(every) == 1 and by_value["total"].all())):
        return exact
    names = sorted({name for grid in every for name in grid})
    values = {name: ordered(column_values(frame, name)) for name in names}
    if not covers.has_a_row_for_each:
        values = {name: ordered([*every[0][name], *values[name]]) for name in names}
    varied = [name for name in names if len(values[name]) > 1]
    if parameter not in varied:
        varied.append(parameter)
    codes = {name: codes_of(frame, name, values[name]) for name in varied}
    levels = {name: len(values[name]) for name in varied}
    scores = frame[mean_column(metric)].to_numpy(dtype=float)
    is_scored = np.isfinite(scores)
    trials = frame.loc[is_scored, "trial_id"].nunique()
    model = additive.fit({name: codes[name][is_scored] for name in varied}, levels, list(scores[is_scored]), trials)
    if model is None:
        return exact
    # what two values do together is not told where no score has both: bars twice as long hold there what they claim
    is_beyond = _has_unseen_pair(codes, levels, is_scored)
    found: list[tuple[float, float]] = []
    most = float(np.ptp(scores[is_scored])) / 2  # beyond that the scores say more than the estimate
    for code, (mean, count, total) in enumerate(by_value[["mean", "count", "total"]].itertuples(index=False)):
        if count == total:
            found.append((float(mean), float("nan")))
            continue
        if not covers.has_a_row_for_each:  # then the model speaks for all points
            product = {name: np.arange(levels[name]) for name in varied}
            row = _of_product(model, product | {parameter: np.array([code])})
            said, error = model.value(row), model.error(row) * (1 - count / total)
        else:
            missing = ~is_scored & (codes[parameter] == code)
            row = model.row({name: codes[name][missing] for name in varied})
            known = float(mean) * count if count else 0.0
            said = (known + model.value(row) * (total - count)) / total
            error = model.error(row) * (total - count) / total * (1 + float(is_beyond[missing].mean()))
        found.append((said, error) if np.isfinite(said) and error <= most else nothing)
    return found


def _has_unseen_pair(codes: Mapping[str, np.ndarray], levels: Mapping[str, int], is_scored: np.ndarray) -> np.ndarray:
    """Whether each point has two values that no point with a score has together."""
    found = np.zeros(len(is_scored), dtype=bool)
    for one, other in combinations(codes, 2):
        pairs = codes[one] * levels[other] + codes[other]
        found |= np.bincount(pairs[is_scored], minlength=levels[one] * levels[other])[pairs] == 0
    return found


def _of_product(model: additive.AdditiveModel, codes: Mapping[str, np.ndarray]) -> np.ndarray:
    row: np.ndarray = np.sum([model.row({name: found}) for name, found in codes.items()], axis=0)
    row[0] = 1.0
    return row


def importance(sweep: Sweep, frame: pd.DataFrame, parameters: Sequence[str], metric: Metric) -> Importance:
    """Return the share of the scores' variance that each parameter explains by itself: parameter, share.

    That is the main effect of a functional ANOVA over the points themselves: the variance of the mean score at each
    value over the variance of all scores. On a complete grid the shares add up to at most 1, and what is left, the
    last row, is due to parameters acting together. Largest first. Empty where points are missing, since what is left
    of a grid says more of which they are than of the parameters; where several grids are not one full grid together,
    for the same reason; and where there are fewer than two scores, or all are equal.
    """
    covers, is_product = coverage(sweep, frame, metric), _is_product(frame, parameters)
    nothing = pd.DataFrame({"parameter": pd.Series(dtype="str"), "share": pd.Series(dtype="float64")})
    scores = frame[mean_column(metric)].to_numpy(dtype=float)
    if not covers.is_complete or not is_product or are_equal(scores):
        return Importance(covers, nothing, is_product or not covers.has_a_row_for_each)
    scores = scores / np.abs(scores).max()  # squares of scores such as 1e300 or 1e-300 have no place in a float
    shares, total = {}, scores.var()
    for parameter in parameters:
        codes = codes_of(frame, parameter, ordered(column_values(frame, parameter)))
        means = pd.Series(scores).groupby(codes).transform("mean")
        shares[parameter] = float(means.var(ddof=0) / total)
    largest_first = sorted(shares.items(), key=lambda item: -item[1])
    rows = [*largest_first, (INTERACTIONS, max(0.0, 1 - sum(shares.values())))]
    return Importance(covers, pd.DataFrame(rows, columns=["parameter", "share"]))


def _is_product(frame: pd.DataFrame, parameters: Sequence[str]) -> bool:
    """Whether the points are every combination of these parameters' values, each once."""
    columns = [codes_of(frame, name, ordered(column_values(frame, name))) for name in parameters]
    sizes = [int(column.max()) + 1 if len(column) else 0 for column in columns]
    distinct = len(set(zip(*(column.tolist() for column in columns), strict=True)))
    return not columns or distinct == len(frame) == prod(sizes)


def are_equal(scores: np.ndarray) -> bool:
    """Whether scores differ by rounding at most; so do fewer than two."""
    largest = float(np.abs(scores).max()) if len(scores) else 0.0
    return len(scores) < 2 or not largest or bool((scores / largest).std() <= 1e-12)


def column_values(frame: pd.DataFrame, parameter: str) -> list[ParamValue]:
    """Return the parameter's value in each row."""
    return list(frame[parameter].tolist())


def codes_of(frame: pd.DataFrame, parameter: str, values: Sequence[ParamValue]) -> np.ndarray:
    """Return the position in ``values`` of each row's value."""
    position = {value: code for code, value in enumerate(values)}
    return np.array([position[value] for value in column_values(frame, parameter)], dtype=int)
