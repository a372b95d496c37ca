"""What a data set's target looks like, drawn."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.style import MEAN, NUMBER, PLAIN, empty, figure
from shared.catalog import TaskType

_BINS = 40
_MOST_CLASSES = 20
#: characters of a class below its bar: long names, upright, would leave the bars no room
_LONGEST_LABEL = 15


def target_distribution(values: pd.Series, task: TaskType) -> go.Figure:
    """Return a histogram of a number, or how many rows each class has.

    Only the counts go to the browser, never the rows. Missing and infinite values are left out, and said.
    """
    if task is TaskType.REGRESSION:
        return _histogram(pd.to_numeric(values, errors="coerce"), str(values.name))
    return _class_bars(values.dropna(), str(values.name))


def _histogram(values: pd.Series, name: str) -> go.Figure:
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return empty("The target has no numbers.", height=240)
    counts, edges = np.histogram(numbers, bins=min(_BINS, max(1, len(np.unique(numbers)))))
    chart = figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges),
            marker={"color": MEAN, "line": {"width": 0}},
            customdata=np.column_stack([edges[:-1], edges[1:]]),
            hovertemplate=f"%{{customdata[0]:{NUMBER}}} to %{{customdata[1]:{NUMBER}}}<br>%{{y:,}} rows<extra></extra>",
        ),
        height=240,
    )
    left_out = len(values) - len(numbers)
    chart.update_xaxes(title_text=f"{name} ({left_out:,} rows without a number)" if left_out else name)
    chart.update_yaxes(title_text="rows")
    chart.update_layout(bargap=0.04)
    return chart


def _class_bars(values: pd.Series, name: str) -> go.Figure:
    counts = values.astype(str).value_counts(sort=False).sort_index(key=_natural_order)
    if counts.empty:
        return empty("The target has no values.", height=240)
    colours = [MEAN] * len(counts)
    if len(counts) > _MOST_CLASSES:
        largest = counts.sort_values(ascending=False, kind="stable")
        rest = largest.iloc[_MOST_CLASSES:]
        counts = pd.concat([largest.iloc[:_MOST_CLASSES], pd.Series({f"{len(rest)} others": rest.sum()})])
        colours = [MEAN] * _MOST_CLASSES + [PLAIN]
    chart = figure(
        go.Bar(
            x=counts.index,
            y=counts.to_numpy(),
            marker={"color": colours},
            customdata=counts.to_numpy() / counts.sum(),
            hovertemplate="%{x}<br>%{y:,} rows, %{customdata:.1%}<extra></extra>",
        ),
        height=240,
    )
    chart.update_xaxes(
        title_text=name,
        type="category",
        showgrid=False,
        tickmode="array",
        tickvals=list(counts.index),  # by name: a number is looked up among the names first
        ticktext=[html.escape(_short(str(each)), quote=False) for each in counts.index],
    )
    chart.update_yaxes(title_text="rows", rangemode="tozero")
    return chart


def _short(label: str) -> str:
    """The beginning and the end of a long name: names of one kind differ in either."""
    return label if len(label) <= _LONGEST_LABEL else f"{label[:7]}…{label[-7:]}"


def _natural_order(labels: pd.Index) -> pd.Index:
    """Numbers by size where all labels are numbers, else by the alphabet."""
    numbers = pd.to_numeric(pd.Series(labels), errors="coerce")
    return labels if numbers.isna().any() else pd.Index(numbers)
