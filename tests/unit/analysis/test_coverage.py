"""What a chart says that it stands on."""

from __future__ import annotations

from dashboard.analysis import coverage, grid_points, trials_frame
from shared.catalog import Metric
from shared.testing import make_outcome, make_sweep


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
