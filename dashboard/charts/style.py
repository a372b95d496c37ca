"""What all charts share. Nothing here sets a background or the text's colour: the page's theme does, light or dark."""

from __future__ import annotations

import html
from typing import Any

import plotly.graph_objects as go

from shared.catalog import Metric, metric_info

#: colours that the colour-blind tell apart and that stand out on white and on black; each has one meaning
MEAN = "#3A87C8"
MEAN_BAND = "rgba(58, 135, 200, 0.22)"
BEST = "#D55E00"
PLAIN = "#868C96"
#: what failed, and what there is no score of for another reason
FAILED = "#B5179E"
WAITING = "rgba(134, 140, 150, 0.45)"
DROPPED = "#6B4F3A"
GRID = "rgba(128, 128, 128, 0.22)"

#: bright is better, on every chart: reversed where lower is
SCALE = "Viridis"

#: for st.plotly_chart and Figure.show: no logo, and a finger scrolls the page instead of the chart
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
}

#: the size of numbers and remarks within a chart, in pixels
NUMBER_TEXT = 12

#: how ticks are written: 27,500 and 2.8e+11, where plotly has 27.5k, 280B, and 28n for 0.000000028
TICKS: dict[str, Any] = {"exponentformat": "e", "minexponent": 6, "separatethousands": True}

#: full numbers for hovering; d3's format
NUMBER = ".7~g"


def figure(*traces: Any, height: int = 320) -> go.Figure:
    """Return a figure with the common layout, narrow enough for a phone."""
    chart = go.Figure(list(traces))
    chart.update_layout(
        template="none",
        height=height,
        # on a phone the tools are always there, and need a line of their own above the legend, which may take two
        margin={"l": 4, "r": 8, "t": 28 if len(traces) < 2 else 52 if len(traces) == 2 else 74, "b": 4, "pad": 2},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        dragmode=False,
        hoverlabel={"align": "left"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": PLAIN, "activecolor": BEST},
        uirevision="keep",  # what a person zoomed or hid stays so while a live page redraws
    )
    axis = {
        "automargin": True,
        "gridcolor": GRID,
        "zeroline": False,
        "title_standoff": 8,
        **TICKS,
    }
    chart.update_xaxes(**axis)
    chart.update_yaxes(**axis)
    return chart


def empty(sentence: str, height: int = 320) -> go.Figure:
    """Return a figure that says why there is nothing to draw."""
    chart = figure(height=height)
    chart.update_xaxes(visible=False)
    chart.update_yaxes(visible=False)
    chart.add_annotation(text=sentence, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return chart


def metric_text(metric: Metric, label: str | None = None) -> str:
    """Return the metric's label, or the one given, which may name a class of the data: no mark-up of plotly's."""
    written = label or metric_info(metric).label
    return html.escape(written, quote=False).replace("%{", "%&#123;").replace("$", "&#36;")


def metric_title(metric: Metric, label: str | None = None) -> str:
    """Return ``RMSE (lower is better)``."""
    return f"{metric_text(metric, label)} ({metric_info(metric).better} is better)"


def tally(count: int, total: int, noun: str) -> str:
    """Return ``3 of 9 trials``, or ``3 trials so far`` where nobody knows how many there will be."""
    return f"{count:,} of {total:,} {noun}" if total else f"{count:,} {noun} so far"
