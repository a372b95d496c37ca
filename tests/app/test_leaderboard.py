"""The leaderboard of a sweep: ranks, filters, the selected trial and its details."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from dashboard.app_pages.common.sweep_actions import PENDING_ACTION, MenuEntry
from shared.domain import RoundsCurve, Sweep
from shared.ports import RunningTask, WorkerReport
from shared.testing import make_outcome
from tests.app.conftest import SWEEP, evaluate, save_sweep, texts, trials_of

pytestmark = pytest.mark.slow


def report(trial_id: str, sweep: Sweep) -> WorkerReport:
    now = datetime.now(UTC)
    task = RunningTask(
        sweep_id=sweep.sweep_id, trial_ids=(trial_id,), params={"n_estimators": 10}, started_at=now, folds=3
    )
    return WorkerReport(
        worker_id="w", host="h", pid=1, started_at=now, reported_at=now, engines=1, threads=1, running=(task,)
    )


def test_a_trial_of_an_unknown_state_is_listed_as_such_and_is_not_the_best(dashboard, sweep):
    evaluate(dashboard, sweep, 3)
    last = trials_of(sweep)[3]
    strange = make_outcome(score=0.001, trial_id=last.trial_id, params=last.params, state="of a newer version")
    dashboard.store.record(sweep.sweep_id, [strange])
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})

    frame = at.dataframe[0].value.set_index("trial_id")
    assert frame.loc[last.trial_id, "state"] == "unknown to this version"
    assert frame["mean_rmse"][frame["rank"] == 1].tolist() == [0.5]


def test_the_leaderboard_ranks_and_filters(dashboard, sweep):
    ids = evaluate(dashboard, sweep, 3, failed=1)
    dashboard.store.report(report(trials_of(sweep)[3].trial_id, sweep))
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})
    table = at.dataframe[0].value
    assert table["trial_id"].tolist()[:2] == ids[:2]
    assert sorted(table["state"]) == ["failed", "running", "succeeded", "succeeded"]

    at.get_by_key(f"trial_states_{SWEEP['sweep']}").set_value(["failed"]).run()
    assert at.dataframe[0].value["trial_id"].tolist() == [ids[2]]


def test_a_filter_is_said_and_can_be_taken_off(dashboard, sweep):
    evaluate(dashboard, sweep, 3, failed=1)
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})
    assert "Filtered" not in texts(at)

    at.multiselect(key=f"filter_n_estimators_{sweep.sweep_id}").set_value([10]).run()
    at.get_by_key(f"trial_states_{sweep.sweep_id}").set_value(["succeeded"]).run()
    assert "**Filtered**: succeeded · `n_estimators` 10 – 1 of 4 trials" in texts(at)
    assert len(at.dataframe[0].value) == 1

    at.button(key="show_all_trials").click().run()
    assert "Filtered" not in texts(at)
    assert len(at.dataframe[0].value) == 4


def test_a_filter_is_of_its_sweep_alone(dashboard, sweep):
    other = save_sweep(dashboard, "first-000002")
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})
    evaluate(dashboard, sweep, 2)
    evaluate(dashboard, other, 2)
    at.run()
    at.multiselect(key=f"filter_n_estimators_{sweep.sweep_id}").set_value([10]).run()
    assert len(at.dataframe[0].value) == 2

    at.selectbox(key="chosen_sweep").select(other.sweep_id).run()
    assert len(at.dataframe[0].value) == 4
    assert "Filtered" not in texts(at)


def test_a_selected_trial_stays_so_where_better_ones_arrive(dashboard, sweep):
    trials = trials_of(sweep)
    dashboard.store.record(
        sweep.sweep_id, [make_outcome(score=0.5, trial_id=trials[0].trial_id, params=trials[0].params)]
    )
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"}, trial=trials[0].trial_id)
    assert json.loads(at.dataframe[0].proto.selection_default)["selection"]["rows"] == [0]
    before = at.dataframe[0].proto.id

    better = make_outcome(score=0.4, trial_id=trials[1].trial_id, params=trials[1].params)
    dashboard.store.record(sweep.sweep_id, [better])
    at.run()
    assert json.loads(at.dataframe[0].proto.selection_default)["selection"]["rows"] == [1]
    assert at.dataframe[0].proto.id != before
    assert "**The selected trial**" in texts(at)

    before = at.dataframe[0].proto.id
    worse = make_outcome(score=0.9, trial_id=trials[2].trial_id, params=trials[2].params)
    dashboard.store.record(sweep.sweep_id, [worse])
    at.run()
    assert at.dataframe[0].proto.id == before  # it did not move, and keeps its scroll


def test_none_is_written_as_such(dashboard):
    grid = {"early_stopping_rounds": [None, 5], "n_estimators": [10]}
    sweep = save_sweep(dashboard, SWEEP["sweep"], param_grid=grid)
    evaluate(dashboard, sweep, 2)
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})

    assert at.dataframe[0].value["early_stopping_rounds"].tolist() == ["none", "5"]


def test_details_are_of_the_chosen_trial_or_else_the_best(dashboard, sweep):
    ids = evaluate(dashboard, sweep, 3)
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})
    assert "**The best trial**" in texts(at)
    assert ids[0][:12] in texts(at)

    at.session_state["trial"] = ids[1]
    at.run()
    assert "**The selected trial**" in texts(at)
    assert ids[1][:12] in texts(at)


@pytest.mark.parametrize(("mean", "is_better"), [(0.25, True), (0.5, False)])
def test_a_curve_over_rounds_is_shown_and_named_where_it_beats_the_trial(dashboard, sweep, mean, is_better):
    trial = trials_of(sweep)[0]
    curve = RoundsCurve(rounds=(5, 10), mean_scores=(mean, 0.5), std_scores=(0.1, 0.2), best_rounds=5)
    outcome = make_outcome(score=0.5, trial_id=trial.trial_id, params=trial.params, rounds_curve=curve)
    dashboard.store.record(sweep.sweep_id, [outcome])

    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})

    assert f"The curve chooses **5 trees**: RMSE {mean:#.5g} ± 0.1" in texts(at)
    assert ("better still with 5 trees" in texts(at)) == is_better


def test_a_retry_forgets_the_failures_that_were_shown(dashboard, sweep):
    evaluate(dashboard, sweep, 3, failed=1)
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})
    assert "failed" in at.dataframe[0].value["state"].tolist()

    at.session_state[PENDING_ACTION] = (MenuEntry.RETRY_FAILED, sweep.sweep_id)
    at.run()
    at.button(key="confirm_retry").click().run()

    assert not at.error
    assert "failed" not in at.dataframe[0].value["state"].tolist()


def test_results_of_trials_that_another_version_named_otherwise_are_shown(dashboard, sweep):
    dashboard.store.record(sweep.sweep_id, [make_outcome("of another version", 0.25)])
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})

    assert at.metric[0].value == "0.25000"
    assert at.dataframe[0].value["state"].tolist() == ["succeeded"]
