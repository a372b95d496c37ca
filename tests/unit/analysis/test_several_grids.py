"""Of several grids, points whose grid does not set a parameter are not compared as if its value made the difference."""

from __future__ import annotations

from dashboard import analysis, charts
from shared.catalog import Metric
from tests.support.analysed import frame_of, sweep_over

TREES = {"booster": ["gbtree"], "max_depth": [2, 4], "learning_rate": [0.05, 0.1]}
LINEAR = {"booster": ["gblinear"], "reg_lambda": [0, 1, 10]}


def score(booster, max_depth, learning_rate, reg_lambda):
    return 70.0 + reg_lambda if booster == "gblinear" else 56.0 + max_depth + learning_rate


SWEEP = sweep_over(TREES, LINEAR)
FRAME = frame_of(SWEEP, score)


def test_a_curve_has_the_points_of_grids_that_set_its_parameter():
    curve = analysis.score_curve(SWEEP, FRAME, "max_depth", Metric.RMSE)
    assert curve.table["value"].tolist() == [2, 4]  # not 6, which gblinear does not look at
    assert (curve.coverage.label(), curve.without_it) == ("all 4 trials", 3)
    assert charts.score_curve(curve).layout.xaxis.title.text == "max_depth · all 4 trials, 3 without it"
    assert analysis.score_curve(SWEEP, FRAME, "booster", Metric.RMSE).without_it == 0


def test_a_curve_of_an_incomplete_sweep_counts_what_is_missing_of_its_own_grids():
    sweep = SWEEP.model_copy(update={"cancelled": True})
    frame = frame_of(sweep, lambda **point: None if point["booster"] == "gblinear" else score(**point))
    assert analysis.score_curve(sweep, frame, "max_depth", Metric.RMSE).coverage.label() == "all 4 trials"
    assert analysis.score_curve(sweep, frame, "reg_lambda", Metric.RMSE).coverage.label() == "0 of 3 trials"


def test_a_heat_map_has_the_points_of_grids_that_set_both():
    cells = analysis.heat_map(SWEEP, FRAME, "max_depth", "learning_rate", Metric.RMSE)
    assert (cells.x_labels, cells.y_labels) == (("2", "4"), ("0.05", "0.1"))
    assert cells.coverage.label() == "all 4 trials"
    neither = analysis.heat_map(SWEEP, FRAME, "max_depth", "reg_lambda", Metric.RMSE)
    assert "No grid of the sweep sets both" in charts.heat_map(neither).layout.annotations[0].text


def test_importance_is_not_told_of_grids_that_are_no_full_grid_together():
    found = analysis.importance(SWEEP, FRAME, analysis.varied_parameters(SWEEP), Metric.RMSE)
    assert found.table.empty
    assert "cannot be told apart" in charts.importance(found).layout.annotations[0].text


def test_importance_is_told_of_grids_that_are_one_full_grid_together():
    sweep = sweep_over({"max_depth": [2], "gamma": [0.1, 0.2]}, {"max_depth": [4], "gamma": [0.1, 0.2]})
    frame = frame_of(sweep, lambda max_depth, gamma: max_depth + gamma)
    found = analysis.importance(sweep, frame, ["gamma", "max_depth"], Metric.RMSE)
    assert found.table["parameter"].tolist() == ["max_depth", "gamma", "interactions"]


def test_importance_is_not_told_of_grids_that_overlap():
    sweep = sweep_over({"max_depth": [2, 4], "gamma": [0.1, 0.2]}, {"max_depth": [2], "gamma": [0.1]})
    frame = frame_of(sweep, lambda max_depth, gamma: max_depth + gamma)
    assert analysis.importance(sweep, frame, ["gamma", "max_depth"], Metric.RMSE).table.empty
