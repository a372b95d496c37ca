"""The trials of a sweep as they come in, and one trial's folds, drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import analysis
from dashboard.charts.axes import leave_out
from dashboard.charts.style import BEST, MEAN, MEAN_BAND, NUMBER, PLAIN, empty, figure, metric_text, metric_title
from shared.catalog import Metric, metric_info
from shared.domain import RoundsCurve, TrialOutcome
from shared.wording import with_spread

#: more dots than this are thinned out evenly; the line of the best keeps every step
_MOST_DOTS = 2_000


def best_so_far(
    table: pd.DataFrame, metric: Metric, coverage: analysis.Coverage, label: str | None = None
) -> go.Figure:
    """Return each trial's score in the order they ended, and the best one up to there.

    ``label``, here and below, is the metric's where it says more than its own.
    """
    scored = table[table["score"].notna()]
    if scored.empty:
        return empty("No trial has succeeded yet.")
    what = metric_text(metric, label)
    dots = scored.iloc[np.unique(np.linspace(0, len(scored) - 1, min(len(scored), _MOST_DOTS)).astype(int))]
    improved = scored[scored["best"] != scored["best"].shift()]
    steps = pd.concat([improved, scored.tail(1)]).drop_duplicates("done")
    chart = figure(
        go.Scatter(
            x=dots["done"],
            y=dots["score"],
            name="a trial",
            mode="markers",
            marker={"color": PLAIN, "size": 5, "opacity": 0.55},
            hovertemplate=f"trial %{{x}}<br>{what} %{{y:{NUMBER}}}<extra></extra>",
        ),
        go.Scatter(
            x=steps["done"],
            y=steps["best"],
            name="best so far",
            mode="lines+markers",
            marker={"color": BEST, "size": 5},
            line={"color": BEST, "width": 2.5, "shape": "hv"},
            hovertemplate=f"after %{{x}} trials<br>best {what} %{{y:{NUMBER}}}<extra></extra>",
        ),
    )
    few = {"tick0": 0, "dtick": 1} if len(table) <= 10 else {}
    chart.update_xaxes(title_text=f"trials done · {coverage.label()}", rangemode="tozero", **few)
    chart.update_yaxes(title_text=metric_title(metric, label))
    worst, is_lower = (
        analysis.worst_shown(scored["score"].to_numpy(dtype=float), metric),
        metric_info(metric).lower_is_better,
    )
    if worst is not None:
        beyond = scored["score"][scored["score"] > worst if is_lower else scored["score"] < worst]
        leave_out(chart, metric, float(scored["best"].iloc[-1]), worst, beyond.tolist())
    return chart


def fold_scores(outcome: TrialOutcome, metric: Metric, label: str | None = None) -> go.Figure:
    """Return one trial's score on each fold, with their mean and one standard deviation around it."""
    table = analysis.fold_scores(outcome, metric)
    if table.empty:
        return empty("This trial has no scores.", height=220)
    score, what = outcome.scores[metric], metric_text(metric, label)
    chart = figure(
        go.Scatter(
            x=table["fold"],
            y=table["score"],
            mode="markers",
            marker={"color": MEAN, "size": 10},
            hovertemplate=f"fold %{{x}}<br>{what} %{{y:{NUMBER}}}<extra></extra>",
            showlegend=False,
        ),
        height=240,
    )
    chart.add_hrect(
        y0=score.mean_score - score.std_score,
        y1=score.mean_score + score.std_score,
        fillcolor=MEAN_BAND,
        line_width=0,
        layer="below",
    )
    chart.add_hline(
        y=score.mean_score,
        line={"color": MEAN, "width": 2, "dash": "dash"},
        annotation_text=f"mean {with_spread(score.mean_score, score.std_score)}",
        annotation_position="top left",
    )
    chart.update_xaxes(title_text="fold", dtick=max(1, len(table) // 10), range=[0.5, len(table) + 0.5])
    chart.update_yaxes(title_text=metric_title(metric, label))
    return chart


def rounds_curve(curve: RoundsCurve, metric: Metric, label: str | None = None) -> go.Figure:
    """Return the metric over the number of rounds, with one standard deviation around it and the best count marked."""
    what = metric_text(metric, label)
    means, stds = np.array(curve.mean_scores), np.array(curve.std_scores)
    chart = figure(
        go.Scatter(
            x=[*curve.rounds, *reversed(curve.rounds)],
            y=[*(means + stds), *reversed(means - stds)],
            fill="toself",
            fillcolor=MEAN_BAND,
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            name="± 1 sd",
        ),
        go.Scatter(
            x=curve.rounds,
            y=means,
            name="mean over the folds",
            mode="lines" if len(means) > 1 else "markers",
            line={"color": MEAN, "width": 2},
            customdata=stds,
            hovertemplate=f"%{{x:,}} rounds<br>{what} %{{y:{NUMBER}}} ± %{{customdata:{NUMBER}}}<extra></extra>",
        ),
        go.Scatter(
            x=[curve.best_rounds],
            y=[curve.best_mean_score],
            name="best",
            mode="markers",
            marker={"color": BEST, "size": 10, "symbol": "diamond-open", "line": {"width": 2}},
            hovertemplate=f"best after %{{x:,}} rounds<br>{what} %{{y:{NUMBER}}}<extra></extra>",
        ),
        height=280,
    )
    # pointing anywhere tells of the nearest count: a finger is not precise
    chart.update_layout(hovermode="x", hoverdistance=-1)
    chart.update_xaxes(title_text="rounds", rangemode="tozero")
    chart.update_yaxes(title_text=metric_title(metric, label))
    return chart
