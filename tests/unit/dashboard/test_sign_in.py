"""Claims of an ID token -> an actor with a role, or a sentence that says what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.sign_in import Claims, NoRole, SignInNeeded, actor_of
from shared.domain import Actor, Role
from shared.settings import DashboardSettings

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def signed_in(since: timedelta = timedelta(0), **claims: Any) -> Claims:
    usual = {"is_logged_in": True, "provider": "default", "iat": int((NOW - since).timestamp()), "sub": "17"}
    return Claims({**usual, "exp": int((NOW - since).timestamp()) + 300, **claims})


def who(claims: Claims, **settings: Any) -> Actor:
    return actor_of(claims, DashboardSettings(**settings), NOW)


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("roles", {"roles": ["operator"]}),
        ("roles", {"roles": "operator"}),
        ("groups", {"groups": ["/operator", "/others"]}),
        ("realm_access.roles", {"realm_access": {"roles": ["x", "operator"]}}),
        ("https://example.com/roles", {"https://example.com/roles": ["operator"]}),
        ("https://example.com/app.roles", {"https://example.com/app": {"roles": "operator"}}),
        ("cognito:groups", {"cognito:groups": ["operator"]}),
    ],
)
def test_a_role_is_found_at_a_path_as_a_text_or_a_list_and_as_a_group(path: str, claims: dict[str, Any]) -> None:
    assert who(signed_in(**claims), oidc_roles_claim=path).role is Role.OPERATOR


def test_names_of_roles_are_settings_and_an_operator_is_no_viewer() -> None:
    settings = {"oidc_operator_roles": "/ml/admins, ops", "oidc_viewer_roles": "everybody"}
    assert who(signed_in(roles=["everybody"]), **settings).role is Role.VIEWER
    assert who(signed_in(roles=["everybody", "/ml/admins"]), **settings).role is Role.OPERATOR
    assert who(signed_in(), oidc_viewer_roles="*").role is Role.VIEWER


@pytest.mark.parametrize("roles", [[], ["other"], "operators", None, [["operator"]], ["OPERATOR"]])
def test_whatever_names_no_role_gives_none(roles: Any) -> None:
    with pytest.raises(NoRole, match="operator, viewer are looked for, and the provider sent"):
        who(signed_in(roles=roles))


def test_a_missing_claim_is_named_with_the_names_that_came_and_no_value() -> None:
    with pytest.raises(NoRole) as told:
        who(signed_in(email="anna@example.com", realm_access={}), oidc_roles_claim="realm_access.roles")
    text = str(told.value)
    assert "no claim realm_access.roles, which BOOSTGRID_OIDC_ROLES_CLAIM names" in text
    assert "it has email, exp, iat, realm_access, sub" in text
    assert "anna" not in text


def test_the_most_readable_claim_names_somebody() -> None:
    assert who(signed_in(roles="viewer", name="Anna")).name == "Anna"
    assert who(signed_in(roles="viewer", name="Anna", email="anna@example.com")).name == "anna@example.com"
    assert who(signed_in(roles="viewer")).name == "17"


def test_a_session_ends_by_iat_whatever_exp_says() -> None:
    nearly, over = timedelta(hours=11, minutes=59), timedelta(hours=12)
    assert who(signed_in(nearly, roles="operator")).role is Role.OPERATOR  # its exp passed hours ago
    with pytest.raises(SignInNeeded, match="Your session ended: it lasts 12 hours"):
        who(signed_in(over, roles="operator"))
    with pytest.raises(SignInNeeded, match=r"it lasts 0.5 hours"):
        who(signed_in(timedelta(minutes=31), roles="operator"), session_hours=0.5)


@pytest.mark.parametrize("iat", [None, "1777636800", True])
def test_a_token_without_a_time_begins_no_session(iat: Any) -> None:
    with pytest.raises(SignInNeeded, match="no claim iat"):
        who(signed_in(iat=iat, roles="operator"))


def test_a_clock_that_is_ahead_is_said_and_two_minutes_are_borne() -> None:
    assert who(signed_in(-timedelta(seconds=119), roles="viewer"))
    with pytest.raises(SignInNeeded, match="clock is 300 s ahead"):
        who(signed_in(-timedelta(minutes=5), roles="viewer"))


@pytest.mark.parametrize("values", [{}, {"is_logged_in": False}, {"is_logged_in": "yes", "roles": "operator"}])
def test_nobody_is_somebody_without_having_signed_in(values: dict[str, Any]) -> None:
    with pytest.raises(SignInNeeded, match="Nobody is signed in"):
        who(Claims(values))


def test_a_token_that_names_nobody_is_refused() -> None:
    with pytest.raises(SignInNeeded, match="no claim email, preferred_username, name, sub"):
        who(signed_in(sub="", roles="operator"))


@pytest.mark.parametrize("iat", [1e20, -1e20, float("nan"), float("inf"), 10**400])
def test_a_time_that_is_none_is_a_sentence(iat: float) -> None:
    with pytest.raises(SignInNeeded, match="iat is no time"):
        who(signed_in(iat=iat, roles="operator"))


@pytest.mark.parametrize("email", ["", "   ", "\n", ["a@example.com"], 5, True, {"a": 1}, None, "\u200b"])
def test_a_name_that_is_no_text_is_passed_over(email: Any) -> None:
    assert who(signed_in(roles="operator", email=email)).name == "17"


def test_a_name_forges_no_line_of_a_log_and_fits_into_one() -> None:
    name = who(signed_in(roles="operator", email="a@example.com\n2026-05-01 INFO fake \u202e\x1b[31m" + "x" * 900)).name
    assert name.startswith("a@example.com 2026-05-01 INFO fake [31mx")
    assert name.isprintable()
    assert len(name) <= 200


@pytest.mark.parametrize(
    ("roles", "kind"), [({"operator": True}, "an object"), (7, "a number"), (True, "true or false")]
)
def test_a_claim_of_another_type_is_called_so(roles: Any, kind: str) -> None:
    with pytest.raises(NoRole, match=f"roles is {kind}, where a text or a list of texts is looked for"):
        who(signed_in(roles=roles))
