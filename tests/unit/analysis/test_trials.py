from datetime import timedelta

import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

from dashboard import analysis
from shared.catalog import Library, Metric, library_catalog
from shared.domain import ErrorCause
from shared.testing import make_outcome, make_spec, make_sweep
from tests.support.analysed import RATES_AND_DEPTHS, START, evaluate, frame_of, scored, sweep_over


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
    curve = analysis.score_curve(sweep, frame, "max_depth", Metric.RMSE).table
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
    assert analysis.score_curve(sweep, empty, "max_depth", Metric.RMSE).table["count"].tolist() == [0, 0]
    assert np.isnan(analysis.heat_map(sweep, empty, "max_depth", "learning_rate", Metric.RMSE).scores).all()
    assert analysis.importance(sweep, empty, ["max_depth"], Metric.RMSE).table.empty


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


def test_what_a_grid_leaves_out_is_what_the_library_takes_beside_its_other_parameters():
    sweep = sweep_over({"booster": ["gblinear", "gbtree"]}, {"booster": ["gbtree"], "learning_rate": [0.1]})
    points = analysis.grid_points(sweep)
    assert [point.params for point in points] == [
        {"booster": "gblinear", "learning_rate": 0.5},
        {"booster": "gbtree", "learning_rate": 0.3},
        {"booster": "gbtree", "learning_rate": 0.1},
    ]
