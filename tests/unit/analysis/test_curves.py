from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import analysis
from dashboard.analysis import HeatMapValue
from shared.catalog import Metric
from tests.support.analysed import RATES_AND_DEPTHS, frame_of, sweep_over


def test_a_curve_has_mean_spread_and_best_over_the_other_parameters():
    frame = frame_of(sweep_over(RATES_AND_DEPTHS), lambda learning_rate, max_depth: learning_rate + max_depth)
    curve = analysis.score_curve(frame, "max_depth", Metric.RMSE)
    assert curve.table["value"].tolist() == [3, 5]
    assert curve.table["mean"].tolist() == pytest.approx([3.37, 5.37])
    assert curve.table["std"].tolist() == pytest.approx([np.std([0.01, 0.1, 1.0])] * 2)
    assert curve.table["low"].tolist() == curve.table["best"].tolist() == pytest.approx([3.01, 5.01])
    assert curve.table["high"].tolist() == pytest.approx([4.0, 6.0])
    assert curve.table["count"].tolist() == curve.table["total"].tolist() == [3, 3]


def test_the_best_of_a_curve_follows_the_metrics_direction():
    frame = frame_of(sweep_over({"gamma": [0.1, 0.2]}, {"gamma": [0.1], "max_depth": [9]}), lambda gamma, **_: gamma)
    table = analysis.score_curve(frame, "gamma", Metric.R2).table
    assert table["best"].tolist() == table["high"].tolist() == pytest.approx([0.9, 0.8])


def test_a_value_without_scores_keeps_its_place():
    frame = frame_of(sweep_over(RATES_AND_DEPTHS), lambda learning_rate, max_depth: None if max_depth == 3 else 1.0)
    table = analysis.score_curve(frame, "max_depth", Metric.RMSE).table
    assert table["value"].tolist() == [3, 5]
    assert table["count"].tolist() == [0, 3]
    assert table["total"].tolist() == [3, 3]
    assert isnan(table["mean"][0])
    assert isnan(table["best"][0])


@pytest.mark.parametrize(
    ("grid", "parameter", "labels", "numeric", "geometric"),
    [
        ({"learning_rate": [1.0, 0.01, 0.1]}, "learning_rate", ["0.01", "0.1", "1"], True, True),
        ({"max_depth": [7, 3, 5]}, "max_depth", ["3", "5", "7"], True, False),
        ({"booster": ["gbtree", "dart"]}, "booster", ["gbtree", "dart"], False, False),
        ({"max_depth": [4]}, "max_depth", ["4"], True, False),
    ],
)
def test_numbers_are_ordered_and_choices_stay_as_written(grid, parameter, labels, numeric, geometric):
    curve = analysis.score_curve(frame_of(sweep_over(grid), lambda **_: 0.5), parameter, Metric.RMSE)
    assert curve.table["label"].tolist() == labels
    assert (curve.numeric, curve.geometric) == (numeric, geometric)


def test_none_among_numbers_makes_a_curve_of_categories_with_none_last():
    sweep = sweep_over({"max_depth": [3, 4]})
    points = [analysis.GridPoint(name, {"max_depth": value}) for name, value in (("a", None), ("b", 10), ("c", 2))]
    curve = analysis.score_curve(analysis.trials_frame(sweep, [], points), "max_depth", Metric.RMSE)
    assert curve.table["label"].tolist() == ["2", "10", "none"]
    assert not curve.numeric


@pytest.mark.parametrize(
    ("how", "expected"), [(HeatMapValue.BEST, [[0.1, 0.2], [0.3, 0.4]]), (HeatMapValue.MEAN, [[0.6, 0.7], [0.8, 0.9]])]
)
def test_a_heat_map_has_the_best_or_the_mean_of_each_cell(how, expected):
    grid = {"gamma": [0.0, 0.1], "reg_alpha": [0.0, 0.2], "subsample": [0.5, 1.0]}
    frame = frame_of(sweep_over(grid), lambda gamma, reg_alpha, subsample: gamma + reg_alpha + 2 * subsample - 0.9)
    cells = analysis.heat_map(frame, "gamma", "reg_alpha", Metric.RMSE, how)
    assert cells.scores == pytest.approx(np.array(expected))
    assert cells.counts.tolist() == [[2, 2], [2, 2]]
    assert (cells.x_labels, cells.y_labels) == (("0", "0.1"), ("0", "0.2"))


def test_a_heat_maps_best_is_the_largest_where_larger_is_better():
    frame = frame_of(
        sweep_over({"gamma": [0.1], "reg_alpha": [0.2], "max_depth": [3, 5]}), lambda max_depth, **_: max_depth / 10
    )
    assert analysis.heat_map(frame, "gamma", "reg_alpha", Metric.R2).scores == pytest.approx(np.array([[0.7]]))


def test_a_cell_without_scores_is_empty():
    frame = frame_of(sweep_over(RATES_AND_DEPTHS), lambda learning_rate, max_depth: None if max_depth == 3 else 1.0)
    cells = analysis.heat_map(frame, "learning_rate", "max_depth", Metric.RMSE)
    assert np.isnan(cells.scores[0]).all()
    assert cells.counts[0].tolist() == [0, 0, 0]


def test_importance_is_each_parameters_share_of_the_variance():
    grid = {"gamma": [-1.0, 1.0], "reg_alpha": [-1.0, 1.0], "subsample": [0.5, 1.0]}
    grid = {
        name: [abs(value) if name == "subsample" else value + 1 for value in values] for name, values in grid.items()
    }

    def score(gamma, reg_alpha, subsample):
        a, b = gamma - 1, reg_alpha - 1  # each -1 or 1
        return 10 + 2 * a + b + 2 * a * b  # variances 4, 1 and 4

    table = analysis.importance(frame_of(sweep_over(grid), score), ["gamma", "reg_alpha", "subsample"], Metric.RMSE)
    assert table["parameter"].tolist() == ["gamma", "reg_alpha", "subsample", "interactions"]
    assert table["share"].tolist() == pytest.approx([4 / 9, 1 / 9, 0, 4 / 9])


def test_importance_of_an_incomplete_sweep_never_adds_up_to_more_than_all():
    sweep = sweep_over(RATES_AND_DEPTHS)

    def diagonal(learning_rate, max_depth):
        return {(0.01, 3): 1.0, (1.0, 5): 2.0}.get((learning_rate, max_depth))

    table = analysis.importance(frame_of(sweep, diagonal), ["learning_rate", "max_depth"], Metric.RMSE)
    assert table["share"].tolist() == pytest.approx([0.5, 0.5, 0])


@pytest.mark.parametrize("score", [0.1 + 0.2, 0.0, 1e9 / 3])
def test_importance_is_undefined_where_all_scores_are_equal(score):
    frame = frame_of(sweep_over(RATES_AND_DEPTHS), lambda **_: score)
    assert analysis.importance(frame, ["learning_rate", "max_depth"], Metric.RMSE).empty


def test_importance_is_undefined_for_one_trial():
    frame = frame_of(sweep_over({"gamma": [0.5]}), lambda gamma: gamma)
    assert analysis.importance(frame, [], Metric.RMSE).empty


@pytest.mark.parametrize(
    ("values", "geometric"),
    [
        ([0.001, 0.01, 0.1], True),
        ([0.01, 0.03, 0.1, 0.3], True),
        ([100, 200, 400, 800], True),
        ([50, 100, 200, 500, 1000], True),
        ([0.1, 0.01], True),
        ([3, 5, 7, 9], False),
        ([100, 200, 300, 400], False),
        (list(range(1, 11)), False),
        ([0.5, 0.7, 1.0], False),
        ([0.0, 0.1, 1.0, 10.0], False),
        ([-1.0, 10.0, 100.0], False),
        ([1, 2], False),
        ([5], False),
        ([], False),
        (["a", "b"], False),
        ([True, False], False),
        ([None, 1, 10, 100], True),
    ],
)
def test_a_grid_is_geometric_where_it_is_more_even_on_a_logarithmic_axis(values, geometric):
    assert analysis.is_geometric(values) is geometric


@given(st.floats(1e-6, 1e6), st.floats(2.1, 10), st.integers(3, 8))
def test_every_geometric_series_is_geometric(first, ratio, length):
    assert analysis.is_geometric([first * ratio**power for power in range(length)])


@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(3, 50))
def test_no_arithmetic_series_is_geometric(first, step, length):
    assert not analysis.is_geometric([first + step * number for number in range(length)])
