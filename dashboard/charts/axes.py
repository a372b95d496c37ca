"""Axes of a parameter's values, and of scores of which some are far worse than the others."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import Any

import plotly.graph_objects as go

from dashboard.analysis import AxisKind, ValueAxis
from dashboard.charts.style import NUMBER_TEXT
from shared.catalog import Metric, metric_info
from shared.wording import number

#: with more values than this a linear axis chooses its own ticks
_MOST_TICKS = 8
#: the width of a plot on a phone, and of a label's character and the space beside it, in pixels
NARROWEST, CHARACTER, _SPACE = 270, 7, 6


def draw_values(chart: go.Figure, axis: ValueAxis, labels: Sequence[str], title: str) -> None:
    """Give the chart the axis of all values, also of those without a score yet, so that it stands still."""
    if axis.kind is AxisKind.CATEGORIES:
        chart.update_xaxes(
            title_text=title,
            type="category",
            categoryorder="array",
            categoryarray=list(labels),
            range=[-0.5, len(labels) - 0.5],
        )
        return
    is_log = axis.kind is AxisKind.LOG
    places = [log10(each) for each in axis.positions] if is_log else list(axis.positions)
    first, last = places[0], places[-1]
    margin = (last - first) * 0.04 or max(abs(first) * 0.1, 0.5)
    ticks: dict[str, Any] = {}
    if axis.kind is not AxisKind.LINEAR or len(labels) <= _MOST_TICKS:
        shown = without_collisions(places, labels, axis.parts)
        ticks = {
            "tickmode": "array",
            "tickvals": [axis.positions[each] for each in shown],
            "ticktext": [labels[each] for each in shown],
            "tickangle": 0,
        }
    chart.update_xaxes(
        title_text=title, type="log" if is_log else "linear", range=[first - margin, last + margin], **ticks
    )
    for place in axis.breaks:
        chart.add_annotation(
            x=place, y=0, yref="paper", yanchor="middle", text="<b>∕∕</b>", showarrow=False, font={"size": 13}
        )


def without_collisions(
    places: Sequence[float], labels: Sequence[str], parts: Sequence[int] = (0,), taken: float = 0.0
) -> list[int]:
    """Return which of the labels are written so that none touches another on a phone: first the ends of the parts.

    So many pixels of the plot's width are ``taken`` by something else.
    """
    length, width = (places[-1] - places[0]) or 1.0, max(CHARACTER, NARROWEST - taken)
    ends = {0, len(labels) - 1, *parts, *(at - 1 for at in parts if at)}
    shown: list[int] = []
    for each in [*sorted(ends), *(at for at in range(len(labels)) if at not in ends)]:
        if all(
            abs(places[each] - places[other]) / length * width
            >= CHARACTER * (len(labels[each]) + len(labels[other])) / 2 + _SPACE
            for other in shown
        ):
            shown.append(each)
    return sorted(shown)


def leave_out(chart: go.Figure, metric: Metric, best: float, worst: float | None, beyond: Sequence[float]) -> None:
    """End the axis of scores at the worst one that is shown, and say how many are ``beyond``."""
    if worst is None or not beyond:
        return
    margin = abs(worst - best) * 0.08 or abs(best) * 0.01 or 1.0
    lower = metric_info(metric).lower_is_better
    chart.update_yaxes(range=[best - margin, worst + margin] if lower else [worst - margin, best + margin])
    most = max(beyond) if lower else min(beyond)
    chart.add_annotation(
        text=f"{'↑' if lower else '↓'} {len(beyond):,} off the chart, the worst {number(most, 4)}",
        x=1,
        y=1 if lower else 0,
        xref="paper",
        yref="paper",
        xanchor="right",
        yanchor="top" if lower else "bottom",
        showarrow=False,
        font={"size": NUMBER_TEXT},
    )
