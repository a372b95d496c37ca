"""The results of one sweep: which one is shown, how far it is, and what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.app_pages.common import wording
from shared.domain import MetricScore, UnreadSweep
from shared.ports import WorkerReport
from shared.testing import make_fold_result, make_outcome, make_spec, make_sweep
from tests.app.conftest import SWEEP, Down, evaluate, save_sweep, texts, trials_of

pytestmark = pytest.mark.slow


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


def test_the_selector_cannot_be_emptied_into_another_sweep(dashboard, sweep):
    chosen = dashboard.open("results", SWEEP).selectbox(key="chosen_sweep")
    assert chosen.proto.required


def test_a_sweep_that_learned_nothing_says_so(dashboard, sweep):
    for trial in trials_of(sweep):
        outcome = make_outcome(score=0.5, trial_id=trial.trial_id, params=trial.params)
        dashboard.store.record(sweep.sweep_id, [outcome])
    assert "All 4 trials scored the same on every fold" in dashboard.open("results", SWEEP).warning[0].value


def test_a_sweep_of_few_trials_shows_its_folds(dashboard, sweep):
    evaluate(dashboard, sweep, 1)
    dashboard.store.record_folds(
        [make_fold_result(trial_id=trials_of(sweep)[1].trial_id, fold=each) for each in (0, 2)]
    )
    at = dashboard.open("results", SWEEP)

    folds = sweep.spec.folds
    assert at.progress[0].text.startswith(f"1 of 4 trials · {folds + 2} of {4 * folds} folds")


def test_when_all_failed_there_is_no_best(dashboard, sweep):
    evaluate(dashboard, sweep, 2, failed=2)
    assert "Every trial so far failed" in dashboard.open("results", SWEEP).warning[0].value
    evaluate(dashboard, sweep, 4, failed=4)
    assert "Every trial failed" in dashboard.open("results", SWEEP).warning[0].value

    for view in ("Curves", "Heat map", "Leaderboard", "Failed", "Export"):
        at = dashboard.open("results", SWEEP | {"view": view})
        assert not at.metric


def test_exports_trials_the_best_and_the_spec(dashboard, sweep):
    evaluate(dashboard, sweep, 3)
    at = dashboard.open("results", SWEEP | {"view": "Export"})

    for key in ("trials_csv", "best_csv", "best_json", "best_py", "spec_yaml"):
        assert at.get_by_key(key)
    assert "XGBRegressor" in at.code[0].value


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


@pytest.mark.parametrize("view", ["Curves", "Export"])
def test_the_best_of_a_part_of_the_grid_says_of_how_much(dashboard, sweep, view):
    evaluate(dashboard, sweep, 3)
    partly = "The best of 3 of 4 trials: the sweep is not complete, and another may be better."
    assert texts(dashboard.open("results", SWEEP | {"view": view})).count(partly) == (2 if view == "Export" else 1)

    evaluate(dashboard, sweep, 4)
    assert "another may be better" not in texts(dashboard.open("results", SWEEP | {"view": view}))


@pytest.mark.parametrize(("score", "written"), [(43765.61, "43,766"), (0.5, "0.50000"), (2.7e11, "2.7000e+11")])
def test_the_best_score_is_written_with_its_whole_part(dashboard, sweep, score, written):
    trial = trials_of(sweep)[0]
    outcome = make_outcome(score=score, trial_id=trial.trial_id, params=trial.params)
    dashboard.store.record(sweep.sweep_id, [outcome])

    assert dashboard.open("results", SWEEP).metric[0].value == written


def test_no_end_is_promised_where_nothing_is_evaluated(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"created_at": datetime.now(UTC) - timedelta(hours=1)}))
    for number, trial in enumerate(trials_of(sweep)[:2]):
        ended = datetime.now(UTC) - timedelta(seconds=30 - 10 * number)
        outcome = make_outcome(trial_id=trial.trial_id, params=trial.params, finished_at=ended)
        dashboard.store.record(sweep.sweep_id, [outcome])

    at = dashboard.open("results", SWEEP)
    assert "No worker is running" in texts(at)
    assert at.progress[0].text == "2 of 4 trials"

    now = datetime.now(UTC)
    dashboard.store.report(
        WorkerReport(worker_id="w", host="h", pid=1, started_at=now, reported_at=now, engines=1, threads=1)
    )
    assert "left" in dashboard.open("results", SWEEP).progress[0].text
