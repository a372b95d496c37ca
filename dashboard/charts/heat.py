"""A metric over two parameters, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from dashboard.analysis import CellState, HeatMap, HeatMapValue, number_format
from dashboard.charts.axes import CHARACTER, NARROWEST, without_collisions
from dashboard.charts.style import (
    DROPPED,
    FAILED,
    NUMBER,
    PLAIN,
    SCALE,
    TICKS,
    WAITING,
    empty,
    figure,
    metric_text,
    metric_title,
    tally,
)
from shared.catalog import metric_info

#: with more cells than this a heat map leaves its numbers to hovering
_MOST_NUMBERS = 80
#: how wide the scale of colours with its numbers and title is, in pixels
_SCALE_WIDTH = 60
#: WCAG's relative luminance on which black and white have the same contrast, 4.6 to 1
_MIDDLE_LUMINANCE = 0.179
#: what a cell without a score looks like, and what is written on it
_STATES = {
    CellState.FAILED: (FAILED, "✕", "#ffffff"),
    CellState.DROPPED: (DROPPED, "▽", "#ffffff"),
    CellState.CANCELLED: (PLAIN, "–", "#000000"),
    CellState.UNDEFINED: (PLAIN, "?", "#000000"),
    CellState.PENDING: (WAITING, "…", None),
    CellState.PARTLY: (WAITING, "", None),
}


def heat_map(cells: HeatMap, label: str | None = None) -> go.Figure:
    """Return a metric over two parameters; bright is better. Small ones carry their numbers.

    A cell without a score says why by colour and sign; one that is not in the grid is empty. ``label`` is the
    metric's where it says more than its own.
    """
    if not cells.coverage.size:
        return empty("No grid of the sweep sets both parameters.")
    is_scored = np.isfinite(cells.scores)
    without = [state for state in _STATES if (cells.states == state).any()]
    if not is_scored.any() and not set(without) - {CellState.PENDING, CellState.CANCELLED}:
        return empty("No trial has succeeded yet.")
    has_numbers = cells.scores.size <= _MOST_NUMBERS
    traces: list[go.Heatmap | go.Scatter] = []
    if is_scored.any():
        scores = _scores(cells, label)
        traces += [scores, *(_numbers(scores, cells) if has_numbers else ())]
    for state in without:
        traces += _of_state(cells, state, has_sign=has_numbers)
    if (is_scored & (cells.failed > 0)).any():
        traces.append(_failed_in_part(cells, is_scored, has_sign=has_numbers))
    chart = figure(*traces, height=max(260, min(640, 120 + 34 * len(cells.y_labels))))
    chart.update_layout(margin_t=52 if any(each.showlegend for each in chart.data) else 28)
    for update, title, labels in (
        (chart.update_xaxes, f"{cells.x} · {cells.coverage.label()}", cells.x_labels),
        (chart.update_yaxes, cells.y, cells.y_labels),
    ):
        update(
            title_text=title,
            type="category",
            showgrid=False,
            categoryorder="array",
            categoryarray=list(labels),
            range=[-0.5, len(labels) - 0.5],
        )
    places = list(range(len(cells.x_labels)))
    # by name: a number is looked up among the names first, so that 1 would be the column "1", wherever that is
    shown = [cells.x_labels[each] for each in without_collisions(places, cells.x_labels, taken=_taken(cells))]
    chart.update_xaxes(tickmode="array", tickvals=shown, ticktext=shown, tickangle=0)
    return chart


def _taken(cells: HeatMap) -> float:
    """The pixels beside the cells, to the middles of the outer ones: the scale of colours, and what is written up."""
    beside = _SCALE_WIDTH + CHARACTER * max(map(len, cells.y_labels))
    return beside + max(0, NARROWEST - beside) / len(cells.x_labels)


def _scores(cells: HeatMap, label: str | None) -> go.Heatmap:
    what = "best" if cells.how is HeatMapValue.BEST else "mean"
    reverse = metric_info(cells.metric).lower_is_better
    worst = _fence(cells.scores, upper=reverse)
    return go.Heatmap(
        x=cells.x_labels,
        y=cells.y_labels,
        z=cells.scores,
        customdata=_tallies(cells),
        colorscale=SCALE,
        reversescale=reverse,
        zmin=np.nanmin(cells.scores) if reverse else worst,
        zmax=worst if reverse else np.nanmax(cells.scores),
        xgap=1,
        ygap=1,
        hoverongaps=False,
        colorbar={"title": {"text": metric_title(cells.metric, label), "side": "right"}, "thickness": 12, **TICKS},
        hovertemplate=f"{cells.x} = %{{x}}<br>{cells.y} = %{{y}}<br>{what} {metric_text(cells.metric, label)}"
        f" <b>%{{z:{NUMBER}}}</b><br>%{{customdata}}<extra></extra>",
    )


def _tallies(cells: HeatMap) -> np.ndarray:
    """How many trials, or points, of each cell have a score, in words."""

    def written(count: int, failed: int, total: int) -> str:
        return tally(count, total, cells.coverage.noun) + (f", {failed} failed" if failed else "")

    return _in_each_cell(written, cells.counts, cells.failed, cells.totals)


def _of_state(cells: HeatMap, state: CellState, *, has_sign: bool) -> list[go.Heatmap | go.Scatter]:
    """The cells of one state, and its line in the legend."""
    color, sign, ink = _STATES[state]
    written = _parts_of(cells) if state is CellState.PARTLY else np.full(cells.states.shape, sign, dtype=object)
    if state is not CellState.FAILED:  # some of it did
        failed_too = _in_each_cell("{} ✕".format, cells.failed)
        written = np.where(cells.failed > 0, _in_each_cell("{}<br>{}".format, written, failed_too), written)
    signs = np.where(cells.states == state, written, "")
    trace = go.Heatmap(
        x=cells.x_labels,
        y=cells.y_labels,
        z=np.where(cells.states == state, 1.0, np.nan),
        colorscale=[[0, color], [1, color]],
        showscale=False,
        xgap=1,
        ygap=1,
        hoverongaps=False,
        customdata=_tallies(cells),
        text=signs,
        texttemplate="%{text}" if has_sign else None,
        hovertemplate=f"{cells.x} = %{{x}}<br>{cells.y} = %{{y}}<br><b>{state}</b><br>%{{customdata}}<extra></extra>",
    )
    if ink:
        trace.textfont = {"color": ink}
    legend = go.Scatter(
        x=[None],
        y=[None],
        name=f"{state} {sign}".strip(),
        mode="markers",
        marker={"color": color, "symbol": "square", "size": 12},
        hoverinfo="skip",
        showlegend=True,
    )
    return [trace, legend]


def _failed_in_part(cells: HeatMap, is_scored: np.ndarray, *, has_sign: bool) -> go.Scatter:
    """What marks the cells with a score of which some trials failed, and its line in the legend.

    Where cells carry numbers that of the failures is among them.
    """
    rows, columns = np.nonzero(is_scored & (cells.failed > 0))
    return go.Scatter(
        x=[None] if has_sign else [cells.x_labels[at] for at in columns],
        y=[None] if has_sign else [cells.y_labels[at] for at in rows],
        name="failed in part ✕",
        mode="markers",
        marker={"color": FAILED, "symbol": "x", "size": 8, "line": {"width": 1, "color": "#ffffff"}},
        hoverinfo="skip",
        showlegend=True,
    )


def _parts_of(cells: HeatMap) -> np.ndarray:
    def written(count: int, total: int) -> str:
        return f"{count:,} of {total:,}" if total else f"{count:,} so far"

    return _in_each_cell(written, cells.counts, cells.totals)


def _in_each_cell(write: Callable[..., str], *numbers: np.ndarray) -> np.ndarray:
    return np.array(np.vectorize(write, otypes=[object])(*numbers))


def _numbers(trace: go.Heatmap, cells: HeatMap) -> Iterator[go.Heatmap]:
    """Yield what writes each cell's score on it: in black or white, whichever is read more easily on its colour.

    A trace writes in one colour, or in one that plotly chooses, which is too pale on the greens.
    """
    scores, spread = trace.z, trace.zmax - trace.zmin
    places = np.clip((scores - trace.zmin) / spread, 0, 1) if spread else np.full(scores.shape, 0.5)
    colors = sample_colorscale(SCALE, (1 - places if trace.reversescale else places).ravel(), colortype="tuple")
    bright = np.reshape([_luminance(color) > _MIDDLE_LUMINANCE for color in colors], scores.shape)
    is_part = np.isfinite(scores) & (cells.counts != cells.totals)
    parts = np.where(is_part, _in_each_cell("<br>{}".format, _parts_of(cells)), "")
    parts = np.where(is_part & (cells.failed > 0), _in_each_cell("{}, {} ✕".format, parts, cells.failed), parts)
    for color, some in (("#000000", bright), ("#ffffff", ~bright)):
        yield go.Heatmap(
            x=trace.x,
            y=trace.y,
            z=np.where(some, scores, np.nan),
            colorscale=[[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]],
            showscale=False,
            hoverinfo="skip",
            text=np.where(some & np.isfinite(scores), parts, ""),  # plotly writes a text without a number, too
            texttemplate=f"%{{z:,{number_format(scores, digits=1)}}}%{{text}}",
            textfont={"color": color},
        )


def _luminance(color: tuple[float, float, float]) -> float:
    """WCAG's relative luminance of an sRGB colour of parts from 0 to 1."""
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color)
    return float(np.dot((0.2126, 0.7152, 0.0722), tuple(linear)))


def _fence(scores: np.ndarray, *, upper: bool) -> float:
    """Tukey's fence at the bad end, or the worst score within it, lest one outlier take all the colours."""
    finite = scores[np.isfinite(scores)]
    first, third = np.percentile(finite, [25, 75])
    if first == third:  # half of the cells or more are one plateau: what is worse must not have its colour
        finite = np.unique(finite)
        first, third = np.percentile(finite, [25, 75])
    reach = 1.5 * (third - first)
    return float(min(finite.max(), third + reach) if upper else max(finite.min(), first - reach))
