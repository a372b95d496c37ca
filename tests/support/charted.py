"""A sweep of twelve trials to draw: with all their scores, with half of them and with none."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard import analysis
from shared.catalog import Metric
from shared.domain import MetricScore, RoundsCurve, TrialOutcome
from shared.testing import make_outcome, make_spec, make_sweep

GRID = {"booster": ["gbtree", "dart"], "learning_rate": [0.01, 0.1, 1.0], "max_depth": [3, 5]}
SWEEP = make_sweep(spec=make_spec(param_grid=GRID), size=12)
POINTS = analysis.grid_points(SWEEP)


def scored(point: analysis.GridPoint, score: float) -> TrialOutcome:
    """A success whose RMSE and R² are both ``score``, with a spread over three folds."""
    score_of = MetricScore(fold_scores=(score - 0.1, score, score + 0.1), mean_score=score, std_score=0.0816)
    return make_outcome(
        trial_id=point.trial_id, params=point.params, scores={Metric.RMSE: score_of, Metric.R2: score_of}
    )


OUTCOMES = [scored(point, 0.5 + number / 100) for number, point in enumerate(POINTS)]
FRAME = analysis.trials_frame(SWEEP, OUTCOMES, POINTS)
NOTHING_YET = analysis.trials_frame(SWEEP, [], POINTS)
HALF = analysis.trials_frame(SWEEP, OUTCOMES[:6], POINTS)  # gbtree only
ALL = analysis.coverage(SWEEP, FRAME, Metric.RMSE)
ROUNDS = RoundsCurve(rounds=(8, 16, 20), mean_scores=(0.5, 0.25, 0.375), std_scores=(0.25, 0.125, 0), best_rounds=16)


def trace(chart: go.Figure, name: str):
    """Return what a figure draws under that name."""
    return next(each for each in chart.data if each.name == name)
