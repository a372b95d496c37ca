"""Every chart: what it leaves to the theme, and what it says where there is nothing to draw."""

from __future__ import annotations

import json

import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard import analysis, charts
from shared.catalog import Metric, TaskType
from shared.domain import ErrorCause
from shared.testing import make_outcome, make_spec, make_sweep
from tests.support.charted import ALL, FRAME, GRID, HALF, NOTHING_YET, OUTCOMES, ROUNDS, SWEEP, scored

ONE = make_sweep(spec=make_spec(param_grid={"max_depth": [3]}), size=1)
ONE_FRAME = analysis.trials_frame(ONE, [scored(analysis.grid_points(ONE)[0], 0.5)], analysis.grid_points(ONE))


def sentence(chart: go.Figure) -> str:
    """What a figure without data says."""
    assert not chart.data
    return chart.layout.annotations[0].text


EVERY_CHART = {
    "curve of numbers": lambda: charts.score_curve(analysis.score_curve(SWEEP, FRAME, "learning_rate", Metric.RMSE)),
    "curve of choices": lambda: charts.score_curve(analysis.score_curve(SWEEP, FRAME, "booster", Metric.RMSE)),
    "curve of nothing": lambda: charts.score_curve(analysis.score_curve(SWEEP, NOTHING_YET, "booster", Metric.RMSE)),
    "heat map": lambda: charts.heat_map(analysis.heat_map(SWEEP, FRAME, "booster", "max_depth", Metric.RMSE)),
    "importance": lambda: charts.importance(analysis.importance(SWEEP, FRAME, sorted(GRID), Metric.RMSE)),
    "best so far": lambda: charts.best_so_far(analysis.best_so_far(SWEEP, OUTCOMES), Metric.RMSE, ALL),
    "folds": lambda: charts.fold_scores(OUTCOMES[0], Metric.RMSE),
    "rounds": lambda: charts.rounds_curve(ROUNDS, Metric.RMSE),
    "histogram": lambda: charts.target_distribution(pd.Series(range(100), name="y"), TaskType.REGRESSION),
    "classes": lambda: charts.target_distribution(pd.Series(["a", "b", "a"], name="y"), TaskType.BINARY),
}


@pytest.mark.parametrize("draw", EVERY_CHART.values(), ids=EVERY_CHART)
def test_every_chart_leaves_background_and_text_to_the_theme(draw):
    layout = draw().layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None
    assert layout.title.text is None


@pytest.mark.parametrize("draw", EVERY_CHART.values(), ids=EVERY_CHART)
def test_every_chart_can_be_sent_to_a_browser(draw):
    assert json.loads(draw().to_json())["layout"]["margin"]["l"] <= 8


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        (lambda: EVERY_CHART["curve of nothing"](), "No trial has succeeded yet."),
        (
            lambda: charts.heat_map(analysis.heat_map(SWEEP, NOTHING_YET, "booster", "max_depth", Metric.RMSE)),
            "No trial has succeeded yet.",
        ),
        (
            lambda: charts.heat_map(analysis.heat_map(SWEEP, NOTHING_YET.head(0), "booster", "max_depth", Metric.RMSE)),
            "No trial has succeeded yet.",
        ),
        (
            lambda: charts.importance(analysis.importance(ONE, ONE_FRAME, [], Metric.RMSE)),
            "Importance needs at least two trials with different scores.",
        ),
        (
            lambda: charts.importance(analysis.importance(SWEEP, HALF, ["booster"], Metric.RMSE)),
            "Importance needs every trial: 6 of 12 trials have a score.<br>"
            "What is missing would count as a parameter's effect.",
        ),
        (
            lambda: charts.best_so_far(analysis.best_so_far(SWEEP, []), Metric.RMSE, ALL),
            "No trial has succeeded yet.",
        ),
        (
            lambda: charts.fold_scores(make_outcome(failed=ErrorCause.TIMEOUT), Metric.RMSE),
            "This trial has no scores.",
        ),
        (
            lambda: charts.target_distribution(pd.Series(["a", None], name="y"), TaskType.REGRESSION),
            "The target has no numbers.",
        ),
        (
            lambda: charts.target_distribution(pd.Series([None, None], name="y"), TaskType.BINARY),
            "The target has no values.",
        ),
    ],
)
def test_a_chart_of_nothing_says_why(chart, says):
    assert sentence(chart()) == says
