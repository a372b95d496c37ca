"""Points of the grid that are the same model, in the results."""

from __future__ import annotations

import pytest

from dashboard.analysis import GridPoint
from shared.domain import ErrorCause
from shared.testing import make_outcome
from tests.app.conftest import SWEEP, Dashboard, evaluate, save_sweep, texts, trials_of

pytestmark = pytest.mark.slow


@pytest.fixture
def merged(dashboard: Dashboard) -> tuple[GridPoint, ...]:
    """The points of an evaluated sweep: 3 and 4 leaves with their own trials, 5 and 6 the same model as 4."""
    sweep = save_sweep(dashboard, SWEEP["sweep"], param_grid={"max_depth": [2], "max_leaves": [3, 4, 5, 6]})
    points = trials_of(sweep)
    for point, leaves in zip(points[:2], (3, 0), strict=True):
        params = {"max_depth": 2, "max_leaves": leaves}
        outcome = make_outcome(score=0.5 + leaves / 10, trial_id=point.trial_id, params=params)
        dashboard.store.record(sweep.sweep_id, [outcome])
    return points


def test_the_leaderboard_says_how_many_points_each_trial_is(dashboard, merged):
    board = dashboard.open("results", SWEEP | {"view": "Leaderboard"}).dataframe[0]

    assert board.value["max_leaves"].tolist() == [4, 3]
    assert board.value["same_model"].fillna(0).tolist() == [2, 0]
    assert "same_model" in board.proto.column_order


def test_a_sweep_whose_points_are_all_different_says_nothing_of_the_same_model(dashboard, sweep):
    evaluate(dashboard, sweep, 3)
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})

    assert "same_model" not in at.dataframe[0].proto.column_order
    assert "Same model" not in texts(at)


def test_details_name_the_points_that_are_the_trial_and_say_why(dashboard, merged):
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"}, trial=merged[1].trial_id)

    assert "**Same model**: 3 points of the grid are this trial, also with:" in texts(at)
    why = "a tree of max_depth levels has at most 2^max_depth leaves"
    assert f"- `max_leaves=4` · `max_leaves=5` · `max_leaves=6` – {why}" in texts(at)

    at.session_state["trial"] = merged[0].trial_id
    at.run()
    assert "Same model" not in texts(at)


def test_a_trial_is_found_by_any_of_its_points(dashboard, merged):
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})
    at.multiselect(key=f"filter_max_leaves_{SWEEP['sweep']}").set_value([6]).run()

    board = at.dataframe[0].value
    assert board["max_leaves"].tolist() == [6]
    assert board["trial_id"].tolist() == [merged[1].trial_id]


def test_failed_trials_name_the_points_that_are_them_too(dashboard):
    sweep = save_sweep(dashboard, SWEEP["sweep"], param_grid={"max_depth": [2], "max_leaves": [4, 5]})
    params = {"max_depth": 2, "max_leaves": 0}
    outcome = make_outcome(failed=ErrorCause.EVALUATION, trial_id=trials_of(sweep)[0].trial_id, params=params)
    dashboard.store.record(sweep.sweep_id, [outcome])

    assert "**Same model**: 2 points" in texts(dashboard.open("results", SWEEP | {"view": "Failed"}))
