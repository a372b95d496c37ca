"""What each parameter does to the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import log

import numpy as np
import pandas as pd

from dashboard.analysis.labels import is_number, ordered, value_labels
from dashboard.analysis.trials import mean_column
from shared.catalog import Metric, ParamValue, metric_info

#: the row of importance that stands for what no parameter explains by itself
INTERACTIONS = "interactions"


@dataclass(frozen=True, slots=True)
class ScoreCurve:
    """A metric over one parameter, the others averaged or at their best."""

    parameter: str
    metric: Metric
    #: a row for each value: value, label, mean, std, low, high, best, count, total (points with it)
    table: pd.DataFrame
    #: whether every value has a place on a numeric axis
    numeric: bool
    #: whether that axis should be logarithmic
    geometric: bool


class HeatMapValue(StrEnum):
    """What a cell of a heat map shows of the trials in it."""

    BEST = "best"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A metric over two parameters."""

    x: str
    y: str
    metric: Metric
    how: HeatMapValue
    x_labels: tuple[str, ...]
    y_labels: tuple[str, ...]
    #: [y, x]; NaN where no trial has succeeded
    scores: np.ndarray
    #: [y, x]; how many points have succeeded
    counts: np.ndarray


def score_curve(frame: pd.DataFrame, parameter: str, metric: Metric) -> ScoreCurve:
    """Return the metric over ``parameter``, from a trials frame.

    At each value: mean, population std, least and greatest, and best over the points with that value that have
    succeeded. A value without any keeps its row, with NaN, so that the axis stands still while a sweep runs.
    """
    values = ordered(_values(frame, parameter))
    codes = pd.Series(_codes(frame, parameter, values), index=frame.index)
    scores = frame[mean_column(metric)].dropna().groupby(codes)
    by_value = pd.DataFrame(
        {
            "mean": scores.mean(),
            "std": scores.std(ddof=0),
            "low": scores.min(),
            "high": scores.max(),
            "best": scores.min() if metric_info(metric).lower_is_better else scores.max(),
            "count": scores.size(),
        }
    ).reindex(range(len(values)))
    by_value["count"] = by_value["count"].fillna(0).astype(int)
    by_value["total"] = codes.value_counts().reindex(range(len(values))).astype(int)
    by_value.insert(0, "value", pd.Series(values, dtype="object"))
    by_value.insert(1, "label", pd.Series(value_labels(values), dtype="str"))
    numeric = bool(values) and all(is_number(value) for value in values)
    return ScoreCurve(parameter, metric, by_value, numeric, numeric and is_geometric(values))


def heat_map(frame: pd.DataFrame, x: str, y: str, metric: Metric, how: HeatMapValue = HeatMapValue.BEST) -> HeatMap:
    """Return the metric over two parameters, from a trials frame."""
    x_values, y_values = ordered(_values(frame, x)), ordered(_values(frame, y))
    scored = frame[frame[mean_column(metric)].notna()]
    best = "min" if metric_info(metric).lower_is_better else "max"
    statistic = "mean" if how is HeatMapValue.MEAN else best
    cells = pd.DataFrame(
        {"x": _codes(scored, x, x_values), "y": _codes(scored, y, y_values), "score": scored[mean_column(metric)]}
    )
    scores = np.full((len(y_values), len(x_values)), np.nan)
    counts = np.zeros((len(y_values), len(x_values)), dtype=int)
    filled = cells.groupby(["y", "x"], as_index=False).agg(score=("score", statistic), count=("score", "size"))
    scores[filled["y"], filled["x"]] = filled["score"]
    counts[filled["y"], filled["x"]] = filled["count"]
    labels = tuple(value_labels(x_values)), tuple(value_labels(y_values))
    return HeatMap(x, y, metric, how, *labels, scores, counts)


def importance(frame: pd.DataFrame, parameters: Sequence[str], metric: Metric) -> pd.DataFrame:
    """Return the share of the scores' variance that each parameter explains by itself: parameter, share.

    That is the main effect of a functional ANOVA over the points themselves: the variance of the mean score at each
    value over the variance of all scores. On a complete grid the shares add up to at most 1, and what is left, the
    last row, is due to parameters acting together. While a sweep runs they are estimates, scaled to at most 1.
    Largest first. Empty where there are fewer than two scores, or all are equal.
    """
    column = mean_column(metric)
    scored = frame[frame[column].notna()]
    scores = scored[column].to_numpy(dtype=float)
    total = scores.var() if len(scores) > 1 else 0.0
    # equal scores leave rounding behind, not variance
    if total <= (1e-12 * max(abs(scores), default=0.0)) ** 2:
        return pd.DataFrame({"parameter": pd.Series(dtype="str"), "share": pd.Series(dtype="float64")})
    shares = {}
    for parameter in parameters:
        codes = _codes(scored, parameter, ordered(_values(scored, parameter)))
        means = pd.Series(scores).groupby(codes).transform("mean")
        shares[parameter] = float(means.var(ddof=0) / total)
    explained = sum(shares.values())
    if explained > 1:
        shares = {parameter: share / explained for parameter, share in shares.items()}
    largest_first = sorted(shares.items(), key=lambda item: -item[1])
    rows = [*largest_first, (INTERACTIONS, max(0.0, 1 - explained))]
    return pd.DataFrame(rows, columns=["parameter", "share"])


def is_geometric(values: Sequence[ParamValue]) -> bool:
    """Whether the values are spread more evenly on a logarithmic axis than on a linear one."""
    numbers = sorted({float(value) for value in values if is_number(value) and value is not None})
    if len(numbers) < 2 or numbers[0] <= 0 or numbers[-1] < 4 * numbers[0]:
        return False
    if len(numbers) == 2:
        return numbers[1] >= 10 * numbers[0]
    return _unevenness([log(number) for number in numbers]) < _unevenness(numbers)


def _unevenness(sorted_numbers: Sequence[float]) -> float:
    gaps = [after - before for before, after in pairwise(sorted_numbers)]
    return max(gaps) / min(gaps)


def _values(frame: pd.DataFrame, parameter: str) -> list[ParamValue]:
    return list(frame[parameter].tolist())


def _codes(frame: pd.DataFrame, parameter: str, values: Sequence[ParamValue]) -> np.ndarray:
    """The position in ``values`` of each row's value."""
    position = {value: code for code, value in enumerate(values)}
    return np.array([position[value] for value in _values(frame, parameter)], dtype=int)
