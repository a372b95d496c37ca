"""A chart names its metric as the sweep does: with the class that it speaks of."""

from __future__ import annotations

import html

import pytest

from dashboard import analysis, charts
from dashboard.analysis import HeatMapValue
from shared.catalog import Metric
from shared.domain import MetricScore, RoundsCurve
from shared.testing import make_outcome, make_spec, make_sweep

SWEEP = make_sweep(
    spec=make_spec(
        dataset={"name": "mail", "target": "kind", "task": "binary", "content_hash": "a" * 64},
        metrics=["f1"],
        param_grid={"learning_rate": [0.01, 0.1], "max_depth": [3, 5]},
    ),
    size=4,
    classes=("legit", "spam"),
)
POINTS = analysis.grid_points(SWEEP)
SCORE = MetricScore(fold_scores=(0.4, 0.5, 0.6), mean_score=0.5, std_score=0.08)
OUTCOMES = [make_outcome(trial_id=each.trial_id, params=each.params, scores={Metric.F1: SCORE}) for each in POINTS]
FRAME = analysis.trials_frame(SWEEP, OUTCOMES, POINTS)
ROUNDS = RoundsCurve(rounds=(8, 16), mean_scores=(0.5, 0.25), std_scores=(0.25, 0.125), best_rounds=8)
MAP = analysis.heat_map(SWEEP, FRAME, "learning_rate", "max_depth", Metric.F1, HeatMapValue.BEST)
CURVE = analysis.score_curve(SWEEP, FRAME, "max_depth", Metric.F1)
SO_FAR = analysis.best_so_far(SWEEP, OUTCOMES, Metric.F1)
COVERS = analysis.coverage(SWEEP, FRAME, Metric.F1)

DRAWN = {
    "score curve": lambda label: charts.score_curve(CURVE, label),
    "heat map": lambda label: charts.heat_map(MAP, label),
    "best so far": lambda label: charts.best_so_far(SO_FAR, Metric.F1, COVERS, label),
    "fold scores": lambda label: charts.fold_scores(OUTCOMES[0], Metric.F1, label),
    "rounds curve": lambda label: charts.rounds_curve(ROUNDS, Metric.F1, label),
}


def title_of(chart) -> str:
    bars = [each.colorbar.title.text for each in chart.data if each.type == "heatmap" and each.colorbar.title.text]
    return bars[0] if bars else chart.layout.yaxis.title.text


def hovers(chart) -> list[str]:
    return [each.hovertemplate for each in chart.data if each.hovertemplate]


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_the_axis_and_what_hovering_tells_name_the_class(draw):
    chart = draw(SWEEP.metric_label(Metric.F1))
    assert title_of(chart) == "F1 of 'spam' (higher is better)"
    assert any("F1 of 'spam' " in each for each in hovers(chart))
    assert title_of(draw(None)) == "F1 (higher is better)"


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
@pytest.mark.parametrize("name", ["<b>", "%{y}", "$x$", "a & b"])
def test_a_class_is_written_as_it_is_whatever_plotly_would_make_of_it(draw, name):
    chart = draw(f"F1 of '{name}'")
    assert name not in title_of(chart)
    assert html.unescape(title_of(chart)) == f"F1 of '{name}' (higher is better)"
    assert not any(f"'{name}'" in each for each in hovers(chart))
