"""Charts of trials: the best so far, the folds of one and its rounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard import analysis, charts
from shared.catalog import Metric
from shared.domain import RoundsCurve
from tests.support.charted import ALL, OUTCOMES, POINTS, ROUNDS, SWEEP, scored, trace


def test_best_so_far_steps_where_the_best_improves_and_reaches_the_last_trial():
    scores = [0.9, 0.7, 0.8, 0.6, 0.65]
    outcomes = [scored(point, score) for point, score in zip(POINTS, scores, strict=False)]
    chart = charts.best_so_far(analysis.best_so_far(SWEEP, outcomes), Metric.RMSE, ALL)
    assert list(trace(chart, "best so far").x) == [1, 2, 4, 5]
    assert list(trace(chart, "best so far").y) == [0.9, 0.7, 0.6, 0.6]
    assert list(trace(chart, "a trial").y) == scores


def test_many_trials_are_thinned_but_no_improvement_is_lost():
    score = np.linspace(2, 1, 10_000)
    table = pd.DataFrame({"done": range(1, 10_001), "score": score, "best": score})
    chart = charts.best_so_far(table, Metric.RMSE, ALL)
    dots = trace(chart, "a trial").x
    assert len(dots) <= 2_000
    assert (dots[0], dots[-1]) == (1, 10_000)
    assert len(trace(chart, "best so far").x) == 10_000


def test_fold_scores_have_their_mean_and_spread():
    chart = charts.fold_scores(OUTCOMES[0], Metric.RMSE)
    assert list(chart.data[0].y) == pytest.approx([0.4, 0.5, 0.6])
    band, line = chart.layout.shapes
    assert (band.y0, band.y1) == pytest.approx((0.5 - 0.0816, 0.5 + 0.0816))
    assert line.y0 == 0.5
    assert chart.layout.annotations[0].text == "mean 0.50000 ± 0.082"


def test_the_curve_over_rounds_has_its_spread_around_it_and_its_best_marked():
    chart = charts.rounds_curve(ROUNDS, Metric.RMSE)

    mean, band, best = (trace(chart, name) for name in ("mean over the folds", "± 1 sd", "best"))
    assert (list(mean.x), list(mean.y)) == ([8, 16, 20], [0.5, 0.25, 0.375])
    assert list(band.x) == [8, 16, 20, 20, 16, 8]
    assert list(band.y) == [0.75, 0.375, 0.375, 0.375, 0.125, 0.25]
    assert (list(best.x), list(best.y)) == ([16], [0.25])
    assert chart.layout.yaxis.title.text == "RMSE (lower is better)"


def test_a_curve_of_one_count_is_a_dot():
    curve = RoundsCurve(rounds=(3,), mean_scores=(0.5,), std_scores=(0.1,), best_rounds=3)
    assert trace(charts.rounds_curve(curve, Metric.R2), "mean over the folds").mode == "markers"
