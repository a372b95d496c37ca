"""What parameters do to the score, drawn."""

from __future__ import annotations

from math import log10
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.analysis import AxisKind, Importance, ScoreCurve
from dashboard.analysis.curves import INTERACTIONS
from dashboard.charts.axes import draw_values, leave_out
from dashboard.charts.style import (
    BEST,
    FAILED,
    MEAN,
    MEAN_BAND,
    NUMBER,
    PLAIN,
    empty,
    figure,
    metric_text,
    metric_title,
    tally,
)
from shared.catalog import metric_info
from shared.wording import agreeing, number


def score_curve(curve: ScoreCurve, label: str | None = None) -> go.Figure:
    """Return the mean and the best score over a parameter, with the middle half of the points around.

    Numbers are joined by lines, on a logarithmic axis where the grid is geometric; choices and switches stand apart.
    Means that are estimates are hollow and joined by dashes, with a bar where the true one may be; the band is only
    where every point is in.
    ``label`` is the metric's where it says more than its own.
    """
    placed = curve.table.assign(x=_places(curve))
    if not (placed["count"] > 0).any():
        return empty("No trial has succeeded yet.")
    what, joined = metric_text(curve.metric, label), curve.axis.kind is not AxisKind.CATEGORIES
    means = _in_parts(placed[placed["mean"].notna()], curve)
    found = _in_parts(placed[placed["count"] > 0], curve)
    mean = go.Scatter(
        x=means["x"],
        y=means["mean"],
        name="mean, estimated" if curve.is_estimated else "mean over the others",
        mode="lines+markers" if joined else "markers",
        line={"color": MEAN, "width": 2, "dash": "dash" if curve.is_estimated else "solid"},
        marker={"color": MEAN, "size": 8, "symbol": _symbols(means), "line": {"width": 2, "color": MEAN}},
        customdata=_details(means, curve.coverage.noun),
        hovertemplate=f"<b>{curve.parameter} = %{{customdata[0]}}</b><br>mean {what} %{{y:{NUMBER}}}%{{customdata[1]}}"
        f"<br>%{{customdata[2]}}<extra></extra>",
    )
    best = go.Scatter(
        x=found["x"],
        y=found["best"],
        name="best" if curve.coverage.is_complete else "best so far",
        mode="lines+markers" if joined else "markers",
        line={"color": BEST, "width": 2},
        marker={"color": BEST, "size": 9, "symbol": "diamond-open", "line": {"width": 2}},
        customdata=_details(found, curve.coverage.noun),
        hovertemplate=f"<b>{curve.parameter} = %{{customdata[0]}}</b><br>best {what} %{{y:{NUMBER}}}"
        f"<br>%{{customdata[2]}}<extra></extra>",
    )
    exact = placed[~placed["is_estimated"] & placed["mean"].notna()]
    if means.empty:  # plotly leaves out what has no point, and a legend of one line with it
        mean.update(x=[None], y=[None], name="mean: these scores do not tell it", marker={"opacity": 0})
    best.showlegend = mean.showlegend = True
    if joined:
        mean.error_y = _bars(means["error"], means["error"])
        chart = figure(*_bands(exact, curve), mean, best)
    else:
        middle = means["mean"].where(~means["is_estimated"])
        mean.error_y = _bars(
            (means["upper"] - middle).fillna(means["error"]), (middle - means["lower"]).fillna(means["error"])
        )
        chart = figure(mean, best)
    # pointing anywhere tells of the nearest value: a finger is not precise
    chart.update_layout(hovermode="x", hoverdistance=-1)
    stands_on = curve.coverage.label()
    if _mark_failed(chart, placed, curve):
        stands_on += "<br>✕ all failed"  # on one line it would be cut on a phone
    if curve.without_it:
        stands_on += f", {curve.without_it:,} without it"
    draw_values(chart, curve.axis, list(placed["label"]), f"{curve.parameter} · {stands_on}")
    chart.update_yaxes(title_text=metric_title(curve.metric, label))
    _leave_out_outliers(chart, curve)
    return chart


def _mark_failed(chart: go.Figure, placed: pd.DataFrame, curve: ScoreCurve) -> bool:
    """Mark the values of which every trial failed, at the foot of the chart; return whether there is one."""
    lost = placed[(placed["failed"] > 0) & (placed["failed"] == placed["total"])]
    for label, place, failed in zip(lost["label"], lost["x"], lost["failed"], strict=True):
        chart.add_annotation(
            x=log10(place) if curve.axis.kind is AxisKind.LOG else place,
            y=0,
            yref="paper",
            yanchor="bottom",
            text="<b>✕</b>",
            hovertext=f"{curve.parameter} = {label}<br>{agreeing(failed, 'its trial', f'all {failed:,}')} failed",
            showarrow=False,
            font={"size": 16, "color": FAILED},
        )
    return not lost.empty


def _bars(upper: pd.Series, lower: pd.Series) -> dict[str, Any]:
    return {"array": upper, "arrayminus": lower, "color": MEAN, "thickness": 1.5, "width": 6}


def _places(curve: ScoreCurve) -> list[Any]:
    if curve.axis.kind is AxisKind.CATEGORIES:
        return list(curve.table["label"])
    return list(curve.table["value"]) if curve.axis.kind is not AxisKind.BROKEN else list(curve.axis.positions)


def _in_parts(rows: pd.DataFrame, curve: ScoreCurve) -> pd.DataFrame:
    """Return the rows with an empty one wherever the axis is broken, so that no line crosses it."""
    if curve.axis.kind is not AxisKind.BROKEN:
        return rows
    part = np.searchsorted(curve.axis.parts, rows.index, side="right")
    gaps = [index + 0.5 for index, this, after in zip(rows.index, part, part[1:], strict=False) if this != after]
    return rows.reindex(sorted([*rows.index, *gaps]))


def _details(rows: pd.DataFrame, noun: str) -> list[list[Any]]:
    """What hovering tells of each value."""
    return [
        [each.label, _spread(each), "" if pd.isna(total) else tally(int(count), int(total), noun)]
        for each, count, total in zip(rows.itertuples(), rows["count"], rows["total"], strict=True)
    ]


def _spread(row: Any) -> str:
    if row.is_estimated is not False:
        return f" ± {number(row.error, 2)} (estimated)"
    return f"<br>middle half {number(row.lower)} to {number(row.upper)}, all {number(row.low)} to {number(row.high)}"


def _symbols(rows: pd.DataFrame) -> list[str]:
    return ["circle" if each is False else "circle-open" for each in rows["is_estimated"].tolist()]


def _bands(exact: pd.DataFrame, curve: ScoreCurve) -> list[go.Scatter]:
    """The middle half of the points, where all are in: a piece for each run of neighbours on one part of the axis."""
    part = np.searchsorted(curve.axis.parts, exact.index, side="right")
    run = pd.Series(exact.index - np.arange(len(exact)), index=exact.index)
    pieces = [piece for _, piece in exact.groupby([run, pd.Series(part, index=exact.index)])]
    return [
        go.Scatter(
            x=[*piece["x"], *piece["x"][::-1]],
            y=[*piece["upper"], *piece["lower"][::-1]],
            fill="toself",
            fillcolor=MEAN_BAND,
            line={"width": 0 if len(piece) > 1 else 8, "color": MEAN_BAND},
            mode="lines",
            hoverinfo="skip",
            name="middle half",
            legendgroup="middle half",
            showlegend=number == 0,
        )
        for number, piece in enumerate(pieces)
    ]


def _leave_out_outliers(chart: go.Figure, curve: ScoreCurve) -> None:
    worst, is_lower = curve.worst_shown, metric_info(curve.metric).lower_is_better
    if worst is None:
        return
    drawn = pd.concat([curve.table["mean"], curve.table["best"]]).dropna()
    best = float(drawn.min() if is_lower else drawn.max())  # an estimated mean may be beyond all scores
    leave_out(chart, curve.metric, best, worst, drawn[(drawn > worst) if is_lower else (drawn < worst)].tolist())


def importance(found: Importance) -> go.Figure:
    """Return the share of the scores' variance that each parameter explains by itself, the largest on top."""
    table = found.table
    if not found.coverage.is_complete:
        return empty(
            f"Importance needs every trial: {found.coverage.label()} have a score.<br>"
            "What is missing would count as a parameter's effect.",
            height=160,
        )
    if not found.is_product:
        return empty(
            "Importance needs one full grid: these grids are not every combination<br>"
            "of their values, so effects of different parameters cannot be told apart.",
            height=160,
        )
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
        height=88 + 30 * len(table),
    )
    most = float(table["share"].max())
    chart.update_xaxes(
        title_text=f"share of the scores' variance<br>{found.coverage.label()}",
        tickformat=".0%",
        range=[0, most * 1.18],
        rangemode="tozero",
    )
    chart.update_yaxes(type="category", showgrid=False)
    return chart
