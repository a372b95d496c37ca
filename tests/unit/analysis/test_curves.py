from math import isnan

import numpy as np
import pytest

from dashboard import analysis
from dashboard.analysis import AxisKind, additive
from shared.catalog import Metric
from shared.testing import make_outcome
from tests.support.analysed import RATES_AND_DEPTHS, evaluate, frame_of, sweep_over


def test_a_curve_has_mean_quartiles_and_best_over_the_other_parameters():
    frame = frame_of(sweep_over(RATES_AND_DEPTHS), lambda learning_rate, max_depth: learning_rate + max_depth)
    curve = analysis.score_curve(sweep_over(RATES_AND_DEPTHS), frame, "max_depth", Metric.RMSE)
    assert curve.table["value"].tolist() == [3, 5]
    assert curve.table["mean"].tolist() == pytest.approx([3.37, 5.37])
    assert curve.table["lower"].tolist() == pytest.approx([3.055, 5.055])
    assert curve.table["upper"].tolist() == pytest.approx([3.55, 5.55])
    assert curve.table["low"].tolist() == curve.table["best"].tolist() == pytest.approx([3.01, 5.01])
    assert curve.table["high"].tolist() == pytest.approx([4.0, 6.0])
    assert curve.table["count"].tolist() == curve.table["total"].tolist() == [3, 3]


def test_the_best_of_a_curve_follows_the_metrics_direction():
    sweep = sweep_over({"gamma": [0.1, 0.2]}, {"gamma": [0.1], "max_depth": [9]})
    table = analysis.score_curve(sweep, frame_of(sweep, lambda gamma, **_: gamma), "gamma", Metric.R2).table
    assert table["best"].tolist() == table["high"].tolist() == pytest.approx([0.9, 0.8])


def test_a_value_without_scores_keeps_its_place():
    frame = frame_of(sweep_over(RATES_AND_DEPTHS), lambda learning_rate, max_depth: None if max_depth == 3 else 1.0)
    table = analysis.score_curve(sweep_over(RATES_AND_DEPTHS), frame, "max_depth", Metric.RMSE).table
    assert table["value"].tolist() == [3, 5]
    assert table["count"].tolist() == [0, 3]
    assert table["total"].tolist() == [3, 3]
    assert isnan(table["mean"][0])
    assert isnan(table["best"][0])


GRID_OF_27 = {"gamma": [0.1, 0.2, 0.3], "max_depth": [3, 5, 9], "subsample": [0.5, 0.75, 1.0]}


def additive_score(gamma, max_depth, subsample):
    return gamma + max_depth / 4 + subsample**2


def five_missing(gamma, max_depth, subsample):
    """All but the deep trees of large gammas, and one more."""
    is_missing = (gamma >= 0.2 and max_depth == 9 and subsample < 1) or (gamma, max_depth, subsample) == (0.1, 3, 1.0)
    return None if is_missing else additive_score(gamma, max_depth, subsample)


@pytest.mark.parametrize("parameter", sorted(GRID_OF_27))
def test_missing_points_do_not_bias_the_means_of_separate_effects(parameter):
    sweep = sweep_over(GRID_OF_27)
    whole = analysis.score_curve(sweep, frame_of(sweep, additive_score), parameter, Metric.RMSE)
    part = analysis.score_curve(sweep, frame_of(sweep, five_missing), parameter, Metric.RMSE)
    assert (whole.is_estimated, part.is_estimated) == (False, True)
    assert part.coverage.label() == "22 of 27 trials"
    assert part.table["count"].sum() == 22
    assert part.table["mean"].tolist() == pytest.approx(whole.table["mean"].tolist())
    plain = frame_of(sweep, five_missing).groupby(parameter)["mean_rmse"].mean()
    assert plain.tolist() != pytest.approx(whole.table["mean"].tolist(), rel=1e-3)  # what it would be otherwise


def test_a_mean_counts_what_is_there_as_it_is_and_the_missing_by_their_separate_effects():
    sweep = sweep_over({"gamma": [0.1, 0.2], "max_depth": [3, 5], "subsample": [0.5, 1.0]})
    scores = {(0.1, 3): 1.0, (0.1, 5): 2.0, (0.2, 3): 4.0}

    def score(gamma, max_depth, subsample):
        return None if (gamma, max_depth, subsample) == (0.2, 5, 1.0) else scores.get((gamma, max_depth), 9.0)

    table = analysis.score_curve(sweep, frame_of(sweep, score), "gamma", Metric.RMSE).table
    design = np.array([[1, g, d, s] for g in (0, 1) for d in (0, 1) for s in (0, 1)][:7])
    effects = np.linalg.lstsq(design, [1, 1, 2, 2, 4, 4, 9], rcond=None)[0]
    missing = effects.sum()
    assert table["mean"].tolist() == pytest.approx([1.5, (4 + 4 + 9 + missing) / 4])
    assert table["is_estimated"].tolist() == [False, True]


def together(gamma, max_depth, subsample):
    """A score to which the parameters contribute together, too."""
    return 1 + gamma + max_depth / 20 + 0.6 * (gamma - 0.2) * (max_depth - 5) - 0.3 * (subsample - 0.7) * max_depth


@pytest.mark.parametrize("part", [12, 16, 20, 24])
def test_the_true_mean_is_within_the_error_of_its_estimate_nine_times_of_ten(part):
    sweep = sweep_over(GRID_OF_27)
    points = [point.params for point in analysis.grid_points(sweep)]
    whole = {name: analysis.score_curve(sweep, frame_of(sweep, together), name, Metric.RMSE) for name in GRID_OF_27}
    within = []
    for seed in range(20):
        chosen = [points[at] for at in np.random.default_rng(seed).permutation(len(points))[:part]]
        frame = frame_of(sweep, lambda chosen=chosen, **point: together(**point) if point in chosen else None)
        for name, true in whole.items():
            table = analysis.score_curve(sweep, frame, name, Metric.RMSE).table
            drawn = table["mean"].notna() & table["is_estimated"]
            within += ((table["mean"] - true.table["mean"]).abs() <= table["error"])[drawn].tolist()
    assert len(within) > 50
    assert sum(within) / len(within) >= 0.9


def test_an_exact_mean_has_no_error_and_one_of_separate_effects_none_to_speak_of():
    sweep = sweep_over(GRID_OF_27)
    part = analysis.score_curve(sweep, frame_of(sweep, five_missing), "max_depth", Metric.RMSE).table
    assert part["error"].fillna(0.0).tolist() == [0.0, 0.0, 0.0]
    assert part["error"].isna().tolist() == (~part["is_estimated"]).tolist()
    whole = analysis.score_curve(sweep, frame_of(sweep, additive_score), "max_depth", Metric.RMSE).table
    assert whole["error"].isna().all()


def test_an_estimate_that_is_as_uncertain_as_the_scores_differ_is_not_there():
    sweep = sweep_over(GRID_OF_27)

    def random(gamma, max_depth, subsample):
        if max_depth == 9 and (gamma > 0.1 or subsample > 0.5):
            return None
        return (gamma * 977 + max_depth * 331 + subsample * 613) % 1.0

    table = analysis.score_curve(sweep, frame_of(sweep, random), "max_depth", Metric.RMSE).table
    assert table["mean"].isna().tolist() == [False, False, True]
    assert table["count"].tolist() == [9, 9, 1]


def test_a_mean_that_the_scores_do_not_tell_is_not_there():
    sweep = sweep_over(GRID_OF_27)
    few = frame_of(sweep, lambda **point: additive_score(**point) if point["subsample"] == 0.5 else None)
    assert analysis.score_curve(sweep, few, "gamma", Metric.RMSE).table["mean"].isna().all()
    one_deep = frame_of(sweep, lambda **point: additive_score(**point) if point["max_depth"] != 9 else None)
    means = analysis.score_curve(sweep, one_deep, "max_depth", Metric.RMSE).table["mean"]
    assert means.isna().tolist() == [False, False, True]


def test_no_mean_stands_in_for_what_racing_chose_to_drop():
    sweep = sweep_over(GRID_OF_27)
    outcomes = evaluate(sweep, additive_score)
    outcomes[0] = make_outcome(dropped_after=2, trial_id=outcomes[0].trial_id, params=outcomes[0].params)
    frame = analysis.trials_frame(sweep, outcomes, analysis.grid_points(sweep))
    means = analysis.score_curve(sweep, frame, "gamma", Metric.RMSE).table["mean"]
    assert means.isna().tolist() == [True, False, False]  # where nothing was dropped it is exact


def test_means_of_outcomes_alone_are_estimated_over_the_product_of_their_values():
    sweep = sweep_over(GRID_OF_27)
    whole = analysis.score_curve(sweep, frame_of(sweep, additive_score), "gamma", Metric.RMSE)
    outcomes = [each for each in evaluate(sweep, five_missing) if each.error is None]
    part = analysis.score_curve(sweep, analysis.trials_frame(sweep, outcomes), "gamma", Metric.RMSE)
    assert part.table["is_estimated"].all()
    assert part.table["mean"].tolist() == pytest.approx(whole.table["mean"].tolist())


@pytest.mark.parametrize(
    ("grid", "parameter", "labels", "kind"),
    [
        ({"learning_rate": [1.0, 0.01, 0.1]}, "learning_rate", ["0.01", "0.1", "1"], AxisKind.LOG),
        ({"max_depth": [7, 3, 5]}, "max_depth", ["3", "5", "7"], AxisKind.LINEAR),
        ({"booster": ["gbtree", "dart"]}, "booster", ["gbtree", "dart"], AxisKind.CATEGORIES),
        ({"max_depth": [4]}, "max_depth", ["4"], AxisKind.LINEAR),
        ({"reg_lambda": [0, 0.1, 1, 10]}, "reg_lambda", ["0", "0.1", "1", "10"], AxisKind.BROKEN),
    ],
)
def test_numbers_are_ordered_and_choices_stay_as_written(grid, parameter, labels, kind):
    sweep = sweep_over(grid)
    curve = analysis.score_curve(sweep, frame_of(sweep, lambda **_: 0.5), parameter, Metric.RMSE)
    assert curve.table["label"].tolist() == labels
    assert curve.axis.kind is kind


def test_importance_is_each_parameters_share_of_the_variance():
    grid = {"gamma": [-1.0, 1.0], "reg_alpha": [-1.0, 1.0], "subsample": [0.5, 1.0]}
    grid = {
        name: [abs(value) if name == "subsample" else value + 1 for value in values] for name, values in grid.items()
    }

    def score(gamma, reg_alpha, subsample):
        a, b = gamma - 1, reg_alpha - 1  # each -1 or 1
        return 10 + 2 * a + b + 2 * a * b  # variances 4, 1 and 4

    sweep = sweep_over(grid)
    names = ["gamma", "reg_alpha", "subsample"]
    table = analysis.importance(sweep, frame_of(sweep, score), names, Metric.RMSE).table
    assert table["parameter"].tolist() == ["gamma", "reg_alpha", "subsample", "interactions"]
    assert table["share"].tolist() == pytest.approx([4 / 9, 1 / 9, 0, 4 / 9])


def test_no_importance_of_an_incomplete_grid():
    sweep = sweep_over(RATES_AND_DEPTHS)
    frame = frame_of(sweep, lambda learning_rate, max_depth: None if learning_rate == max_depth / 5 else max_depth)
    found = analysis.importance(sweep, frame, ["learning_rate", "max_depth"], Metric.RMSE)
    assert found.table.empty
    assert found.coverage.label() == "5 of 6 trials"


def test_no_importance_of_outcomes_without_the_points_that_have_none():
    sweep = sweep_over(RATES_AND_DEPTHS)
    some = evaluate(sweep, lambda learning_rate, max_depth: learning_rate * max_depth)[:4]
    frame = analysis.trials_frame(sweep, some)
    assert analysis.importance(sweep, frame, ["learning_rate", "max_depth"], Metric.RMSE).table.empty


@pytest.mark.parametrize("score", [0.1 + 0.2, 0.0, 1e9 / 3])
def test_importance_is_undefined_where_all_scores_are_equal(score):
    sweep = sweep_over(RATES_AND_DEPTHS)
    frame = frame_of(sweep, lambda **_: score)
    assert analysis.importance(sweep, frame, ["learning_rate", "max_depth"], Metric.RMSE).table.empty


def test_importance_is_undefined_for_one_trial():
    sweep = sweep_over({"gamma": [0.5]})
    frame = frame_of(sweep, lambda gamma: gamma)
    assert analysis.importance(sweep, frame, [], Metric.RMSE).table.empty


@pytest.mark.parametrize("unit", [1e300, 1e-300, -1e-300])
def test_scores_of_any_size_have_shares_and_estimates(unit):
    sweep, names = sweep_over(GRID_OF_27), sorted(GRID_OF_27)
    whole = frame_of(sweep, additive_score)
    whole["mean_rmse"] *= unit
    found = analysis.importance(sweep, whole, names, Metric.RMSE).table
    plain = analysis.importance(sweep, frame_of(sweep, additive_score), names, Metric.RMSE).table
    assert found["share"].tolist() == pytest.approx(plain["share"].tolist())
    part = frame_of(sweep, five_missing)
    part["mean_rmse"] *= unit
    means = analysis.score_curve(sweep, part, "max_depth", Metric.RMSE).table["mean"] / unit
    true = analysis.score_curve(sweep, whole, "max_depth", Metric.RMSE).table["mean"] / unit
    assert means.tolist() == pytest.approx(true.tolist())


def test_points_that_are_one_trial_make_an_estimate_no_surer():
    codes = {"a": np.array([0, 0, 0, 1, 1, 1, 0, 1]), "b": np.array([0, 1, 2, 0, 1, 2, 0, 1])}
    scores, levels = [1.0, 2.0, 4.0, 3.0, 3.5, 7.0, 1.5, 3.0], {"a": 2, "b": 3}
    once = additive.fit(codes, levels, scores, 8)
    four_times = {name: np.repeat(found, 4) for name, found in codes.items()}
    often = additive.fit(four_times, levels, np.repeat(scores, 4), 8)
    row = once.row({"a": np.array([1]), "b": np.array([0])})
    assert often.value(row) == pytest.approx(once.value(row))
    assert often.error(row) == pytest.approx(once.error(row))
    assert additive.fit(codes, levels, scores, 5) is None  # too few for four effects


def test_the_error_is_twice_as_large_where_values_were_not_seen_together():
    sweep = sweep_over(GRID_OF_27)

    def error_where(is_missing):
        frame = frame_of(sweep, lambda **point: None if is_missing(**point) else together(**point))
        return analysis.score_curve(sweep, frame, "gamma", Metric.RMSE).table["error"].tolist()[2]

    def corner(gamma, max_depth, subsample):
        return gamma == 0.3 and max_depth == 9

    scores = frame_of(sweep, lambda **point: None if corner(**point) else together(**point))
    is_scored = scores["mean_rmse"].notna().to_numpy()
    names = sorted(GRID_OF_27)
    codes = {name: np.searchsorted(GRID_OF_27[name], scores[name]) for name in names}
    seen = {name: found[is_scored] for name, found in codes.items()}
    model = additive.fit(seen, dict.fromkeys(names, 3), scores["mean_rmse"][is_scored].tolist(), 24)
    row = model.row({name: found[~is_scored] for name, found in codes.items()})
    assert error_where(corner) == pytest.approx(2 * model.error(row) / 3)
