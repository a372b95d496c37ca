"""Curves and maps of grids of too many points to list: there is a row for each outcome only."""

from math import prod

import numpy as np
import pytest

from dashboard import analysis, charts
from shared.catalog import Metric
from tests.support.analysed import evaluate, sweep_over

GRID = {"gamma": [0.1, 0.2, 0.3], "max_depth": [3, 5, 9, 12], "subsample": [0.5, 0.75, 1.0]}
SWEEP = sweep_over(GRID)


def score(gamma, max_depth, subsample=0.0):
    return gamma + max_depth / 4 + subsample**2


def frame_of_outcomes(sweep, is_there, score_of=score):
    return analysis.trials_frame(sweep, [each for each in evaluate(sweep, score_of) if is_there(each.params)])


def test_values_without_an_outcome_have_their_place_and_counts_are_of_all_their_trials():
    curve = analysis.score_curve(
        SWEEP, frame_of_outcomes(SWEEP, lambda point: point["max_depth"] > 3), "max_depth", Metric.RMSE
    )
    assert curve.table["value"].tolist() == [3, 5, 9, 12]
    assert curve.table["count"].tolist() == [0, 9, 9, 9]
    assert curve.table["total"].tolist() == [9, 9, 9, 9]
    assert curve.table["is_estimated"].tolist() == [True, False, False, False]
    some = frame_of_outcomes(SWEEP, lambda point: point["gamma"] > 0.1)
    best = charts.score_curve(analysis.score_curve(SWEEP, some, "max_depth", Metric.RMSE)).data[-1]
    assert [each[2] for each in best.customdata] == ["6 of 9 trials"] * 4


def test_no_mean_of_all_is_told_where_values_of_another_parameter_were_not_seen():
    some = frame_of_outcomes(SWEEP, lambda point: point["gamma"] < 0.3)
    assert analysis.score_curve(SWEEP, some, "max_depth", Metric.RMSE).table["mean"].isna().all()


def test_a_heat_map_counts_all_trials_of_a_cell():
    some = frame_of_outcomes(SWEEP, lambda point: point["max_depth"] > 3 and point["subsample"] < 1.0)
    cells = analysis.heat_map(SWEEP, some, "max_depth", "gamma", Metric.RMSE)
    assert cells.x_labels == ("3", "5", "9", "12")
    assert cells.counts.tolist() == [[0, 2, 2, 2]] * 3
    assert cells.totals.tolist() == [[3, 3, 3, 3]] * 3
    assert cells.states.tolist() == [[analysis.CellState.PENDING, "", "", ""]] * 3
    assert "2 of 3 trials" in charts.heat_map(cells).data[0].customdata.ravel()
    stopped = analysis.heat_map(
        SWEEP.model_copy(update={"cancelled": True}),
        some,
        "max_depth",
        "gamma",
        Metric.RMSE,
        analysis.HeatMapValue.MEAN,
    )
    assert stopped.states.tolist() == [[analysis.CellState.CANCELLED] + [analysis.CellState.PARTLY] * 3] * 3


def test_the_share_of_several_grids_counts_trials_that_are_to_come():
    grids = {"gamma": [0.1, 0.2], "max_depth": [3, 5, 9]}, {"subsample": [0.5, 0.75]}
    sweep = sweep_over(*grids)
    some = frame_of_outcomes(sweep, lambda point: point.get("gamma", 0.1) == 0.1, lambda **point: sum(point.values()))
    curve = analysis.score_curve(sweep, some, "max_depth", Metric.RMSE)
    assert (curve.coverage.label(), curve.without_it) == ("3 of 6 trials", 2)
    assert curve.table["total"].tolist() == [2, 2, 2]
    assert curve.table["value"].tolist() == [3, 5, 9]  # not the 6 that the other grid takes


def test_where_points_are_one_trial_nobody_knows_how_many_a_value_has():
    sweep = SWEEP.model_copy(update={"size": prod(map(len, GRID.values())) - 1})
    some = frame_of_outcomes(sweep, lambda point: point["gamma"] < 0.3)
    curve = analysis.score_curve(sweep, some, "max_depth", Metric.RMSE)
    assert curve.table["total"].tolist() == [0, 0, 0, 0]
    assert curve.table["mean"].isna().all()
    assert charts.score_curve(curve).data[-1].customdata[0][2] == "6 trials so far"
    cells = analysis.heat_map(sweep, some, "max_depth", "gamma", Metric.RMSE)
    assert set(cells.states[2]) == {analysis.CellState.PENDING}
    assert np.isfinite(cells.scores[:2]).all()
    assert charts.heat_map(cells).data[0].customdata[0][0] == "3 trials so far"


@pytest.mark.parametrize("parameter", sorted(GRID))
def test_estimates_are_of_the_whole_grid(parameter):
    whole = analysis.trials_frame(SWEEP, evaluate(SWEEP, score), analysis.grid_points(SWEEP))
    true = analysis.score_curve(SWEEP, whole, parameter, Metric.RMSE).table["mean"]
    some = frame_of_outcomes(
        SWEEP, lambda point: (point["gamma"] * 10 + point["max_depth"]) % 2 < 1 or point["subsample"] < 1
    )
    assert analysis.score_curve(SWEEP, some, parameter, Metric.RMSE).table["mean"].tolist() == pytest.approx(
        true.tolist()
    )
