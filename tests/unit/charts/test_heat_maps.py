"""Heat maps: colours, numbers in the cells, and cells without a score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard import analysis, charts
from dashboard.analysis import HeatMapValue
from shared.catalog import Metric
from shared.domain import ErrorCause
from shared.testing import make_outcome
from tests.support.charted import ALL, FRAME, OUTCOMES, POINTS, SWEEP


def cells_of(scores: np.ndarray, metric: Metric = Metric.RMSE, how: HeatMapValue = HeatMapValue.BEST):
    """A heat map of these scores, one point each; what has none is not in the grid."""
    is_there = np.isfinite(scores)
    labels = [tuple(map(str, range(size))) for size in scores.shape[::-1]]
    states = np.where(is_there, "", analysis.CellState.ABSENT)
    none = np.zeros(scores.shape, dtype=int)
    return analysis.HeatMap("a", "b", metric, how, ALL, *labels, scores, 1 * is_there, none, 1 * is_there, states)


@pytest.mark.parametrize(("metric", "reversed_"), [(Metric.RMSE, True), (Metric.R2, False)])
def test_bright_is_better_on_a_heat_map(metric, reversed_):
    cells = charts.heat_map(analysis.heat_map(SWEEP, FRAME, "learning_rate", "max_depth", metric)).data[0]
    assert cells.reversescale is reversed_
    assert list(cells.x) == ["0.01", "0.1", "1"]


def test_a_small_heat_map_carries_its_numbers_and_a_large_one_does_not():
    small = analysis.heat_map(SWEEP, FRAME, "learning_rate", "max_depth", Metric.RMSE)
    assert {each.texttemplate for each in charts.heat_map(small).data} == {None, "%{z:,.4f}%{text}"}
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
    assert drawn.customdata[0, 0] == "0 of 2 trials, 2 failed"
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


@pytest.mark.parametrize(
    ("scores", "written"),
    [
        ([[54.21, 55.3], [58.7, 1e8]], ",.2f"),
        ([[25986.4, 27122.0], [26585.0, 30702.0]], ",.0f"),
        ([[2.7e11, 3.1e11], [2.9e11, 3.0e11]], ",.2e"),
        ([[2.6e-8, 2.7e-8], [3.3e-8, 3.0e-8]], ",.2e"),
    ],
)
def test_numbers_of_cells_fit_them_and_differ_whatever_their_size(scores, written):
    written_as = {each.texttemplate for each in charts.heat_map(cells_of(np.array(scores))).data}
    assert written_as == {None, f"%{{z:{written}}}%{{text}}"}


def test_the_ticks_of_whole_numbers_stand_at_their_own_columns():
    axis = charts.heat_map(analysis.heat_map(SWEEP, FRAME, "max_depth", "booster", Metric.RMSE)).layout.xaxis
    # a number would be looked up among the names of the columns first: 1 is the column named "1", wherever it is
    assert list(axis.tickvals) == list(axis.ticktext) == ["3", "5"]


def failed_in_part(sides: int) -> analysis.HeatMap:
    cells = cells_of(np.linspace(0.5, 0.9, sides * sides).reshape(sides, sides))
    counts, failed = np.full(cells.scores.shape, 1), np.zeros(cells.scores.shape, dtype=int)
    failed[0, :2] = 3
    return replace(cells, counts=counts, failed=failed, totals=counts + failed)


def test_a_cell_of_which_some_failed_says_so_beside_its_number_in_its_own_colour():
    chart = charts.heat_map(failed_in_part(2))
    numbers = [each for each in chart.data if each.type == "heatmap" and each.texttemplate]
    for each in numbers:
        assert (each.text[~np.isfinite(each.z)] == "").all()  # else it is written in the other colour, too
    written = np.where(np.isfinite(numbers[0].z), numbers[0].text, numbers[1].text)
    assert written.tolist() == [["<br>1 of 4, 3 ✕", "<br>1 of 4, 3 ✕"], ["", ""]]
    assert [each.name for each in chart.data if each.showlegend] == ["failed in part ✕"]


def test_a_map_without_numbers_marks_the_cells_of_which_some_failed():
    marked = next(each for each in charts.heat_map(failed_in_part(12)).data if each.type == "scatter")
    cells = failed_in_part(12)
    assert (list(marked.x), list(marked.y)) == (list(cells.x_labels[:2]), [cells.y_labels[0]] * 2)


@pytest.mark.parametrize("metric", [Metric.RMSE, Metric.R2])
def test_what_is_worse_than_a_plateau_has_another_colour_than_it(metric):
    worse = 0.9 if metric is Metric.RMSE else 0.1
    scores = np.full((3, 4), 0.5)
    scores[2, 3] = worse
    cells = charts.heat_map(cells_of(scores, metric)).data[0]
    assert (cells.zmin, cells.zmax) == (min(0.5, worse), max(0.5, worse))


def test_long_names_do_not_touch_below_the_narrow_heat_map_of_a_phone():
    cells = replace(
        cells_of(np.eye(7)),
        x_labels=(
            "GreedyLogSum",
            "GreedyMinEntropy",
            "MaxLogSum",
            "MinEntropy",
            "Median",
            "Uniform",
            "UniformAndQuantiles",
        ),
        y_labels=("Bernoulli", "Bayesian", "MVS", "No", "none", "a", "b"),
    )
    assert list(charts.heat_map(cells).layout.xaxis.ticktext) == ["GreedyLogSum", "UniformAndQuantiles"]
