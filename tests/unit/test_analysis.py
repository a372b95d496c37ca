from datetime import UTC, datetime, timedelta
from math import isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import ParameterGrid

from dashboard import analysis
from dashboard.analysis import HeatMapValue
from shared.catalog import Library, Metric, TaskType, library_catalog
from shared.ports import SweepSummary
from shared.sweep import Sweep
from shared.testing import make_outcome, make_spec, make_sweep
from shared.trial import ErrorCause, MetricScore, RoundsCurve, TrialOutcome

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


# --- trials ------------------------------------------------------------------------------------------------------


def test_every_point_of_the_grid_has_a_row_in_its_order_before_anything_is_evaluated():
    sweep = sweep_over(RATES_AND_DEPTHS)
    frame = analysis.trials_frame(sweep, [], analysis.grid_points(sweep))
    assert frame[["learning_rate", "max_depth"]].to_dict("records") == list(ParameterGrid(RATES_AND_DEPTHS))
    assert set(frame["state"]) == {"pending"}
    assert frame["rank"].isna().all()
    assert frame["trial_id"].is_unique


def test_states_come_from_outcomes_then_from_workers_then_from_the_sweep():
    sweep = sweep_over(RATES_AND_DEPTHS)
    points = analysis.grid_points(sweep)
    ids = [point.trial_id for point in points]
    outcomes = [
        scored(ids[0], points[0].params, 0.5),
        make_outcome(trial_id=ids[1], params=points[1].params, failed=ErrorCause.TIMEOUT),
    ]
    frame = analysis.trials_frame(sweep, outcomes, points, running={ids[0], ids[2]})
    assert list(frame["state"]) == ["succeeded", "failed", "running", "pending", "pending", "pending"]
    assert frame["error"][1] == "ValueError: it went wrong"
    cancelled = analysis.trials_frame(sweep.model_copy(update={"cancelled": True}), outcomes, points)
    assert list(cancelled["state"]) == ["succeeded", "failed", *["cancelled"] * 4]


def test_what_racing_dropped_has_folds_but_no_mean_rank_or_place_in_a_curve():
    sweep = sweep_over(RATES_AND_DEPTHS)
    points = analysis.grid_points(sweep)
    outcomes = [
        scored(points[0].trial_id, points[0].params, 0.5),
        make_outcome("dropped", 0.01, dropped_after=2, trial_id=points[1].trial_id, params=points[1].params),
    ]
    frame = analysis.trials_frame(sweep, outcomes, points)
    assert list(frame["state"][:2]) == ["succeeded", "dropped"]
    assert list(frame["folds"][:2]) == [3, 2]
    assert frame["folds"][2:].isna().all()
    assert frame["mean_rmse"].notna().sum() == frame["rank"].notna().sum() == 1
    assert frame.loc[frame["rank"].notna(), "trial_id"].tolist() == [points[0].trial_id]
    assert analysis.best_outcome(sweep, outcomes) == outcomes[0]
    assert analysis.failures(outcomes).empty
    curve = analysis.score_curve(frame, "max_depth", Metric.RMSE).table
    assert list(curve["count"]) == [1, 0]
    assert list(analysis.best_so_far(sweep, outcomes)["done"]) == [1, 2]


def test_a_row_carries_scores_costs_and_provenance():
    sweep = sweep_over({"max_depth": [3]})
    [point] = analysis.grid_points(sweep)
    outcome = scored(
        point.trial_id, point.params, 0.5, finished_at=START, attempts=2, worker="w", rounds=(10, 20), fit_shared_by=4
    )
    [row] = analysis.trials_frame(sweep, [outcome], [point]).to_dict("records")
    assert row["mean_rmse"] == 0.5
    assert row["std_rmse"] == 0.0082
    assert row["mean_r2"] == 0.5
    assert (row["rank"], row["attempts"], row["worker"], row["rounds"], row["fit_shared_by"]) == (1, 2, "w", 15.0, 4)
    assert row["fit_seconds"] == 1.0
    assert row["finished_at"] == START


def test_points_that_are_one_model_share_its_outcome_and_say_which_point_it_is():
    sweep = sweep_over({"max_depth": [2], "max_leaves": [3, 4, 5]})
    frame = frame_of(sweep, lambda max_leaves, **_: max_leaves / 10)
    assert list(frame["max_leaves"]) == [3, 4, 5]
    assert list(frame["same_as"]) == ["", "", "max_depth=2, max_leaves=4"]
    assert list(frame["mean_rmse"]) == [0.3, 0.4, 0.4]
    assert list(frame["rank"]) == [1, 2, 2]


def test_several_grids_show_the_default_where_one_leaves_a_parameter_out():
    sweep = sweep_over({"max_depth": [3]}, {"gamma": [0.5, 1.0]})
    default = library_catalog(Library.XGBOOST).parameter("max_depth").default
    points = analysis.grid_points(sweep)
    assert analysis.grid_parameters(sweep) == ("gamma", "max_depth")
    assert [point.params["max_depth"] for point in points] == [3, default, default]
    assert analysis.varied_parameters(sweep) == ("gamma", "max_depth")


def test_a_parameter_with_one_value_is_not_varied():
    assert analysis.varied_parameters(sweep_over({"max_depth": [3], "gamma": [0.0, 1.0]})) == ("gamma",)


def test_above_the_limit_points_are_left_alone_and_rows_are_the_outcomes():
    sweep = sweep_over(RATES_AND_DEPTHS)
    assert analysis.grid_points(sweep, limit=6) is not None
    assert analysis.grid_points(sweep, limit=5) is None
    outcomes = evaluate(sweep, lambda max_depth, **_: max_depth / 10)[:4]
    frame = analysis.trials_frame(sweep, outcomes)
    assert len(frame) == 4
    assert set(frame["max_depth"]) == {3, 5}
    assert set(frame["same_as"]) == {""}


def test_a_sweep_without_outcomes_or_points_has_an_empty_frame_with_all_columns():
    sweep = sweep_over(RATES_AND_DEPTHS)
    empty = analysis.trials_frame(sweep, [])
    assert list(empty.columns) == list(analysis.trials_frame(sweep, [], analysis.grid_points(sweep)).columns)
    assert analysis.score_curve(empty, "max_depth", Metric.RMSE).table.empty
    assert analysis.heat_map(empty, "max_depth", "learning_rate", Metric.RMSE).scores.shape == (0, 0)
    assert analysis.importance(empty, ["max_depth"], Metric.RMSE).empty


def test_values_keep_their_types():
    grid = {"booster": ["gbtree", "dart"], "gamma": [0.0, 1.0], "max_depth": [3, 4]}
    frame = analysis.trials_frame(sweep_over(grid), [], analysis.grid_points(sweep_over(grid)))
    assert {name: {type(value) for value in frame[name].tolist()} for name in grid} == {
        "booster": {str},
        "gamma": {float},
        "max_depth": {int},
    }


def test_none_stays_none_beside_numbers():
    sweep = sweep_over({"max_depth": [3, 4]})
    points = [analysis.GridPoint("a", {"max_depth": 3}), analysis.GridPoint("b", {"max_depth": None})]
    assert analysis.trials_frame(sweep, [], points)["max_depth"].tolist() == [3, None]


@pytest.mark.parametrize("library", Library)
def test_no_parameter_has_the_name_of_another_column(library):
    sweep = sweep_over({})
    columns = set(analysis.trials_frame(sweep, []).columns)
    assert not columns & {parameter.name for parameter in library_catalog(library).parameters}


@pytest.mark.parametrize(
    ("metrics", "best_first"),
    [((Metric.RMSE, Metric.R2), [0.1, 0.2, 0.3]), ((Metric.R2, Metric.RMSE), [0.1, 0.2, 0.3])],
)
def test_ranks_follow_the_first_metrics_direction(metrics, best_first):
    spec = make_spec(param_grid={"gamma": [0.1, 0.2, 0.3]}, metrics=metrics)
    sweep = make_sweep(spec=spec, size=3)
    frame = frame_of(sweep, lambda gamma: gamma)  # R² falls as RMSE grows
    assert frame.set_index("rank")["gamma"].to_dict() == dict(enumerate(best_first, start=1))


def test_failed_trials_are_not_ranked():
    sweep = sweep_over({"gamma": [0.1, 0.2, 0.3]})
    frame = frame_of(sweep, lambda gamma: {0.1: None, 0.2: None, 0.3: 0.9}[gamma])
    assert list(frame["rank"].isna()) == [True, True, False]
    assert frame["rank"][2] == 1


def test_equal_scores_share_a_rank():
    frame = frame_of(sweep_over({"gamma": [0.1, 0.2, 0.3]}), lambda gamma: 0.5)
    assert list(frame["rank"]) == [1, 1, 1]


def test_the_best_outcome_has_the_first_rank_and_of_equals_the_first_id():
    sweep = sweep_over(RATES_AND_DEPTHS)
    outcomes = evaluate(sweep, lambda learning_rate, max_depth: None if max_depth == 3 else learning_rate // 1)
    frame = analysis.trials_frame(sweep, outcomes)
    assert analysis.best_outcome(sweep, outcomes).trial_id == frame.loc[frame["rank"] == 1, "trial_id"].min()


def test_there_is_no_best_outcome_among_failures():
    sweep = sweep_over({"gamma": [0.1, 0.2]})
    assert analysis.best_outcome(sweep, []) is None
    assert analysis.best_outcome(sweep, evaluate(sweep, lambda gamma: None)) is None


def test_failures_are_listed_the_latest_first_and_counted_by_reason():
    def failed(key, cause, minute):
        return make_outcome(key, failed=cause, finished_at=START + timedelta(minutes=minute))

    outcomes = [
        failed(1, ErrorCause.TIMEOUT, 1),
        failed(2, ErrorCause.EVALUATION, 3),
        failed(3, ErrorCause.EVALUATION, 2),
        make_outcome(4),
    ]
    listed = analysis.failures(outcomes)
    assert list(listed["trial_id"]) == [outcomes[1].trial_id, outcomes[2].trial_id, outcomes[0].trial_id]
    assert list(listed["cause"]) == ["evaluation", "evaluation", "timeout"]
    groups = analysis.failure_groups(outcomes)
    assert groups[["cause", "message", "trials"]].values.tolist() == [
        ["evaluation", "it went wrong", 2],
        ["timeout", "it went wrong", 1],
    ]


def test_without_failures_their_tables_are_empty():
    assert analysis.failures([make_outcome()]).empty
    assert analysis.failure_groups([]).empty


def test_fold_scores_of_a_trial():
    outcome = scored("a" * 64, {}, 0.5)
    assert analysis.fold_scores(outcome, Metric.RMSE)["fold"].tolist() == [1, 2, 3]
    assert analysis.fold_scores(outcome, Metric.RMSE)["score"].tolist() == [0.49, 0.5, 0.51]
    assert analysis.fold_scores(outcome, Metric.MAE).empty
    assert analysis.fold_scores(make_outcome(failed=ErrorCause.TIMEOUT), Metric.RMSE).empty


# --- curves ------------------------------------------------------------------------------------------------------


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


# --- labels ------------------------------------------------------------------------------------------------------


def test_labels_are_short_unless_that_would_confuse_two_values():
    assert analysis.value_labels([0.1, 0.0316227766017, 1e-7, 100, True, None, "dart"]) == [
        "0.1",
        "0.03162",
        "1e-07",
        "100",
        "true",
        "none",
        "dart",
    ]
    assert analysis.value_labels([0.123451, 0.123452, 0.5]) == ["0.123451", "0.123452", "0.5"]


def test_params_are_written_sorted():
    assert analysis.params_label({"max_depth": 3, "eta": 0.1}) == "eta=0.1, max_depth=3"
    assert analysis.params_label({}) == ""


# --- progress ----------------------------------------------------------------------------------------------------


def progress_of(finished_seconds, now_seconds, size=100, failed=0, dropped=0, **changes):
    sweep = make_sweep(size=size, created_at=START, **changes)
    times = [START + timedelta(seconds=each) for each in finished_seconds]
    now = START + timedelta(seconds=now_seconds)
    succeeded = len(times) - failed - dropped
    summary = SweepSummary(sweep=sweep, succeeded=succeeded, failed=failed, dropped=dropped)
    return analysis.progress(summary, times, now=now)


def test_rate_and_eta_follow_from_the_recent_trials():
    now = progress_of(range(10, 51), 50)
    assert (now.done, now.open, now.fraction) == (41, 59, 0.41)
    assert now.trials_per_minute == pytest.approx(60)
    assert now.eta == timedelta(seconds=59)
    assert now.sentence() == "41 of 100 trials · 60 a minute · about 59 s left"


def test_dropped_trials_are_done_and_said():
    now = progress_of(range(10, 51), 50, failed=1, dropped=30)
    assert (now.succeeded, now.done, now.open) == (10, 41, 59)
    assert now.sentence() == "41 of 100 trials · 1 failed · 30 dropped · 60 a minute · about 59 s left"


def test_folds_of_open_trials_are_said_and_move_the_bar():
    summary = SweepSummary(sweep=make_sweep(size=4), succeeded=1, failed=0)
    folds = summary.sweep.spec.folds
    now = analysis.progress(summary, [], folds_of_open=2)
    assert now.fraction == pytest.approx((folds + 2) / (4 * folds))
    assert now.sentence() == f"1 of 4 trials · {folds + 2} of {4 * folds} folds"
    assert analysis.progress(summary, [], folds_of_open=0).sentence() == "1 of 4 trials"


def test_the_rate_forgets_what_is_long_ago():
    slow_then_fast = [*range(0, 6000, 60), *range(6000, 6121)]
    assert progress_of(slow_then_fast, 6120, size=1000).trials_per_minute == pytest.approx(60)


def test_the_rate_of_slow_trials_reaches_back_as_far_as_it_needs():
    assert progress_of(range(0, 6001, 600), 6000).trials_per_minute == pytest.approx(0.1)


def test_the_rate_falls_while_nothing_ends():
    assert progress_of(range(61), 180).trials_per_minute < progress_of(range(61), 60).trials_per_minute


def test_trials_that_end_at_one_moment_tell_no_rate_by_themselves():
    assert progress_of([5] * 16, 6).trials_per_minute is None
    assert progress_of([5] * 16 + [65] * 16, 65).trials_per_minute == pytest.approx(16)


@pytest.mark.parametrize("seconds", [[], [10], [-50, -40, -30]])
def test_there_is_no_rate_before_two_trials_of_this_sweep_have_ended(seconds):
    now = progress_of(seconds, 20)
    assert now.trials_per_minute is None
    assert now.eta is None


def test_nothing_is_left_to_predict_of_a_finished_or_a_cancelled_sweep():
    finished = progress_of(range(10), 20, size=10, failed=1)
    assert finished.trials_per_minute is None
    assert finished.sentence() == "10 of 10 trials · 1 failed"
    cancelled = progress_of(range(10), 20, cancelled=True)
    assert cancelled.eta is None
    assert cancelled.sentence() == "10 of 100 trials · 90 cancelled"


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (30, "about 30 s left"),
        (600, "about 10 min left"),
        (3660, "about 1 h 1 min left"),
        (7200, "about 2 h left"),
        (90000, "about 1 d 1 h left"),
        (172800, "about 2 d left"),
        (3599, "about 1 h left"),
    ],
)
def test_the_time_left_is_said_in_fitting_units(left, sentence):
    assert progress_of(range(61), 60, size=61 + left).sentence().endswith(sentence)


def test_the_best_score_so_far_follows_the_trials_as_they_ended():
    sweep = make_sweep()
    minutes = {"c": (3, 0.4), "a": (1, 0.5), "b": (2, 0.6)}
    outcomes = [
        scored(name * 64, {}, score, finished_at=START + timedelta(minutes=minute))
        for name, (minute, score) in minutes.items()
    ]
    outcomes.append(make_outcome(failed=ErrorCause.TIMEOUT, finished_at=START + timedelta(minutes=4)))
    table = analysis.best_so_far(sweep, outcomes)
    assert table["done"].tolist() == [1, 2, 3, 4]
    assert table["best"].tolist() == [0.5, 0.5, 0.4, 0.4]
    assert table["score"].tolist()[:3] == [0.5, 0.6, 0.4]
    assert isnan(table["score"][3])
    assert analysis.best_so_far(sweep, outcomes, Metric.R2)["best"].tolist() == [0.5, 0.5, 0.6, 0.6]


def test_before_the_first_success_there_is_no_best_score():
    assert analysis.best_so_far(make_sweep(), []).empty
    assert analysis.best_so_far(make_sweep(), [make_outcome(failed=ErrorCause.TIMEOUT)])["best"].isna().all()


def test_classification_is_analysed_alike():
    dataset = {"name": "wine", "content_hash": "b" * 64, "target": "target", "task": TaskType.MULTICLASS}
    spec = make_spec(dataset=dataset, metrics=(Metric.ACCURACY,), param_grid={"gamma": [0.0, 1.0]})
    sweep = make_sweep(spec=spec, size=2)
    outcomes = [
        make_outcome(
            trial_id=point.trial_id,
            params=point.params,
            scores={Metric.ACCURACY: MetricScore(fold_scores=(score,), mean_score=score, std_score=0.0)},
        )
        for point, score in zip(analysis.grid_points(sweep), (0.8, 0.9), strict=True)
    ]
    frame = analysis.trials_frame(sweep, outcomes, analysis.grid_points(sweep))
    assert dict(zip(frame["gamma"], frame["rank"], strict=True)) == {1.0: 1, 0.0: 2}


@pytest.mark.parametrize(
    ("metrics", "own", "is_better"),
    [((Metric.RMSE,), 0.5, True), ((Metric.RMSE,), 0.4, False), ((Metric.R2,), 0.3, True), ((Metric.R2,), 0.5, False)],
)
def test_a_curve_over_rounds_is_better_only_by_the_ranking_metrics_direction(metrics, own, is_better):
    curve = RoundsCurve(rounds=(5, 10), mean_scores=(0.4, own), std_scores=(0.0, 0.0), best_rounds=5)
    sweep, outcome = make_sweep(spec=make_spec(metrics=metrics)), make_outcome(score=own, rounds_curve=curve)
    assert analysis.better_rounds(sweep, outcome) == (curve if is_better else None)


def test_without_a_curve_no_count_is_better():
    assert analysis.better_rounds(make_sweep(), make_outcome()) is None
    assert analysis.better_rounds(make_sweep(), make_outcome(failed=ErrorCause.EVALUATION)) is None
