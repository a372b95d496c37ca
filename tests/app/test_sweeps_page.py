"""The list of sweeps, in every state."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.app_pages.common.sweep_actions import PENDING_ACTION, MenuEntry, possible_actions
from dashboard.app_pages.common.task_location import TaskLocation
from shared.domain import ErrorCause, TrialState, UnreadSweep
from shared.testing import make_outcome, make_spec, make_sweep
from tests.app.conftest import SWEEP, Dashboard, Down, save_sweep, texts

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC)


@pytest.fixture
def sweep(dashboard: Dashboard):
    """Half done, with one failure."""
    sweep = save_sweep(dashboard, "first-000001")
    dashboard.store.record(sweep.sweep_id, [make_outcome(1, 0.25)])
    dashboard.store.record(sweep.sweep_id, [make_outcome(2, failed=ErrorCause.EVALUATION)])
    return sweep


def test_says_what_to_do_when_there_is_no_sweep(dashboard):
    at = dashboard.open("sweeps")

    assert "No sweep yet" in texts(at)
    assert "Build your first sweep" in texts(at)


def test_names_what_a_newer_version_wrote_beside_the_others(dashboard, sweep, monkeypatch):
    newer = UnreadSweep(sweep_id="newer-000001", reason="spec.library: perpetual", name="Later", created_at=NOW)
    monkeypatch.setattr(dashboard.store, "unread_sweeps", lambda: [newer])
    at = dashboard.open("sweeps")

    assert "newer-000001" in at.warning[0].value
    assert "Later" in at.warning[0].value
    assert "newer version of Boostgrid wrote it" in at.warning[0].value
    assert at.progress[0].value == 50

    dashboard.store.delete_sweep(sweep.sweep_id)
    assert "No sweep yet" not in texts(dashboard.open("sweeps"))


def test_shows_progress_failures_and_best_score(dashboard, sweep):
    at = dashboard.open("sweeps")

    assert at.progress[0].value == 50
    assert at.progress[0].text == "2 of 4 trials · :red[1 failed]"
    assert "**0.25000**" in texts(at)
    assert "running" in texts(at)


def test_shows_a_name_as_it_was_written(dashboard):
    dashboard.store.save_sweep(make_sweep(spec=make_spec(name="*deep* [trees](x)")))
    at = dashboard.open("sweeps")

    assert r"**\*deep\* \[trees\](x)**" in texts(at)


def test_shows_how_many_racing_dropped(dashboard, sweep):
    dashboard.store.save_sweep(make_sweep("race-000002", spec=make_spec(racing=True)))
    dashboard.store.record("race-000002", [make_outcome(7, dropped_after=2), make_outcome(8)])
    at = dashboard.open("sweeps", find="race-000002")

    assert at.progress[0].value == 50
    assert at.progress[0].text == "2 of 4 trials · 1 dropped"


def test_finds_by_words_and_says_when_nothing_matches(dashboard, sweep):
    dashboard.store.save_sweep(make_sweep("second-000002", spec=make_spec(name="Another one")))
    at = dashboard.open("sweeps")
    assert len(at.progress) == 2

    at.text_input(key="find").set_value("another").run()
    assert len(at.progress) == 1

    at.text_input(key="find").set_value("nowhere").run()
    assert "No sweep matches" in at.info[0].value


def test_a_long_list_has_pages(dashboard):
    for number in range(17):
        dashboard.store.save_sweep(make_sweep(f"sweep-{number:06}"))

    assert len(dashboard.open("sweeps").progress) == 15
    assert len(dashboard.open("sweeps", page=2).progress) == 2


def test_offers_what_makes_sense(dashboard, sweep):
    def offered(sweep_id: str) -> list[MenuEntry]:
        return possible_actions(dashboard.store.summaries([sweep_id])[0], TaskLocation())

    assert offered(sweep.sweep_id) == list(MenuEntry)
    done = make_sweep("done-000003", size=1)
    dashboard.store.save_sweep(done)
    dashboard.store.record(done.sweep_id, [make_outcome(9)])
    assert offered(done.sweep_id) == [MenuEntry.CLONE, MenuEntry.DELETE]


def test_what_another_sweep_dropped_can_be_resumed_where_there_is_no_race(dashboard):
    raced, plain = make_sweep("raced-000001", size=1, spec=make_spec(racing=True)), make_sweep("plain-000002", size=1)
    for sweep in (raced, plain):
        dashboard.store.save_sweep(sweep)
    dashboard.store.record(plain.sweep_id, [make_outcome(9, failed=ErrorCause.TIMEOUT)])
    dashboard.store.record(raced.sweep_id, [make_outcome(9, dropped_after=2)])

    summaries = {each.sweep.sweep_id: each for each in dashboard.store.summaries()}
    assert possible_actions(summaries[raced.sweep_id], TaskLocation()) == [MenuEntry.CLONE, MenuEntry.DELETE]
    assert MenuEntry.RESUME in possible_actions(summaries[plain.sweep_id], TaskLocation())


def test_a_launch_that_was_interrupted_says_so_and_can_be_resumed_there(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"published": False}))
    at = dashboard.open("sweeps")
    assert "Its launch was interrupted" in texts(at)

    at.button(key=f"resume_{sweep.sweep_id}").click().run()
    at.button(key="confirm_resume").click().run()

    assert not at.exception
    assert dashboard.store.sweep(sweep.sweep_id).published
    assert "interrupted" not in texts(at)


def test_a_sweep_whose_queue_is_lost_says_so_and_is_published_anew_there(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"queued": True}))
    at = dashboard.open("sweeps")
    assert "The broker has lost its queue" in texts(at)
    assert "Its launch was interrupted" not in texts(at)

    at.button(key=f"resume_{sweep.sweep_id}").click().run()
    at.button(key="confirm_resume").click().run()

    assert not at.exception
    assert dashboard.waiting() > 0
    assert "lost" not in texts(at)


def test_a_launch_that_goes_on_is_not_called_interrupted(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"published": False, "created_at": datetime.now(UTC)}))
    at = dashboard.open("sweeps")

    assert "launching" in texts(at)
    assert "interrupted" not in texts(at)


def test_cancels(dashboard, sweep):
    at = dashboard.open("sweeps", **{PENDING_ACTION: (MenuEntry.CANCEL, sweep.sweep_id)})

    assert dashboard.store.sweep(sweep.sweep_id).cancelled
    assert "cancelled" in texts(at)


def test_resumes_after_confirmation(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"cancelled": True}))
    at = dashboard.open("sweeps", **{PENDING_ACTION: (MenuEntry.RESUME, sweep.sweep_id)})
    assert "2 trials" in texts(at)
    assert dashboard.store.sweep(sweep.sweep_id).cancelled

    at.button(key="confirm_resume").click().run()

    assert not at.exception
    assert not dashboard.store.sweep(sweep.sweep_id).cancelled
    assert dashboard.waiting() > 0


def test_retries_what_failed(dashboard, sweep):
    at = dashboard.open("sweeps", **{PENDING_ACTION: (MenuEntry.RETRY_FAILED, sweep.sweep_id)})
    at.button(key="confirm_retry").click().run()

    assert not at.error
    assert dashboard.store.summaries([sweep.sweep_id])[0].failed == 0


def test_a_resume_that_another_library_version_forbids_says_so(dashboard, sweep):
    dashboard.store.save_sweep(sweep.model_copy(update={"library_version": "0.1"}))
    at = dashboard.open("sweeps", **{PENDING_ACTION: (MenuEntry.RESUME, sweep.sweep_id)})
    at.button(key="confirm_resume").click().run()

    assert "0.1" in at.error[0].value


def test_deletes_only_after_confirmation(dashboard, sweep):
    at = dashboard.open("sweeps", **{PENDING_ACTION: (MenuEntry.DELETE, sweep.sweep_id)})
    assert dashboard.store.summaries()

    at.button(key="confirm_delete").click().run()

    assert dashboard.store.summaries() == []
    assert "No sweep yet" in texts(at)


def test_keeps_what_is_not_confirmed(dashboard, sweep):
    at = dashboard.open("sweeps", **{PENDING_ACTION: (MenuEntry.DELETE, sweep.sweep_id)})
    at.button(key="keep_sweep").click().run()

    assert dashboard.store.ranked(sweep.sweep_id, TrialState.SUCCEEDED, 9)
    assert PENDING_ACTION not in at.session_state


def test_an_action_on_a_sweep_that_is_gone_does_no_harm(dashboard, sweep):
    at = dashboard.open("sweeps", **{PENDING_ACTION: (MenuEntry.DELETE, "gone-000000")})

    assert len(at.progress) == 1


def test_clones_into_the_form(dashboard, sweep):
    at = dashboard.open("sweeps", **{PENDING_ACTION: (MenuEntry.CLONE, sweep.sweep_id)})

    assert at.text_input(key="new_name").value == "A sweep (copy)"
    assert at.text_input(key="new_grid_n_estimators").value == "10, 20"
    assert at.number_input(key="new_folds").value == 3


def test_an_outage_names_the_service_and_passes_by_itself(dashboard, sweep):
    store, dashboard.store = dashboard.store, Down("MongoDB")
    at = dashboard.open("sweeps")
    assert at.error[0].proto.title == "MongoDB does not answer"
    assert "Start MongoDB." in at.error[0].value

    dashboard.store = store
    at.run()

    assert not at.error
    assert len(at.progress) == 1


def test_sweeps_of_one_name_are_told_apart_in_the_list(dashboard, sweep):
    assert f"`{SWEEP['sweep'].rpartition('-')[2]}`" not in texts(dashboard.open("sweeps"))

    save_sweep(dashboard, "first-000002")
    listed = texts(dashboard.open("sweeps"))
    assert "`000002`" in listed
    assert f"`{SWEEP['sweep'].rpartition('-')[2]}`" in listed


def test_the_way_back_from_results_leaves_nothing_of_them_in_the_address(dashboard, sweep):
    assert "sweep" not in dashboard.open("sweeps", SWEEP).query_params
