"""The gate with a sign-in: who gets in, what a viewer may do, and how an open page ends with its session."""

from __future__ import annotations

import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import services
from dashboard.app_pages.common import outage
from dashboard.sign_in import Claims
from shared.settings import DashboardSettings
from tests.app.conftest import APP, Down, save_sweep, texts

HOUR = 3600


@pytest.fixture
def signed_in(dashboard, monkeypatch):
    """Return a function that signs somebody in with these claims, beside the usual ones."""
    settings = DashboardSettings(home=dashboard.settings.home, oidc_secrets="/unused")
    dashboard.settings = settings
    monkeypatch.setattr(services, "redirect_host", lambda: "b.example.com")
    told: dict[str, Any] = {"is_logged_in": False}
    monkeypatch.setattr(services, "claims", lambda: Claims(told))

    def sign_in(**claims: Any) -> None:
        told.clear()
        told.update({"is_logged_in": True, "iat": time.time(), "email": "vera@example.com"}, **claims)

    return sign_in


def first_page(query: dict[str, str] | None = None) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in (query or {}).items():
        at.query_params[key] = value
    at.run()
    assert not at.exception, at.exception
    return at


def test_nobody_sees_anything_without_signing_in(dashboard, signed_in):
    dashboard.store = dashboard.queue = dashboard.cluster = Down("everything")
    at = first_page()
    assert [button.label for button in at.button] == ["Sign in"]
    assert "Nobody is signed in" in texts(at)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("expired", "The ID token had expired when it came"),
        ("provider", "provider does not answer"),
        ("clock", "clocks of provider and server differ"),
        ("exchange", "could not be exchanged"),
    ],
)
def test_a_sign_in_that_failed_says_why_and_waits_for_a_click(dashboard, signed_in, reason, told):
    at = first_page({"sign_in": reason})
    assert told in texts(at)
    assert [button.label for button in at.button] == ["Sign in"]


def test_a_made_up_reason_says_nothing(dashboard, signed_in):
    assert "made up" not in texts(first_page({"sign_in": "made up"}))


def test_a_session_that_is_over_asks_to_sign_in_again(dashboard, signed_in):
    signed_in(roles="operator", iat=time.time() - 13 * HOUR)
    assert "Your session ended: it lasts 12 hours." in texts(first_page())


def test_somebody_without_a_role_sees_what_was_looked_for_and_may_sign_out(dashboard, signed_in):
    dashboard.store = dashboard.queue = dashboard.cluster = Down("everything")
    signed_in(roles=["others"])
    at = first_page()
    assert "the provider sent 'others'" in texts(at)
    assert [button.label for button in at.button] == ["Sign out"]


def test_what_an_operator_does_is_noted_under_their_name(dashboard, signed_in):
    signed_in(roles=["operator"])
    dashboard.cluster.desired = 2
    at = dashboard.open("cluster")
    at.slider[0].set_value(4).run()
    at.button(key="apply_workers").click().run()
    assert dashboard.cluster.desired == 4
    (entry,) = dashboard.store.audit()
    assert (entry.by, entry.action, entry.before, entry.after) == ("vera@example.com", "scale workers", "2", "4")


def test_a_viewer_sees_the_pages_with_what_may_not_be_done_switched_off(dashboard, signed_in):
    signed_in(roles=["viewer"])
    save_sweep(dashboard, "a-sweep-000000")
    at = dashboard.open("cluster")
    assert at.slider[0].disabled
    assert "a viewer may not scale workers" in texts(at)
    assert "Signed in as vera@example.com, viewer: you see everything and change nothing." in texts(at)
    at = dashboard.open("new_sweep")
    assert at.button(key="launch").disabled
    assert "a viewer may not launch sweep" in texts(at)
    assert [title.value for title in dashboard.open("sweeps").title] == ["Sweeps"]
    dashboard.open("datasets")


def test_a_viewer_who_gets_past_the_switched_off_button_is_refused(dashboard, signed_in):
    sweep = save_sweep(dashboard, "a-sweep-000000")
    signed_in(roles=["viewer"])
    at = dashboard.open("sweeps", pending_action=("cancel", sweep.sweep_id))
    assert "a viewer may not cancel sweep: nothing was done" in texts(at)
    assert not dashboard.store.sweep(sweep.sweep_id).cancelled
    assert dashboard.store.audit() == []


def test_a_page_that_is_open_ends_with_its_session(dashboard, signed_in):
    signed_in(roles=["operator"], iat=time.time() - 11 * HOUR)
    at = dashboard.open("cluster")
    assert at.slider
    signed_in(roles=["operator"], iat=time.time() - 13 * HOUR)
    at.run()
    assert not at.slider
    assert "Your session ended" in texts(at)


def test_a_click_after_the_end_of_the_session_does_nothing(dashboard, signed_in):
    signed_in(roles=["operator"])
    dashboard.cluster.desired = 2
    at = dashboard.open("cluster")
    at.slider[0].set_value(4).run()
    signed_in(roles=["operator"], iat=time.time() - 13 * HOUR)
    at.button(key="apply_workers").click().run()
    assert not at.exception
    assert dashboard.cluster.desired == 2
    assert "Your session ended" in texts(at)


def test_what_is_drawn_by_itself_ends_with_its_session_too(dashboard, signed_in, monkeypatch):
    drawn, reruns = [], []
    monkeypatch.setattr(outage.st, "fragment", lambda body, run_every: body)
    monkeypatch.setattr(outage.st, "rerun", lambda: reruns.append(1))
    signed_in(roles=["viewer"])
    outage.live(lambda: drawn.append(1), every=2)
    signed_in(roles=["viewer"], iat=time.time() - 13 * HOUR)
    outage.live(lambda: drawn.append(1), every=2)
    assert (drawn, reruns) == ([1], [1])
