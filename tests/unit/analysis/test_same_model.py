import sys

import pandas as pd

from dashboard import analysis
from shared.domain import Sweep
from shared.planning import full_params
from shared.testing import make_outcome
from tests.support.analysed import scored, sweep_over

LEAVES = "a tree of max_depth levels has at most 2^max_depth leaves"
NO_DART = "rate_drop has no effect unless booster=dart"


def explained(sweep: Sweep, row: int) -> list[tuple[tuple[str, ...], int, str]]:
    """What is said of the trial that answers the point at ``row``."""
    points = analysis.grid_points(sweep)
    canonical = full_params(sweep.spec.library, points[row].params, sweep.spec.seed)
    outcome = scored(points[row].trial_id, canonical, 0.5)
    frame = analysis.trials_frame(sweep, [outcome], points)
    return [(each.points, each.more, each.why) for each in analysis.same_model(sweep, frame, outcome)]


def test_rows_count_the_other_points_that_are_their_trial():
    sweep = sweep_over({"max_depth": [2], "max_leaves": [3, 4, 5, 6]})
    others = analysis.others_of_each(analysis.trials_frame(sweep, [], analysis.grid_points(sweep)))
    assert [None if pd.isna(each) else each for each in others] == [None, 2, 2, 2]


def test_a_trial_names_the_points_that_are_it_by_what_they_write_otherwise_and_says_why():
    sweep = sweep_over({"max_depth": [2, 9], "max_leaves": [3, 4, 5]})
    assert explained(sweep, 0) == []
    assert explained(sweep, 1) == [(("max_leaves=5",), 0, LEAVES)]  # beside the first, by which it is shown
    assert explained(sweep, 4) == []  # a deeper tree has room for them


def test_the_one_point_that_is_a_trial_is_shown_as_written_and_needs_no_reason():
    assert explained(sweep_over({"max_depth": [2], "max_leaves": [8]}), 0) == []


def test_points_that_are_one_model_for_several_reasons_come_last():
    sweep = sweep_over({"max_depth": [2], "max_leaves": [0, 9], "rate_drop": [0.0, 0.5]})
    assert explained(sweep, 0) == [
        (("rate_drop=0.5",), 0, NO_DART),
        (("max_leaves=9",), 0, LEAVES),
        (("max_leaves=9, rate_drop=0.5",), 0, "for several of these reasons"),
    ]


def test_a_long_list_of_points_is_cut():
    [(points, more, _)] = explained(sweep_over({"max_depth": [2], "max_leaves": list(range(4, 46))}), 0)
    assert points == tuple(f"max_leaves={leaves}" for leaves in range(5, 10))
    assert more == 36


def test_a_point_of_several_grids_is_one_trial_that_says_so():
    sweep = sweep_over({"max_depth": [3, 6]}, {"gamma": [0.0, 1.0]})  # 6 and 0 are the defaults
    assert explained(sweep, 1) == [(("the same values",), 0, "more than one grid has it")]
    assert explained(sweep, 0) == []
    twice = sweep_over({"max_leaves": [9], "max_depth": [2]}, {"max_leaves": [9], "max_depth": [2, 3]})
    assert explained(twice, 0) == [(("the same values",), 0, "more than one grid has it")]


def test_without_the_grids_points_nothing_is_said_to_be_the_same():
    sweep = sweep_over({"max_depth": [2], "max_leaves": [3, 4, 5]})
    outcomes = [make_outcome(number, params={"max_depth": 2, "max_leaves": number}) for number in (3, 0)]
    frame = analysis.trials_frame(sweep, outcomes)
    assert analysis.others_of_each(frame).isna().all()
    assert [analysis.same_model(sweep, frame, outcome) for outcome in outcomes] == [(), ()]


def test_points_that_look_alike_are_told_apart_and_are_of_one_grid():
    assert explained(sweep_over({"rate_drop": [0.1234, 0.12341, 0.12342]}), 0) == [
        (("rate_drop=0.12341", "rate_drop=0.12342"), 0, NO_DART)
    ]


def test_so_many_points_of_one_trial_are_explained_at_most(monkeypatch):
    module = sys.modules["dashboard.analysis.same_model"]  # the package has a function of that name
    monkeypatch.setattr(module, "_MOST_EXPLAINED", 3)
    [(points, more, _)] = explained(sweep_over({"max_depth": [2], "max_leaves": list(range(4, 46))}), 0)
    assert (len(points), more) == (2, 0)
