"""The form of a new sweep as a draft in the store, and Launch as what it showed."""

from __future__ import annotations

import pytest

from dashboard.app_pages.new_sweep import draft_owners
from dashboard.sweep_form import Draft, FormValues
from shared.domain import Priority
from shared.errors import RecordRefused, ServiceUnavailable
from shared.settings import DashboardSettings
from tests.app.conftest import texts

pytestmark = pytest.mark.slow

REFUSAL = "The form changed as you pressed Launch: look at it and press again."


def draft_id(at):
    (found,) = at.query_params["draft"] if isinstance(at.query_params["draft"], list) else [at.query_params["draft"]]
    return found


def touched(dashboard):
    """A form of another library, with what is not valid, and the id of its draft."""
    at = dashboard.open("new_sweep")
    at.get_by_key("new_library").set_value("catboost").run()
    at.text_input(key="new_grid_depth").set_value("linspace(2,").run()
    at.number_input(key="new_folds").set_value(7).run()
    at.selectbox(key="new_priority").set_value(Priority.HIGH).run()
    return at, draft_id(at)


def test_a_form_that_nobody_touched_is_not_stored(dashboard):
    at = dashboard.open("new_sweep")

    assert "draft" not in at.query_params


def test_another_session_finds_the_form_as_it_was_typed(dashboard):
    _, draft = touched(dashboard)
    again = dashboard.open("new_sweep", {"draft": draft})

    assert again.get_by_key("new_library").value == "catboost"
    assert again.text_input(key="new_grid_depth").value == "linspace(2,"
    assert again.number_input(key="new_folds").value == 7
    assert again.selectbox(key="new_priority").value is Priority.HIGH
    assert draft_id(again) == draft


def test_the_address_and_the_form_come_back_after_another_page(dashboard):
    at, draft = touched(dashboard)
    at.switch_page("app_pages/sweeps/page.py").run()
    at.query_params.clear()
    at.switch_page("app_pages/new_sweep/page.py").run()

    assert draft_id(at) == draft
    assert at.selectbox(key="new_priority").value is Priority.HIGH


def test_a_draft_that_is_open_elsewhere_is_copied_and_neither_writes_over_the_other(dashboard, monkeypatch):
    first, draft = touched(dashboard)
    connected = {"first", "second"}
    monkeypatch.setattr(draft_owners, "is_connected", connected.__contains__)
    monkeypatch.setattr(draft_owners, "this_session", lambda: "first")
    first.run()
    monkeypatch.setattr(draft_owners, "this_session", lambda: "second")
    second = dashboard.open("new_sweep", {"draft": draft})
    second.number_input(key="new_folds").set_value(3).run()

    copy = draft_id(second)
    assert copy != draft
    assert Draft.decode(dashboard.store.load_draft(draft)).form.folds == 7
    assert Draft.decode(dashboard.store.load_draft(copy)).form.folds == 3

    connected.discard("first")  # its tab is closed, and opened again
    monkeypatch.setattr(draft_owners, "this_session", lambda: "third")
    connected.add("third")
    assert draft_id(dashboard.open("new_sweep", {"draft": draft})) == draft


@pytest.mark.parametrize(
    ("body", "why"), [("{}", "cannot be read"), (Draft(FormValues(folds=1)).encode(), "folds"), (None, "no draft")]
)
def test_a_draft_that_cannot_be_had_is_said_and_the_form_starts_afresh(dashboard, body, why):
    if body is not None:
        dashboard.store.save_draft("mine", body)
    at = dashboard.open("new_sweep", {"draft": "mine"})

    assert why in texts(at)
    assert "starts afresh" in texts(at)
    assert not at.button(key="launch").disabled
    at.number_input(key="new_folds").set_value(3).run()
    assert "starts afresh" not in texts(at)
    assert dashboard.store.load_draft("mine") == body
    assert draft_id(at) != "mine"


@pytest.mark.parametrize(
    "error",
    [ServiceUnavailable("The store", "connection refused", "Start it."), RecordRefused("The store", "too large")],
)
def test_a_form_that_cannot_be_kept_goes_on_and_says_so(dashboard, monkeypatch, error):
    def refuse(*_):
        raise error

    at = dashboard.open("new_sweep")
    with monkeypatch.context() as away:
        away.setattr(dashboard.store, "save_draft", refuse, raising=False)
        at.number_input(key="new_folds").set_value(3).run()
        assert not at.exception
        assert error.reason.capitalize() in texts(at)
        assert not at.button(key="launch").disabled
    at.run()

    assert error.reason.capitalize() not in texts(at)
    assert Draft.decode(dashboard.store.load_draft(draft_id(at))).form.folds == 3


@pytest.mark.parametrize("key", ["new_grid_max_depth", "new_grid_learning_rate"])
def test_nothing_is_launched_where_the_form_changes_with_the_press(dashboard, key):
    at = dashboard.open("new_sweep")
    at.text_input(key=key).set_value("0")
    at.button(key="launch").click().run()

    assert REFUSAL in texts(at)
    assert not dashboard.store.summaries()


def test_the_next_press_launches_what_was_looked_at(dashboard):
    at = dashboard.open("new_sweep")
    at.number_input(key="new_folds").set_value(3)
    at.button(key="launch").click().run()
    assert not dashboard.store.summaries()

    at.button(key="launch").click().run()
    assert REFUSAL not in texts(at)
    assert dashboard.store.summaries()[0].sweep.spec.folds == 3


def test_a_name_that_changes_with_the_press_is_the_sweeps(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_name").set_value("Late")
    at.button(key="launch").click().run()

    assert dashboard.store.summaries()[0].sweep.spec.name == "Late"


def test_a_press_on_what_the_browser_was_shown_before_launches_nothing(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_shown").set_value("what an older page showed")
    at.button(key="launch").click().run()

    assert REFUSAL in texts(at)
    assert not dashboard.store.summaries()


def test_a_large_launch_that_was_asked_about_is_refused_where_the_form_changes_with_the_answer(dashboard):
    dashboard.settings = DashboardSettings(home=dashboard.settings.home, confirm_trials_above=3)
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()
    at.number_input(key="new_folds").set_value(3)
    at.button(key="confirm_launch").click().run()

    assert REFUSAL in texts(at)
    assert not dashboard.store.summaries()

    at.button(key="launch").click().run()
    at.button(key="confirm_launch").click().run()
    assert dashboard.store.summaries()[0].sweep.spec.folds == 3


def test_a_question_that_is_open_comes_back_with_the_form(dashboard):
    dashboard.settings = DashboardSettings(home=dashboard.settings.home, confirm_trials_above=3)
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()
    again = dashboard.open("new_sweep", {"draft": draft_id(at)})
    again.button(key="confirm_launch").click().run()

    assert len(dashboard.store.summaries()) == 1


def test_a_question_does_not_come_up_again_with_a_form_of_before(dashboard):
    dashboard.settings = DashboardSettings(home=dashboard.settings.home, confirm_trials_above=3)
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()
    at.number_input(key="new_folds").set_value(3).run()
    at.number_input(key="new_folds").set_value(5).run()
    assert "confirm_launch" not in [button.key for button in at.button]

    at.button(key="launch").click().run()
    at.button(key="refuse_launch").click().run()
    assert "confirm_launch" not in [button.key for button in at.button]
    assert not dashboard.store.summaries()
