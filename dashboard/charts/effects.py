"""What parameters do to the score, drawn."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, log10
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from dashboard.analysis import HeatMap, HeatMapValue, ScoreCurve
from dashboard.analysis.curves import INTERACTIONS
from dashboard.charts.style import (
    BEST,
    MEAN,
    MEAN_BAND,
    NUMBER,
    PLAIN,
    SCALE,
    empty,
    figure,
    metric_title,
)
from shared.catalog import metric_info

#: with more values than this an axis chooses its own ticks
_MOST_TICKS = 8
#: with more cells than this a heat map leaves its numbers to hovering
_MOST_NUMBERS = 80
#: WCAG's relative luminance on which black and white have the same contrast, 4.6 to 1
_MIDDLE_LUMINANCE = 0.179


def score_curve(curve: ScoreCurve) -> go.Figure:
    """Return the mean and the best score over a parameter, with one standard deviation around the mean.

    Numbers are joined by lines, on a logarithmic axis where the grid is geometric; choices and switches stand apart.
    """
    table = curve.table[curve.table["count"] > 0]
    if table.empty:
        return empty("No trial has succeeded yet.")
    x = table["value"] if curve.numeric else table["label"]
    label = metric_info(curve.metric).label
    details = table[["label", "std", "low", "high", "count", "total"]]
    mean = go.Scatter(
        x=x,
        y=table["mean"],
        name="mean over the others",
        mode="lines+markers" if curve.numeric else "markers",
        line={"color": MEAN, "width": 2},
        marker={"color": MEAN, "size": 8},
        customdata=details,
        hovertemplate=f"<b>{curve.parameter} = %{{customdata[0]}}</b><br>mean {label} %{{y:{NUMBER}}}"
        f" ± %{{customdata[1]:{NUMBER}}}<br>from %{{customdata[2]:{NUMBER}}} to %{{customdata[3]:{NUMBER}}}"
        "<br>%{customdata[4]} of %{customdata[5]} points<extra></extra>",
    )
    best = go.Scatter(
        x=x,
        y=table["best"],
        name="best",
        mode="lines+markers" if curve.numeric else "markers",
        line={"color": BEST, "width": 2},
        marker={"color": BEST, "size": 9, "symbol": "diamond-open", "line": {"width": 2}},
        hovertemplate=f"best {label} %{{y:{NUMBER}}}<extra></extra>",
    )
    if curve.numeric:
        chart = figure(_band(table), mean, best)
    else:
        mean.error_y = {"array": table["std"], "color": MEAN, "thickness": 1.5, "width": 6}
        chart = figure(mean, best)
    # pointing anywhere tells of the nearest value: a finger is not precise
    chart.update_layout(hovermode="x", hoverdistance=-1)
    chart.update_xaxes(title_text=curve.parameter, **_value_axis(curve))
    chart.update_yaxes(title_text=metric_title(curve.metric))
    return chart


def heat_map(cells: HeatMap) -> go.Figure:
    """Return a metric over two parameters; bright is better. Small ones carry their numbers."""
    if not np.isfinite(cells.scores).any():
        return empty("No trial has succeeded yet.")
    what = "best" if cells.how is HeatMapValue.BEST else "mean"
    reverse = metric_info(cells.metric).lower_is_better
    worst = _fence(cells.scores, upper=reverse)
    trace = go.Heatmap(
        x=cells.x_labels,
        y=cells.y_labels,
        z=cells.scores,
        customdata=cells.counts,
        colorscale=SCALE,
        reversescale=reverse,
        zmin=np.nanmin(cells.scores) if reverse else worst,
        zmax=worst if reverse else np.nanmax(cells.scores),
        xgap=1,
        ygap=1,
        hoverongaps=False,
        colorbar={"title": {"text": metric_title(cells.metric), "side": "right"}, "thickness": 12},
        hovertemplate=f"{cells.x} = %{{x}}<br>{cells.y} = %{{y}}<br>{what} {metric_info(cells.metric).label}"
        f" <b>%{{z:{NUMBER}}}</b><br>%{{customdata}} points<extra></extra>",
    )
    chart = figure(trace, height=max(260, min(640, 120 + 34 * len(cells.y_labels))))
    chart.update_xaxes(title_text=cells.x, type="category", showgrid=False)
    chart.update_yaxes(title_text=cells.y, type="category", showgrid=False)
    if cells.scores.size <= _MOST_NUMBERS:
        chart.add_traces(list(_numbers(trace)))
    return chart


def importance(table: pd.DataFrame) -> go.Figure:
    """Return the share of the scores' variance that each parameter explains by itself, the largest on top."""
    if table.empty:
        return empty("Importance needs at least two trials with different scores.", height=160)
    upwards = table.iloc[::-1]
    together = upwards["parameter"] == INTERACTIONS
    chart = figure(
        go.Bar(
            x=upwards["share"],
            y=upwards["parameter"],
            orientation="h",
            marker={"color": [PLAIN if each else MEAN for each in together]},
            text=upwards["share"],
            texttemplate="%{x:.1%}",
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.2%} of the variance<extra></extra>",
        ),
        height=70 + 30 * len(table),
    )
    most = float(table["share"].max())
    chart.update_xaxes(
        title_text="share of the scores' variance", tickformat=".0%", range=[0, most * 1.18], rangemode="tozero"
    )
    chart.update_yaxes(type="category", showgrid=False)
    return chart


def _numbers(trace: go.Heatmap) -> Iterator[go.Heatmap]:
    """Yield what writes each cell's score on it: in black or white, whichever is read more easily on its colour.

    A trace writes in one colour, or in one that plotly chooses, which is too pale on the greens.
    """
    scores, spread = trace.z, trace.zmax - trace.zmin
    places = np.clip((scores - trace.zmin) / spread, 0, 1) if spread else np.full(scores.shape, 0.5)
    colors = sample_colorscale(SCALE, (1 - places if trace.reversescale else places).ravel(), colortype="tuple")
    bright = np.reshape([_luminance(color) > _MIDDLE_LUMINANCE for color in colors], scores.shape)
    for color, cells in (("#000000", bright), ("#ffffff", ~bright)):
        yield go.Heatmap(
            x=trace.x,
            y=trace.y,
            z=np.where(cells, scores, np.nan),
            colorscale=[[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]],
            showscale=False,
            hoverinfo="skip",
            texttemplate=f"%{{z:.{_decimals(scores)}f}}",
            textfont={"color": color},
        )


def _luminance(color: tuple[float, float, float]) -> float:
    """WCAG's relative luminance of an sRGB colour of parts from 0 to 1."""
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color)
    return float(np.dot((0.2126, 0.7152, 0.0722), tuple(linear)))


def _band(table: pd.DataFrame) -> go.Scatter:
    values = list(table["value"])
    upper, lower = table["mean"] + table["std"], table["mean"] - table["std"]
    return go.Scatter(
        x=values + values[::-1],
        y=[*upper, *lower[::-1]],
        fill="toself",
        fillcolor=MEAN_BAND,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name="± 1 sd",
    )


def _value_axis(curve: ScoreCurve) -> dict[str, Any]:
    """The axis of all values, also of those without a score yet, so that it stands still while a sweep runs."""
    values, labels = list(curve.table["value"]), list(curve.table["label"])
    if not curve.numeric:
        return {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": labels,
            "range": [-0.5, len(labels) - 0.5],
        }
    ticks = {"tickmode": "array", "tickvals": values, "ticktext": labels} if len(values) <= _MOST_TICKS else {}
    ends = [float(values[0]), float(values[-1])]
    if curve.geometric:
        ends = [log10(end) for end in ends]
    margin = (ends[1] - ends[0]) * 0.04 or max(abs(ends[0]) * 0.1, 0.5)
    return {
        "type": "log" if curve.geometric else "linear",
        "range": [ends[0] - margin, ends[1] + margin],
        **ticks,
    }


def _decimals(scores: np.ndarray) -> int:
    """As many decimals as tell the scores apart: three digits of their spread."""
    finite = scores[np.isfinite(scores)]
    spread = float(finite.max() - finite.min()) or float(abs(finite).max()) or 1.0
    return min(8, max(0, 2 - floor(log10(spread))))


def _fence(scores: np.ndarray, *, upper: bool) -> float:
    """Tukey's fence at the bad end, or the worst score within it, lest one outlier take all the colours."""
    finite = scores[np.isfinite(scores)]
    first, third = np.percentile(finite, [25, 75])
    reach = 1.5 * (third - first)
    return float(min(finite.max(), third + reach) if upper else max(finite.min(), first - reach))
