import numpy as np
import pytest

from dashboard import analysis
from dashboard.analysis import HeatMapValue
from shared.catalog import Metric
from shared.domain import ErrorCause
from shared.testing import make_outcome
from tests.support.analysed import RATES_AND_DEPTHS, evaluate, frame_of, scored, sweep_over


@pytest.mark.parametrize(
    ("how", "expected"), [(HeatMapValue.BEST, [[0.1, 0.2], [0.3, 0.4]]), (HeatMapValue.MEAN, [[0.6, 0.7], [0.8, 0.9]])]
)
def test_a_heat_map_has_the_best_or_the_mean_of_each_cell(how, expected):
    grid = {"gamma": [0.0, 0.1], "reg_alpha": [0.0, 0.2], "subsample": [0.5, 1.0]}
    sweep = sweep_over(grid)
    frame = frame_of(sweep, lambda gamma, reg_alpha, subsample: gamma + reg_alpha + 2 * subsample - 0.9)
    cells = analysis.heat_map(sweep, frame, "gamma", "reg_alpha", Metric.RMSE, how)
    assert cells.scores == pytest.approx(np.array(expected))
    assert cells.counts.tolist() == [[2, 2], [2, 2]]
    assert (cells.x_labels, cells.y_labels) == (("0", "0.1"), ("0", "0.2"))


def test_a_heat_maps_best_is_the_largest_where_larger_is_better():
    sweep = sweep_over({"gamma": [0.1], "reg_alpha": [0.2], "max_depth": [3, 5]})
    frame = frame_of(sweep, lambda max_depth, **_: max_depth / 10)
    assert analysis.heat_map(sweep, frame, "gamma", "reg_alpha", Metric.R2).scores == pytest.approx(np.array([[0.7]]))


def test_a_cell_without_scores_says_why():
    sweep = sweep_over(RATES_AND_DEPTHS)
    frame = frame_of(sweep, lambda learning_rate, max_depth: None if max_depth == 3 else 1.0)
    cells = analysis.heat_map(sweep, frame, "learning_rate", "max_depth", Metric.RMSE)
    assert np.isnan(cells.scores[0]).all()
    assert cells.counts[0].tolist() == [0, 0, 0]
    assert cells.states.tolist() == [["failed"] * 3, [""] * 3]
    assert cells.failed.tolist() == [[1, 1, 1], [0, 0, 0]]


def test_failed_dropped_pending_and_what_is_not_in_the_grid_are_told_apart():
    sweep = sweep_over(
        {"gamma": [0.1, 0.2], "max_depth": [3], "subsample": [0.5, 1.0]}, {"gamma": [0.1, 0.2, 0.3], "max_depth": [5]}
    )
    points = analysis.grid_points(sweep)
    assert [(point.params["gamma"], point.params["max_depth"]) for point in points] == [
        *[(0.1, 3)] * 2, *[(0.2, 3)] * 2, (0.1, 5), (0.2, 5), (0.3, 5),
    ]  # fmt: skip
    failed = [make_outcome(trial_id=points[at].trial_id, failed=ErrorCause.EVALUATION) for at in (0, 1, 2)]
    dropped = make_outcome(trial_id=points[4].trial_id, dropped_after=2)
    outcomes = [*failed, dropped, scored(points[5].trial_id, points[5].params, 0.25)]

    cells = analysis.heat_map(sweep, analysis.trials_frame(sweep, outcomes, points), "gamma", "max_depth", Metric.RMSE)
    assert cells.states.tolist() == [["failed", "pending", "not in the grid"], ["dropped", "", "pending"]]
    assert cells.totals.tolist() == [[2, 2, 0], [1, 1, 1]]

    cancelled = sweep.model_copy(update={"cancelled": True})
    cells = analysis.heat_map(
        cancelled, analysis.trials_frame(cancelled, outcomes, points), "gamma", "max_depth", Metric.RMSE
    )
    assert cells.states.tolist() == [["failed", "cancelled", "not in the grid"], ["dropped", "", "cancelled"]]


def test_a_cells_mean_is_not_that_of_some_of_its_trials():
    sweep = sweep_over({"gamma": [0.1, 0.2], "max_depth": [3, 5], "subsample": [0.5, 1.0]})
    frame = frame_of(
        sweep, lambda gamma, max_depth, subsample: None if (gamma, max_depth, subsample) == (0.1, 3, 0.5) else subsample
    )
    means = analysis.heat_map(sweep, frame, "gamma", "max_depth", Metric.RMSE, HeatMapValue.MEAN)
    assert means.states.tolist() == [["not all in", ""], ["", ""]]
    assert np.isnan(means.scores[0, 0])
    assert (means.counts[0, 0], means.failed[0, 0], means.totals[0, 0]) == (1, 1, 2)
    assert means.scores[1].tolist() == [0.75, 0.75]
    best = analysis.heat_map(sweep, frame, "gamma", "max_depth", Metric.RMSE)
    assert best.scores.tolist() == [[1.0, 0.5], [0.5, 0.5]]


def test_a_map_of_outcomes_alone_takes_what_has_no_row_for_pending():
    sweep = sweep_over(RATES_AND_DEPTHS)
    some = evaluate(sweep, lambda **_: 0.5)[:3]  # 0.01 at both depths, 0.1 at 3
    cells = analysis.heat_map(sweep, analysis.trials_frame(sweep, some), "learning_rate", "max_depth", Metric.RMSE)
    assert cells.states.tolist() == [["", "", "pending"], ["", "pending", "pending"]]
