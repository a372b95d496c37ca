import json
from math import isnan

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard import analysis, charts
from dashboard.analysis import HeatMapValue
from shared.catalog import Metric, TaskType
from shared.domain import ErrorCause, MetricScore, RoundsCurve, TrialOutcome
from shared.testing import make_outcome, make_spec, make_sweep

GRID = {"booster": ["gbtree", "dart"], "learning_rate": [0.01, 0.1, 1.0], "max_depth": [3, 5]}
SWEEP = make_sweep(spec=make_spec(param_grid=GRID), size=12)
POINTS = analysis.grid_points(SWEEP)


def scored(point: analysis.GridPoint, score: float) -> TrialOutcome:
    score_of = MetricScore(fold_scores=(score - 0.1, score, score + 0.1), mean_score=score, std_score=0.0816)
    return make_outcome(
        trial_id=point.trial_id, params=point.params, scores={Metric.RMSE: score_of, Metric.R2: score_of}
    )


OUTCOMES = [scored(point, 0.5 + number / 100) for number, point in enumerate(POINTS)]
FRAME = analysis.trials_frame(SWEEP, OUTCOMES, POINTS)
NOTHING_YET = analysis.trials_frame(SWEEP, [], POINTS)
HALF = analysis.trials_frame(SWEEP, OUTCOMES[:6], POINTS)  # gbtree only
ONE = make_sweep(spec=make_spec(param_grid={"max_depth": [3]}), size=1)
ONE_FRAME = analysis.trials_frame(ONE, [scored(analysis.grid_points(ONE)[0], 0.5)], analysis.grid_points(ONE))
ALL = analysis.coverage(SWEEP, FRAME, Metric.RMSE)


def trace(chart: go.Figure, name: str):
    return next(each for each in chart.data if each.name == name)


def sentence(chart: go.Figure) -> str:
    """What a figure without data says."""
    assert not chart.data
    return chart.layout.annotations[0].text


ROUNDS = RoundsCurve(rounds=(8, 16, 20), mean_scores=(0.5, 0.25, 0.375), std_scores=(0.25, 0.125, 0), best_rounds=16)

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


# --- score curves ------------------------------------------------------------------------------------------------


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


def test_hovering_tells_full_numbers_and_how_many_points_are_in():
    best = trace(charts.score_curve(analysis.score_curve(SWEEP, HALF, "max_depth", Metric.RMSE)), "best so far")
    assert list(best.customdata[0][-2:]) == [3, 6]
    assert "%{customdata[2]} of %{customdata[3]} points" in best.hovertemplate


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
    assert [detail[1] for detail in mean.customdata][2] == " (estimated)"
    assert list(best.customdata[2][-2:]) == [3, 4]


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
        assert f"{sign}e+06" in chart.layout.annotations[0].text


def cells_of(scores: np.ndarray, metric: Metric = Metric.RMSE, how: HeatMapValue = HeatMapValue.BEST):
    """A heat map of these scores, one point each; what has none is not in the grid."""
    is_there = np.isfinite(scores)
    labels = [tuple(map(str, range(size))) for size in scores.shape[::-1]]
    states = np.where(is_there, "", analysis.CellState.ABSENT)
    none = np.zeros(scores.shape, dtype=int)
    return analysis.HeatMap("a", "b", metric, how, ALL, *labels, scores, 1 * is_there, none, 1 * is_there, states)


# --- heat maps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metric", "reversed_"), [(Metric.RMSE, True), (Metric.R2, False)])
def test_bright_is_better_on_a_heat_map(metric, reversed_):
    cells = charts.heat_map(analysis.heat_map(SWEEP, FRAME, "learning_rate", "max_depth", metric)).data[0]
    assert cells.reversescale is reversed_
    assert list(cells.x) == ["0.01", "0.1", "1"]


def test_a_small_heat_map_carries_its_numbers_and_a_large_one_does_not():
    small = analysis.heat_map(SWEEP, FRAME, "learning_rate", "max_depth", Metric.RMSE)
    assert {each.texttemplate for each in charts.heat_map(small).data} == {None, "%{z:.4f}%{text}"}
    large = cells_of(np.eye(12))
    assert {each.texttemplate for each in charts.heat_map(large).data} == {None}


def test_failed_cells_are_seen_on_a_heat_map_and_named():
    failed = [make_outcome(trial_id=point.trial_id, failed=ErrorCause.EVALUATION) for point in POINTS[:2]]
    frame = analysis.trials_frame(SWEEP, [*failed, *OUTCOMES[2:6]], POINTS)  # gbtree: 0.01 fails; no dart yet
    chart = charts.heat_map(analysis.heat_map(SWEEP, frame, "booster", "learning_rate", Metric.RMSE))
    assert chart.layout.xaxis.title.text == "booster · 4 of 12 trials"
    named = {each.name: each.marker.color for each in chart.data if each.type == "scatter"}
    assert list(named) == ["failed ✕", "pending …"]
    assert len(set(named.values())) == 2
    of_color = {each.colorscale[0][1]: each for each in chart.data if each.type == "heatmap" and not each.hoverinfo}
    drawn = of_color[named["failed ✕"]]
    assert np.argwhere(np.isfinite(drawn.z)).tolist() == [[0, 0]]
    assert drawn.text[0, 0] == "✕"
    assert drawn.customdata[0, 0] == "0 of 2 points, 2 failed"
    assert np.argwhere(np.isfinite(of_color[named["pending …"]].z)).tolist() == [[0, 1], [1, 1], [2, 1]]


def test_a_map_of_nothing_but_failures_is_drawn():
    failed = [make_outcome(trial_id=point.trial_id, failed=ErrorCause.EVALUATION) for point in POINTS]
    frame = analysis.trials_frame(SWEEP, failed, POINTS)
    chart = charts.heat_map(analysis.heat_map(SWEEP, frame, "booster", "max_depth", Metric.RMSE))
    assert [each.name for each in chart.data if each.type == "scatter"] == ["failed ✕"]


def test_a_cell_of_which_not_all_is_in_says_so():
    frame = analysis.trials_frame(SWEEP, OUTCOMES[:11], POINTS)
    shown = analysis.heat_map(SWEEP, frame, "learning_rate", "max_depth", Metric.RMSE)
    written = {text for each in charts.heat_map(shown).data if each.text is not None for text in np.ravel(each.text)}
    assert written == {"", "<br>1 of 2"}


def test_failures_show_in_a_cell_that_still_waits_and_no_number_in_one_without_a_score():
    failed = make_outcome(trial_id=POINTS[0].trial_id, failed=ErrorCause.EVALUATION)
    frame = analysis.trials_frame(SWEEP, [failed, *OUTCOMES[2:4]], POINTS)  # 0.01: one failed, one to come
    chart = charts.heat_map(analysis.heat_map(SWEEP, frame, "booster", "learning_rate", Metric.RMSE))
    written = [each.text[0, 0] for each in chart.data if each.type == "heatmap" and each.text is not None]
    assert sorted(written) == ["", "", "…<br>1 ✕"]


@pytest.mark.parametrize("metric", [Metric.RMSE, Metric.R2])
def test_each_number_of_a_heat_map_is_black_on_bright_and_white_on_dark(metric):
    shown = analysis.heat_map(SWEEP, FRAME, "learning_rate", "max_depth", metric)
    _, *numbers = charts.heat_map(shown).data
    by_color = {each.textfont.color: each.z for each in numbers}
    black, white = by_color["#000000"], by_color["#ffffff"]

    assert (np.isfinite(black) ^ np.isfinite(white)).all()
    assert np.isfinite(black).any()
    assert np.isfinite(white).any()
    worse = np.greater if metric is Metric.RMSE else np.less
    assert worse.outer(white[np.isfinite(white)], black[np.isfinite(black)]).all()


def test_one_terrible_cell_does_not_take_all_the_colours():
    scores = np.array([[0.50, 0.51, 0.52], [0.53, 0.54, 1e6]])
    cells = cells_of(scores, how=HeatMapValue.MEAN)
    drawn = charts.heat_map(cells).data[0]
    assert drawn.zmin == 0.5
    assert drawn.zmax < 1
    assert "mean RMSE" in drawn.hovertemplate


def test_equal_scores_and_empty_cells_make_a_heat_map():
    cells = cells_of(np.array([[0.0, np.nan]]), Metric.R2)
    drawn = charts.heat_map(cells).data[0]
    assert (drawn.zmin, drawn.zmax) == (0.0, 0.0)
    assert drawn.hoverongaps is False


# --- importance, progress, folds ---------------------------------------------------------------------------------


def test_the_most_important_parameter_is_on_top_and_interactions_stand_apart():
    table = pd.DataFrame({"parameter": ["gamma", "eta", "interactions"], "share": [0.6, 0.3, 0.1]})
    [bars] = charts.importance(analysis.Importance(ALL, table)).data
    assert list(bars.y) == ["interactions", "eta", "gamma"]
    assert bars.marker.color[0] != bars.marker.color[1] == bars.marker.color[2]


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
    assert chart.layout.annotations[0].text == "mean 0.5 ± 0.0816"


# --- targets -----------------------------------------------------------------------------------------------------


def test_a_histogram_sends_counts_not_rows():
    values = pd.Series(np.random.default_rng(0).normal(size=5_000), name="price")
    chart = charts.target_distribution(values, TaskType.REGRESSION)
    assert len(chart.data[0].y) == 40
    assert sum(chart.data[0].y) == 5_000
    assert chart.layout.xaxis.title.text == "price"


def test_a_histogram_says_what_it_leaves_out():
    values = pd.Series([1.0, 2.0, np.nan, np.inf], name="price")
    chart = charts.target_distribution(values, TaskType.REGRESSION)
    assert sum(chart.data[0].y) == 2
    assert chart.layout.xaxis.title.text == "price (2 rows without a number)"


@pytest.mark.parametrize("values", [[7.0], [7.0] * 10, [0, 1], [True, False]])
def test_few_distinct_numbers_make_a_histogram(values):
    chart = charts.target_distribution(pd.Series(values, name="y"), TaskType.REGRESSION)
    assert sum(chart.data[0].y) == len(values)


def test_classes_are_counted_in_their_natural_order():
    numbers = charts.target_distribution(pd.Series([10, 2, 10, 1], name="y"), TaskType.MULTICLASS)
    assert list(numbers.data[0].x) == ["1", "2", "10"]
    assert list(numbers.data[0].y) == [1, 1, 2]
    words = charts.target_distribution(pd.Series(["no", "yes", None, "yes"], name="y"), TaskType.BINARY)
    assert list(words.data[0].x) == ["no", "yes"]


def test_many_classes_are_summed_up():
    values = pd.Series([str(number) for number in range(30) for _ in range(number + 1)], name="y")
    bars = charts.target_distribution(values, TaskType.MULTICLASS).data[0]
    assert len(bars.x) == 21
    assert (bars.x[0], bars.x[-1]) == ("29", "10 others")
    assert sum(bars.y) == len(values)


# --- nothing to draw ---------------------------------------------------------------------------------------------


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


# --- rounds ------------------------------------------------------------------------------------------------------


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
