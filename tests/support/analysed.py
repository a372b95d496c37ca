"""Sweeps with outcomes as the analysis sees them."""

from datetime import UTC, datetime

import pandas as pd
from sklearn.model_selection import ParameterGrid

from dashboard import analysis
from shared.catalog import Metric
from shared.domain import ErrorCause, MetricScore, Sweep, TrialOutcome
from shared.testing import make_outcome, make_spec, make_sweep

START = datetime(2026, 1, 1, tzinfo=UTC)


def sweep_over(*grids: dict, **changes) -> Sweep:
    spec = make_spec(param_grid=list(grids))
    return make_sweep(spec=spec, size=sum(len(ParameterGrid(grid)) for grid in grids), created_at=START, **changes)


def scored(trial_id: str, params: dict, score: float, **changes) -> TrialOutcome:
    """A success whose RMSE is ``score`` and whose R² is 1 - score."""
    scores = {
        metric: MetricScore(fold_scores=(mean - 0.01, mean, mean + 0.01), mean_score=mean, std_score=0.0082)
        for metric, mean in ((Metric.RMSE, score), (Metric.R2, 1 - score))
    }
    return make_outcome(trial_id=trial_id, params=params, scores=scores, **changes)


def evaluate(sweep: Sweep, score_of) -> list[TrialOutcome]:
    """Outcomes of all trials; where ``score_of`` a point's params is None the trial failed."""
    outcomes = {}
    for point in analysis.grid_points(sweep):
        score = score_of(**point.params)
        outcomes.setdefault(
            point.trial_id,
            make_outcome(trial_id=point.trial_id, params=point.params, failed=ErrorCause.EVALUATION)
            if score is None
            else scored(point.trial_id, point.params, score),
        )
    return list(outcomes.values())


def frame_of(sweep: Sweep, score_of) -> pd.DataFrame:
    return analysis.trials_frame(sweep, evaluate(sweep, score_of), analysis.grid_points(sweep))


RATES_AND_DEPTHS = {"learning_rate": [0.01, 0.1, 1.0], "max_depth": [3, 5]}
