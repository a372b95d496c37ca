"""The results of one sweep, in every state."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from dashboard.analysis import GridPoint, grid_points
from dashboard.app_pages.common import wording
from dashboard.app_pages.common.sweep_actions import PENDING_ACTION, MenuEntry
from shared.domain import AttemptCause, ErrorCause, MetricScore, RoundsCurve, Sweep, TrialState, UnreadSweep
from shared.ports import RunningTask, WorkerReport
from shared.testing import make_attempt, make_fold_result, make_outcome, make_spec, make_sweep
from tests.app.conftest import Dashboard, Down, save_sweep, texts

pytestmark = pytest.mark.slow

SWEEP = {"sweep": "first-000001"}


@pytest.fixture
def sweep(dashboard: Dashboard) -> Sweep:
    return save_sweep(dashboard, SWEEP["sweep"])


def trials_of(sweep: Sweep) -> tuple[GridPoint, ...]:
    """Return the sweep's points, each a trial of its own."""
    points = grid_points(sweep)
    assert points is not None
    return points


def evaluate(dashboard: Dashboard, sweep: Sweep, count: int, failed: int = 0) -> list[str]:
    """Record outcomes of the sweep's first trials: scores 0.5, 0.6, ... and failures at the end."""
    trials = trials_of(sweep)[:count]
    for number, trial in enumerate(trials):
        cause = ErrorCause.EVALUATION if number >= count - failed else None
        outcome = make_outcome(score=0.5 + number / 10, failed=cause, trial_id=trial.trial_id, params=trial.params)
        dashboard.store.record(sweep.sweep_id, [outcome])
    return [trial.trial_id for trial in trials]


def report(trial_id: str, sweep: Sweep) -> WorkerReport:
    now = datetime.now(UTC)
    task = RunningTask(
        sweep_id=sweep.sweep_id, trial_ids=(trial_id,), params={"n_estimators": 10}, started_at=now, folds=3
    )
    return WorkerReport(
        worker_id="w", host="h", pid=1, started_at=now, reported_at=now, engines=1, threads=1, running=(task,)
    )


def test_says_what_to_do_when_there_is_no_sweep(dashboard):
    at = dashboard.open("results")

    assert "Nothing to show yet" in texts(at)
    assert "Build your first sweep" in texts(at)


def test_without_a_link_shows_the_newest(dashboard, sweep):
    at = dashboard.open("results")

    assert at.selectbox(key="chosen_sweep").value == sweep.sweep_id
    assert at.query_params["sweep"] == sweep.sweep_id


def test_a_link_to_a_sweep_that_is_gone_says_so(dashboard, sweep):
    at = dashboard.open("results", {"sweep": "gone-000000"})

    assert "no sweep gone-000000 here" in at.warning[0].value
    assert at.selectbox(key="chosen_sweep").value is None

    at.selectbox(key="chosen_sweep").select(sweep.sweep_id).run()
    assert not at.warning
    assert at.query_params["sweep"] == sweep.sweep_id


def test_a_link_to_a_sweep_that_a_newer_version_wrote_says_so(dashboard, sweep, monkeypatch):
    newer = UnreadSweep(sweep_id="newer-000001", reason="spec.library: perpetual", created_at=datetime.now(UTC))
    monkeypatch.setattr(dashboard.store, "unread_sweeps", lambda: [newer])
    at = dashboard.open("results", {"sweep": "newer-000001"})

    assert "newer version of Boostgrid wrote it" in at.warning[0].value
    at.selectbox(key="chosen_sweep").select(sweep.sweep_id).run()
    assert not at.warning


def test_a_trial_of_an_unknown_state_is_listed_as_such_and_is_not_the_best(dashboard, sweep):
    evaluate(dashboard, sweep, 3)
    last = trials_of(sweep)[3]
    strange = make_outcome(score=0.001, trial_id=last.trial_id, params=last.params, state="of a newer version")
    dashboard.store.record(sweep.sweep_id, [strange])
    at = dashboard.open("results", SWEEP | {"view": "Leaderboard"})

    frame = at.dataframe[0].value.set_index("trial_id")
    assert frame.loc[last.trial_id, "state"] == "unknown to this version"
    assert frame["mean_rmse"][frame["rank"] == 1].tolist() == [0.5]


def test_sweeps_of_one_name_are_told_apart_and_stay_chosen_as_they_age(dashboard, sweep, monkeypatch):
    save_sweep(dashboard, "first-000002")
    at = dashboard.open("results", SWEEP)
    at.selectbox(key="chosen_sweep").select("first-000002")
    monkeypatch.setattr(wording, "age", lambda _: "1 min ago")  # the browser still has what it was sent before
    at.run()

    assert at.query_params["sweep"] == "first-000002"
    assert not at.warning


def test_a_sweep_without_results_and_workers_says_both(dashboard, sweep):
    at = dashboard.open("results", SWEEP)

    assert "No result yet" in at.info[0].value
    assert "No worker is running" in texts(at)
    assert "Start workers" in texts(at)


def test_a_cancelled_sweep_without_results_says_what_to_do(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"cancelled": True}))

    assert "Resume the sweep" in dashboard.open("results", SWEEP).info[0].value


def test_a_lost_queue_is_said_and_published_anew_there(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"queued": True}))
    at = dashboard.open("results")
    assert "The broker has lost its queue" in texts(at)

    at.button(key="resume").click().run()
    at.button(key="confirm_resume").click().run()

    assert not at.exception
    assert dashboard.waiting() > 0
    assert "lost" not in texts(at)


def test_an_interrupted_launch_says_so_and_can_be_resumed_there(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"published": False}))
    at = dashboard.open("results", SWEEP)
    assert "Its launch was interrupted" in texts(at)
    assert "Resume the sweep" in at.info[0].value

    at.button(key="resume").click().run()
    at.button(key="confirm_resume").click().run()

    assert not at.exception
    assert dashboard.waiting() > 0
    assert "interrupted" not in texts(at)


def test_a_running_sweep_shows_its_progress_and_the_best_so_far(dashboard, sweep):
    evaluate(dashboard, sweep, 3)
    at = dashboard.open("results", SWEEP)

    assert at.progress[0].value == 75
    assert "3 of 4 trials" in at.progress[0].text
    assert at.metric[0].value == "0.50000"
    assert "n_estimators" in texts(at)
    assert "running" in texts(at)


def test_news_come_without_a_new_visit(dashboard, sweep):
    evaluate(dashboard, sweep, 1)
    at = dashboard.open("results", SWEEP)
    assert at.progress[0].value == 25

    evaluate(dashboard, sweep, 4)
    at.run()

    assert at.progress[0].value == 100
    assert "finished" in texts(at)


def test_a_curve_for_each_varied_parameter(dashboard, sweep):
    evaluate(dashboard, sweep, 4)
    at = dashboard.open("results", SWEEP)

    assert at.get_by_key("curve_learning_rate")
    assert at.get_by_key("curve_n_estimators")
    assert at.get_by_key("importance")
    assert at.get_by_key("best_so_far")


def test_the_heat_map_is_of_two_different_parameters(dashboard, sweep):
    evaluate(dashboard, sweep, 4)
    at = dashboard.open("results", SWEEP | {"view": "Heat map"})
    at.selectbox(key="map_x").select("n_estimators").run()

    assert not at.exception
    assert at.selectbox(key="map_y").value == "learning_rate"
    assert at.get_by_key("heat_map")


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


def test_the_selector_cannot_be_emptied_into_another_sweep(dashboard, sweep):
    chosen = dashboard.open("results", SWEEP).selectbox(key="chosen_sweep")
    assert chosen.proto.required


def test_a_sweep_that_learned_nothing_says_so(dashboard, sweep):
    for trial in trials_of(sweep):
        outcome = make_outcome(score=0.5, trial_id=trial.trial_id, params=trial.params)
        dashboard.store.record(sweep.sweep_id, [outcome])
    assert "All 4 trials scored the same on every fold" in dashboard.open("results", SWEEP).warning[0].value


def test_charts_say_what_they_stand_on(dashboard, sweep):
    evaluate(dashboard, sweep, 3, failed=1)
    for view in ("Curves", "Heat map"):
        at = dashboard.open("results", SWEEP | {"view": view})
        assert "These charts stand on 2 of 4 trials · 1 failed · 1 to come." in texts(at)
    assert "a mean is estimated" in texts(dashboard.open("results", SWEEP))


def test_a_sweep_of_few_trials_shows_its_folds(dashboard, sweep):
    evaluate(dashboard, sweep, 1)
    dashboard.store.record_folds(
        [make_fold_result(trial_id=trials_of(sweep)[1].trial_id, fold=each) for each in (0, 2)]
    )
    at = dashboard.open("results", SWEEP)

    folds = sweep.spec.folds
    assert at.progress[0].text.startswith(f"1 of 4 trials · {folds + 2} of {4 * folds} folds")


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


def test_failed_trials_show_their_errors(dashboard, sweep):
    evaluate(dashboard, sweep, 3, failed=2)
    at = dashboard.open("results", SWEEP | {"view": "Failed"})

    assert at.dataframe[0].value["trials"].tolist() == [2]
    assert at.error[0].value == "it went wrong"
    assert "Traceback" in at.code[0].value


def test_details_tell_how_each_attempt_ended_with_the_last_lines_of_its_log(dashboard, sweep):
    evaluate(dashboard, sweep, 1, failed=1)
    (trial_id,) = (each.trial_id for each in dashboard.store.ranked(sweep.sweep_id, TrialState.FAILED, 9))
    for number, cause in enumerate([AttemptCause.EVICTED, AttemptCause.OUT_OF_MEMORY]):
        attempt = make_attempt(number, cause, sweep_id=sweep.sweep_id, log=f"words {number}", pod=f"pod-{number}")
        memory = {"peak_memory_mb": 900.0, "memory_limit_mb": 1024.0} if number else {}
        dashboard.store.append_attempts([attempt.model_copy(update={"trial_ids": (trial_id,), **memory})])
    elsewhere = make_attempt("elsewhere", sweep_id="another").model_copy(update={"trial_ids": (trial_id,)})
    dashboard.store.save_sweep(make_sweep("another"))
    dashboard.store.append_attempts([elsewhere])

    at = dashboard.open("results", SWEEP | {"view": "Failed"})
    assert "**2 attempts** ended without a result" in texts(at)
    table = next(each.value for each in at.dataframe if "cause" in each.value and "where" in each.value)
    assert table["cause"].tolist() == ["evicted", "out of memory"]
    assert table["where"].tolist() == ["pod-0", "pod-1"]
    assert table["memory"].tolist() == ["", "900 of 1,024 MB"]
    assert [each.value for each in at.code][-1] == "words 1"


def test_says_when_nothing_failed(dashboard, sweep):
    evaluate(dashboard, sweep, 2)

    assert "No trial failed" in dashboard.open("results", SWEEP | {"view": "Failed"}).success[0].value


def test_when_all_failed_there_is_no_best(dashboard, sweep):
    evaluate(dashboard, sweep, 4, failed=4)

    for view in ("Curves", "Heat map", "Leaderboard", "Failed", "Export"):
        at = dashboard.open("results", SWEEP | {"view": view})
        assert not at.metric


def test_exports_trials_the_best_and_the_spec(dashboard, sweep):
    evaluate(dashboard, sweep, 3)
    at = dashboard.open("results", SWEEP | {"view": "Export"})

    for key in ("trials_csv", "best_csv", "best_json", "best_py", "spec_yaml"):
        assert at.get_by_key(key)
    assert "XGBRegressor" in at.code[0].value


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


def test_an_outage_names_the_service_and_passes_by_itself(dashboard, sweep):
    evaluate(dashboard, sweep, 3)
    at = dashboard.open("results", SWEEP)
    store, dashboard.store = dashboard.store, Down("MongoDB")
    at.run()
    assert at.error[0].proto.title == "MongoDB does not answer"

    dashboard.store = store
    at.run()
    assert not at.error
    assert at.progress[0].value == 75


def test_the_winner_that_stopped_early_has_the_trees_for_a_fit_on_all_rows(dashboard):
    grid = {"learning_rate": [0.1], "n_estimators": [500], "early_stopping_rounds": [5]}
    sweep = save_sweep(dashboard, "stopping-000001", param_grid=grid)
    (trial,) = trials_of(sweep)
    outcome = make_outcome(score=0.5, trial_id=trial.trial_id, params=trial.params, rounds=(12, 30, 17))
    dashboard.store.record(sweep.sweep_id, [outcome])
    at = dashboard.open("results", {"sweep": sweep.sweep_id})
    assert "For a fit on all rows: `n_estimators` **17**, without `early_stopping_rounds`" in texts(at)


def test_the_class_that_f1_speaks_of_is_named(dashboard):
    dataset = {"name": "mine", "content_hash": "a" * 64, "target": "y", "task": "binary"}
    spec = make_spec(dataset=dataset, metrics=["f1", "accuracy"], positive_class="fraud")
    score_of = MetricScore(fold_scores=(0.4, 0.5, 0.6), mean_score=0.5, std_score=0.08)
    sweep = make_sweep(SWEEP["sweep"], spec=spec, size=4, classes=("fraud", "legit"))
    dashboard.store.save_sweep(sweep)
    trial = trials_of(sweep)[0]
    scores = dict.fromkeys(sweep.spec.metrics, score_of)
    dashboard.store.record(sweep.sweep_id, [make_outcome(trial_id=trial.trial_id, params=trial.params, scores=scores)])
    at = dashboard.open("results", SWEEP)
    assert at.metric[0].label == "Best F1 of 'fraud'"
    assert "positive class 'fraud'" in texts(at)
    assert at.get_by_key("curve_metric").options == ["F1 of 'fraud'", "Accuracy"]
    assert "best F1 of 'fraud'" in texts(dashboard.open("sweeps"))
