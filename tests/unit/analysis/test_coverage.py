"""What a chart says that it stands on."""

from __future__ import annotations

from dashboard.analysis import coverage, grid_points, trials_frame
from shared.catalog import Metric
from shared.testing import make_outcome, make_spec, make_sweep


def test_a_trial_of_an_unknown_state_is_neither_scored_nor_to_come():
    sweep = make_sweep()
    points = grid_points(sweep)
    outcomes = [
        make_outcome(trial_id=points[0].trial_id, params=points[0].params),
        make_outcome(trial_id=points[1].trial_id, params=points[1].params, scores={}, state="of a newer version"),
    ]
    covers = coverage(sweep, trials_frame(sweep, outcomes, points), Metric.RMSE)
    assert (covers.scored, covers.unknown, covers.open) == (1, 1, 2)
    assert covers.sentence() == "1 of 4 trials · 1 unknown to this version · 2 to come"


def test_points_that_are_one_trial_are_told_beside_the_trials():
    sweep = make_sweep(spec=make_spec(param_grid={"max_depth": [2], "max_leaves": [3, 4, 5, 6]}), size=2)
    points = grid_points(sweep)
    outcomes = [make_outcome(trial_id=points[0].trial_id, params=points[0].params)]
    covers = coverage(sweep, trials_frame(sweep, outcomes, points), Metric.RMSE)
    assert covers.sentence() == "1 of 2 trials · 1 to come · the grid's 4 points are these 2 trials, each drawn"
    assert covers.noun == "points"

    of_outcomes_alone = coverage(sweep, trials_frame(sweep, outcomes), Metric.RMSE)
    assert of_outcomes_alone.sentence() == "1 of 2 trials · 1 to come"
    assert of_outcomes_alone.noun == "trials"
