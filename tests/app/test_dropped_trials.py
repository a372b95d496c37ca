"""Trials that racing dropped, in the results."""

from __future__ import annotations

import pytest

from shared.domain import Sweep
from shared.testing import make_outcome
from tests.app.conftest import SWEEP, Dashboard, evaluate, texts, trials_of

pytestmark = pytest.mark.slow


@pytest.fixture
def race(dashboard: Dashboard, sweep: Sweep) -> list[str]:
    """Of the sweep's four trials: the first succeeded, the next two were dropped after two and three folds."""
    spec = sweep.spec.model_copy(update={"racing": True})
    dashboard.store.save_sweep(sweep.model_copy(update={"spec": spec}))
    ids = evaluate(dashboard, sweep, 1)
    for folds, trial in zip((2, 3), trials_of(sweep)[1:], strict=False):
        drop = make_outcome(score=0.75, dropped_after=folds, trial_id=trial.trial_id, params=trial.params)
        dashboard.store.record(sweep.sweep_id, [drop])
        ids.append(trial.trial_id)
    return ids


def test_dropped_trials_are_counted_and_listed_below_without_a_rank(dashboard, race):
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})

    assert "3 of 4 trials · 2 dropped" in at.progress[0].text
    table = at.dataframe[0].value
    assert table["trial_id"].tolist()[:3] == [race[0], race[2], race[1]]
    assert table["state"].tolist() == ["succeeded", "dropped after 3 folds", "dropped after 2 folds", "pending"]
    assert table["rank"].notna().tolist() == [True, False, False, False]

    at.get_by_key(f"trial_states_{SWEEP['sweep']}").set_value(["dropped"]).run()
    assert at.dataframe[0].value["trial_id"].tolist() == [race[2], race[1]]


def test_details_of_a_dropped_trial_show_the_folds_that_it_had(dashboard, race):
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"}, trial=race[1])

    assert "dropped after 2 folds with RMSE 0.75000, 0.75000" in texts(at)


@pytest.mark.parametrize("view", ["Curves", "Heat map"])
def test_charts_say_how_many_trials_racing_left_out(dashboard, race, view):
    assert "2 trials that racing dropped have no mean" in texts(dashboard.open("results", SWEEP | {"view": view}))


@pytest.mark.parametrize("view", ["Curves", "Heat map"])
def test_charts_say_nothing_of_racing_where_nothing_was_dropped(dashboard, sweep, view):
    evaluate(dashboard, sweep, 3)
    assert "racing" not in texts(dashboard.open("results", SWEEP | {"view": view}))
