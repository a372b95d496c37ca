"""What a parameter does to the score: score curves and importance."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import pandas as pd
import pytest

from dashboard import analysis, charts
from shared.catalog import Metric
from shared.testing import make_spec, make_sweep
from tests.support.analysed import frame_of, sweep_over
from tests.support.charted import ALL, FRAME, GRID, HALF, OUTCOMES, POINTS, SWEEP, scored, trace


def test_a_curve_of_numbers_has_a_mean_line_its_band_and_the_best():
    chart = charts.score_curve(analysis.score_curve(SWEEP, FRAME, "max_depth", Metric.RMSE))
    mean, best, band = trace(chart, "mean over the others"), trace(chart, "best"), trace(chart, "middle half")
    assert list(mean.x) == list(best.x) == [3, 5]
    assert "lines" in mean.mode
    assert list(best.y) == [0.5, 0.51]
    assert list(band.x) == [3, 5, 5, 3]
    assert list(band.y) == pytest.approx([0.575, 0.585, 0.535, 0.525])
    assert chart.layout.xaxis.type == "linear"
    assert chart.layout.xaxis.title.text == "max_depth · all 12 trials"


@pytest.mark.parametrize(
    ("metric", "title"), [(Metric.RMSE, "RMSE (lower is better)"), (Metric.R2, "R² (higher is better)")]
)
def test_the_axis_says_which_way_is_better(metric, title):
    chart = charts.score_curve(analysis.score_curve(SWEEP, FRAME, "max_depth", metric))
    assert chart.layout.yaxis.title.text == title


def test_a_mean_that_is_not_told_is_named_in_the_legend():
    failed = [each for point, each in zip(POINTS, OUTCOMES, strict=True) if point.params["learning_rate"] == 0.01]
    frame = analysis.trials_frame(SWEEP, failed, POINTS)
    chart = charts.score_curve(analysis.score_curve(SWEEP, frame, "max_depth", Metric.RMSE))
    assert [each.name for each in chart.data if each.showlegend] == ["mean: these scores do not tell it", "best so far"]


def test_large_and_small_scores_on_an_axis_are_written_as_numbers():
    axis = charts.score_curve(analysis.score_curve(SWEEP, FRAME, "max_depth", Metric.RMSE)).layout.yaxis
    assert (axis.exponentformat, axis.minexponent, axis.separatethousands) == ("e", 6, True)


def test_a_geometric_grid_gets_a_logarithmic_axis_with_its_values_as_ticks():
    axis = charts.score_curve(analysis.score_curve(SWEEP, FRAME, "learning_rate", Metric.RMSE)).layout.xaxis
    assert axis.type == "log"
    assert list(axis.ticktext) == ["0.01", "0.1", "1"]
    assert axis.range[0] < -2 < 0 < axis.range[1]


def test_choices_stand_apart_with_error_bars():
    chart = charts.score_curve(analysis.score_curve(SWEEP, FRAME, "booster", Metric.RMSE))
    mean = trace(chart, "mean over the others")
    assert mean.mode == "markers"
    assert len(mean.error_y.array) == 2
    assert chart.layout.xaxis.type == "category"
    assert [each.name for each in chart.data] == ["mean over the others", "best"]


def test_the_axis_has_room_for_values_that_have_no_score_yet():
    chart = charts.score_curve(analysis.score_curve(SWEEP, HALF, "booster", Metric.RMSE))
    assert list(trace(chart, "best so far").x) == ["gbtree"]
    assert list(chart.layout.xaxis.categoryarray) == ["gbtree", "dart"]
    assert list(chart.layout.xaxis.range) == [-0.5, 1.5]


def test_hovering_tells_full_numbers_and_how_many_trials_are_in():
    best = trace(charts.score_curve(analysis.score_curve(SWEEP, HALF, "max_depth", Metric.RMSE)), "best so far")
    assert best.customdata[0][2] == "3 of 6 trials"
    assert "%{customdata[2]}" in best.hovertemplate


def test_hovering_counts_points_where_several_are_one_trial():
    sweep = make_sweep(spec=make_spec(param_grid={"max_depth": [2, 9], "max_leaves": [3, 4, 5, 6]}), size=6)
    frame = analysis.trials_frame(sweep, [], analysis.grid_points(sweep))
    frame["mean_rmse"] = 0.5
    best = trace(charts.score_curve(analysis.score_curve(sweep, frame, "max_depth", Metric.RMSE)), "best")
    assert best.customdata[0][2] == "4 of 4 points"
    cells = charts.heat_map(analysis.heat_map(sweep, frame, "max_depth", "max_leaves", Metric.RMSE)).data[0]
    assert cells.customdata[0, 0] == "1 of 1 points"


@pytest.mark.parametrize("parameter", ["booster", "learning_rate"])
def test_one_trial_makes_a_curve_of_one_point(parameter):
    one = analysis.trials_frame(SWEEP, OUTCOMES[:1])
    chart = charts.score_curve(analysis.score_curve(SWEEP, one, parameter, Metric.RMSE))
    assert list(trace(chart, "best so far").y) == [0.5]
    low, high = chart.layout.xaxis.range
    assert low < high


def test_a_long_axis_chooses_its_own_ticks():
    sweep = make_sweep(spec=make_spec(param_grid={"max_depth": list(range(1, 31))}), size=30)
    points = analysis.grid_points(sweep)
    frame = analysis.trials_frame(sweep, [scored(point, 0.5) for point in points], points)
    assert (
        charts.score_curve(analysis.score_curve(sweep, frame, "max_depth", Metric.RMSE)).layout.xaxis.tickvals is None
    )


@pytest.mark.parametrize("parameter", sorted(GRID))
def test_a_curve_says_how_much_of_the_grid_it_stands_on(parameter):
    whole = charts.score_curve(analysis.score_curve(SWEEP, FRAME, parameter, Metric.RMSE))
    assert whole.layout.xaxis.title.text == f"{parameter} · all 12 trials"
    half = charts.score_curve(analysis.score_curve(SWEEP, HALF, parameter, Metric.RMSE))
    assert half.layout.xaxis.title.text == f"{parameter} · 6 of 12 trials"


def test_estimated_means_are_hollow_and_joined_by_dashes_without_a_band():
    frame = analysis.trials_frame(SWEEP, OUTCOMES[:11], POINTS)  # all but dart, 1.0, 5
    chart = charts.score_curve(analysis.score_curve(SWEEP, frame, "learning_rate", Metric.RMSE))
    mean, best = trace(chart, "mean, estimated"), trace(chart, "best so far")
    assert list(mean.marker.symbol) == ["circle", "circle", "circle-open"]
    assert mean.line.dash == "dash"
    assert list(trace(chart, "middle half").x) == [0.01, 0.1, 0.1, 0.01]
    assert [detail[1] for detail in mean.customdata][2] == " ± 0 (estimated)"
    assert best.customdata[2][2] == "3 of 4 trials"


@pytest.mark.parametrize("parameter", ["max_depth", "booster"])
def test_an_estimate_has_a_bar_where_the_true_mean_may_be(parameter):
    together = [scored(point, 0.5 + 0.1 * (number % 3 == 0)) for number, point in enumerate(POINTS)]
    curve = analysis.score_curve(SWEEP, analysis.trials_frame(SWEEP, together[:11], POINTS), parameter, Metric.RMSE)
    mean = trace(charts.score_curve(curve), "mean, estimated")
    error = curve.table["error"].iloc[-1 if parameter == "max_depth" else 1]
    assert error > 0.01
    assert mean.error_y.array[1] == mean.error_y.arrayminus[1] == pytest.approx(error)
    assert mean.customdata[1][1] == f" ± {error:.2g} (estimated)"


def test_zero_among_powers_of_ten_is_a_tick_of_its_own_beyond_a_break():
    sweep = make_sweep(spec=make_spec(param_grid={"reg_lambda": [0, 0.001, 0.01, 0.1, 1, 10, 100]}), size=7)
    points = analysis.grid_points(sweep)
    frame = analysis.trials_frame(sweep, [scored(point, 0.5) for point in points], points)
    chart = charts.score_curve(analysis.score_curve(sweep, frame, "reg_lambda", Metric.RMSE))
    axis = chart.layout.xaxis
    assert axis.type == "linear"
    assert list(axis.ticktext) == ["0", "0.001", "0.01", "0.1", "1", "10", "100"]
    assert list(axis.tickvals) == pytest.approx([-4.6, -3, -2, -1, 0, 1, 2])
    mean = trace(chart, "mean over the others")
    assert isnan(mean.x[1]) or isnan(mean.y[1])  # no line crosses the break
    assert [each.text for each in chart.layout.annotations] == ["<b>∕∕</b>"]
    bands = [each for each in chart.data if each.name == "middle half"]
    assert [list(each.x) for each in bands] == [
        pytest.approx([-4.6, -4.6]),
        pytest.approx([-3, -2, -1, 0, 1, 2, 2, 1, 0, -1, -2, -3]),
    ]
    assert [each.showlegend for each in bands] == [True, False]


def test_tick_labels_do_not_touch_each_other():
    values = [3, 4, 100, 200, 300, 301]
    sweep = make_sweep(spec=make_spec(param_grid={"max_bin": values}), size=6)
    points = analysis.grid_points(sweep)
    frame = analysis.trials_frame(sweep, [scored(point, 0.5) for point in points], points)
    axis = charts.score_curve(analysis.score_curve(sweep, frame, "max_bin", Metric.RMSE)).layout.xaxis
    assert axis.type == "linear"
    assert list(axis.ticktext) == ["3", "100", "200", "301"]


@pytest.mark.parametrize(("metric", "sign"), [(Metric.RMSE, 1), (Metric.R2, -1)])
def test_an_outlier_does_not_flatten_a_curve_and_is_told(metric, sign):
    sweep = make_sweep(spec=make_spec(param_grid={"max_depth": [1, 2, 3, 4, 5, 6]}), size=6)
    points = analysis.grid_points(sweep)
    scores = [sign * score for score in (0.5, 0.52, 0.54, 0.51, 0.53, 1e6)]
    outcomes = [scored(point, score) for point, score in zip(points, scores, strict=True)]
    frame = analysis.trials_frame(sweep, outcomes, points)
    for chart in (
        charts.score_curve(analysis.score_curve(sweep, frame, "max_depth", metric)),
        charts.best_so_far(analysis.best_so_far(sweep, outcomes, metric), metric, ALL),
    ):
        low, high = sorted(sign * end for end in chart.layout.yaxis.range)
        assert 0.49 < low < 0.5
        assert 0.54 < high < 0.55
        assert "off the chart, the worst" in chart.layout.annotations[0].text
        assert f"{sign * 1_000_000:,}" in chart.layout.annotations[0].text


def test_the_most_important_parameter_is_on_top_and_interactions_stand_apart():
    table = pd.DataFrame({"parameter": ["gamma", "eta", "interactions"], "share": [0.6, 0.3, 0.1]})
    [bars] = charts.importance(analysis.Importance(ALL, table)).data
    assert list(bars.y) == ["interactions", "eta", "gamma"]
    assert bars.marker.color[0] != bars.marker.color[1] == bars.marker.color[2]


@pytest.mark.parametrize(
    ("grid", "lost", "place"),
    [
        ({"learning_rate": [0.01, 0.1, 1.0], "max_depth": [3, 5]}, 0.1, -1.0),
        ({"max_depth": [3, 5], "gamma": [1, 2]}, 3, 3),
        ({"booster": ["gbtree", "dart"], "gamma": [1, 2]}, "dart", "dart"),
    ],
)
def test_a_value_whose_trials_all_failed_is_marked_at_its_place(grid, lost, place):
    name = next(iter(grid))
    sweep = sweep_over(grid)
    frame = frame_of(sweep, lambda **point: None if point[name] == lost else 0.5)
    chart = charts.score_curve(analysis.score_curve(sweep, frame, name, Metric.RMSE))
    [mark] = [each for each in chart.layout.annotations if "✕" in each.text]
    assert mark.x == pytest.approx(place) if not isinstance(place, str) else mark.x == place
    assert mark.hovertext == f"{name} = {lost}<br>all 2 failed"
    assert chart.layout.xaxis.title.text.endswith("✕ all failed")
    other = list(grid)[1]
    some = frame_of(sweep, lambda **point: None if (point[name], point[other]) == (lost, grid[other][0]) else 0.5)
    assert "✕" not in charts.score_curve(analysis.score_curve(sweep, some, name, Metric.RMSE)).layout.xaxis.title.text


def test_an_axis_without_outliers_holds_an_estimated_mean_better_than_every_score():
    found = analysis.score_curve(SWEEP, HALF, "learning_rate", Metric.RMSE)
    table = found.table.assign(mean=[0.1, 0.6, 9.0], is_estimated=True, error=0.01, best=[0.5, 0.6, 9.0])
    chart = charts.score_curve(replace(found, table=table, worst_shown=0.7))
    assert chart.layout.yaxis.range[0] < 0.1
    assert 0.7 < chart.layout.yaxis.range[1] < 9.0
