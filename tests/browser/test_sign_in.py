"""Signing in with a real OpenID provider: both roles, no role, an expired token, and a provider that is down."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import oidc
from tests.support.chromium import PATIENCE_MS
from tests.support.dashboard_process import DashboardProcess
from tests.support.pages import sign_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return oidc.free_port(), oidc.free_port()


def _look_for_a_provider() -> None:
    if not oidc.streamlit_can_sign_in():
        pytest.skip("streamlit[auth] is not installed")
    missing = oidc.what_is_missing()
    if missing is not None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)


@pytest.fixture(scope="module")
def provider(ports: tuple[int, int]) -> Iterator[str]:
    _look_for_a_provider()
    with oidc.provider(ports[0], f"http://127.0.0.1:{ports[1]}/oauth2callback") as issuer:
        yield issuer


@pytest.fixture
def provider_of_its_own() -> Iterator[tuple[str, str]]:
    """Give the issuer, and the address that it leads back to."""
    _look_for_a_provider()
    callback = f"http://127.0.0.1:{oidc.free_port()}/oauth2callback"
    with oidc.provider(oidc.free_port(), callback) as issuer:
        yield issuer, callback


@pytest.fixture(scope="module")
def signed(
    provider: str, ports: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardProcess]:
    folder = tmp_path_factory.mktemp("signed")
    secrets = folder / "secrets.toml"
    secrets.write_text(oidc.auth_section(provider, f"http://127.0.0.1:{ports[1]}/oauth2callback"))
    settings = {"BOOSTGRID_OIDC_SECRETS": str(secrets), "BOOSTGRID_OIDC_ROLES_CLAIM": "realm_access.roles"}
    settings["BOOSTGRID_LOG_LEVEL"] = "DEBUG"  # a secret is in no log, however much is logged
    with DashboardProcess(folder / "home", "--workers", "0", "--port", str(ports[1]), settings=settings) as started:
        yield started


@pytest.fixture
def visitor(signed: DashboardProcess, browser: Browser) -> Iterator[Page]:
    opened = browser.new_context(base_url=signed.url(), viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    yield opened.new_page()
    opened.close()


def test_an_operator_comes_back_to_the_same_page_and_acts(visitor: Page, signed: DashboardProcess) -> None:
    sign_in(visitor, "operator", "/cluster?tab=queue")
    expect(visitor.get_by_role("heading", name="Cluster")).to_be_visible()
    assert re.search(r"/cluster(\?|$)", visitor.url)
    expect(visitor.get_by_text("Signed in as operator@example.com, operator.")).to_be_visible()
    expect(visitor.get_by_role("slider")).to_be_enabled()
    for secret in (oidc.CLIENT_SECRET, oidc.COOKIE_SECRET):
        assert secret not in visitor.content()
        assert secret not in signed.output


def test_a_viewer_sees_everything_and_is_told_why_nothing_can_be_changed(visitor: Page) -> None:
    sign_in(visitor, "viewer", "/cluster")
    expect(visitor.get_by_text("Signed in as viewer@example.com, viewer")).to_be_visible()
    expect(visitor.get_by_text("a viewer may not scale workers").first).to_be_visible()
    expect(visitor.get_by_role("slider")).to_be_disabled()
    visitor.goto("/new")
    expect(visitor.get_by_text("a viewer may not launch sweep").first).to_be_visible()
    expect(visitor.get_by_role("button", name="Launch")).to_be_disabled()


def test_somebody_without_a_role_is_told_which_were_looked_for(visitor: Page) -> None:
    sign_in(visitor, "nobody")
    expect(visitor.get_by_role("heading", name="You have no role here")).to_be_visible()
    expect(visitor.get_by_text("operator, viewer are looked for, and the provider sent 'everybody'")).to_be_visible()


def test_a_missing_claim_is_named_with_those_that_came(visitor: Page) -> None:
    sign_in(visitor, "noclaim")
    expect(
        visitor.get_by_text(re.compile("no claim realm_access.roles.*it has aud, auth_time, email, exp"))
    ).to_be_visible()


def test_a_token_that_had_expired_is_refused_with_a_sentence_and_no_circle(visitor: Page) -> None:
    sign_in(visitor, "expired", "/results")
    expect(visitor.get_by_text("The ID token had expired when it came")).to_be_visible()
    expect(visitor.get_by_role("button", name="Sign in")).to_be_visible()
    assert "/results" in visitor.url


def test_signing_out_ends_the_session(visitor: Page) -> None:
    sign_in(visitor, "operator", "/cluster")
    visitor.get_by_role("button", name="Sign out").click()
    visitor.get_by_role("button", name="Yes, sign me out").click()
    visitor.goto("/cluster")
    expect(visitor.get_by_role("button", name="Sign in")).to_be_visible()


def test_another_cookie_secret_ends_every_session(
    provider_of_its_own: tuple[str, str], browser: Browser, tmp_path: Path
) -> None:
    issuer, callback = provider_of_its_own
    secrets, port = tmp_path / "secrets.toml", str(urlsplit(callback).port)
    secrets.write_text(oidc.auth_section(issuer, callback))
    settings = {"BOOSTGRID_OIDC_SECRETS": str(secrets), "BOOSTGRID_OIDC_ROLES_CLAIM": "realm_access.roles"}
    settings["STREAMLIT_SERVER_COOKIE_SECRET"] = "of-the-deployment-0123456789abcdef"  # the manifests have one too
    opened = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    opened.set_default_timeout(PATIENCE_MS)
    page = opened.new_page()

    def start() -> DashboardProcess:
        started = DashboardProcess(tmp_path / "home", "--workers", "0", "--port", port, settings=settings)
        started.url()
        return started

    with start():
        sign_in(page, "operator")
        expect(page.get_by_text("Signed in as operator")).to_be_visible()
    with start():  # a restart alone ends none
        page.goto("/cluster")
        expect(page.get_by_text("Signed in as operator")).to_be_visible()
    secrets.write_text(oidc.auth_section(issuer, callback).replace(oidc.COOKIE_SECRET, f"new-{oidc.COOKIE_SECRET}"))
    with start():
        page.goto("/cluster")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    opened.close()


def test_a_callback_that_was_used_signs_nobody_in_again(visitor: Page, browser: Browser) -> None:
    used: list[str] = []
    visitor.on("request", lambda request: used.append(request.url) if "/oauth2callback?" in request.url else None)
    sign_in(visitor, "operator", "/cluster")
    expect(visitor.get_by_text("Signed in as operator")).to_be_visible()
    (callback,) = used

    visitor.goto(callback)  # as the browser's history does
    expect(visitor.get_by_text("Signed in as operator")).to_be_visible()
    visitor.get_by_role("button", name="Sign out").click()
    visitor.get_by_role("button", name="Yes, sign me out").click()
    expect(visitor.get_by_role("button", name="Sign in")).to_be_visible()
    visitor.goto(callback)
    expect(visitor.get_by_role("button", name="Sign in")).to_be_visible()

    stranger = browser.new_context()
    page = stranger.new_page()
    page.goto(callback)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    stranger.close()


def test_a_provider_that_goes_away_ends_no_session_and_is_named_at_the_next_sign_in(
    browser: Browser, tmp_path: Path
) -> None:
    _look_for_a_provider()
    port = oidc.free_port()
    callback = f"http://127.0.0.1:{port}/oauth2callback"
    secrets = tmp_path / "secrets.toml"
    settings = {"BOOSTGRID_OIDC_SECRETS": str(secrets), "BOOSTGRID_OIDC_ROLES_CLAIM": "realm_access.roles"}
    opened = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    opened.set_default_timeout(PATIENCE_MS)
    page = opened.new_page()
    with ExitStack() as outliving, oidc.provider(oidc.free_port(), callback) as issuer:
        secrets.write_text(oidc.auth_section(issuer, callback))
        dashboard = DashboardProcess(tmp_path / "home", "--workers", "0", "--port", str(port), settings=settings)
        running = outliving.enter_context(dashboard)
        running.url()
        sign_in(page, "operator", "/cluster")
        expect(page.get_by_text("Signed in as operator")).to_be_visible()
        its_end = outliving.pop_all()
    with its_end:
        page.reload()
        expect(page.get_by_text("Signed in as operator")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()  # here alone: it cannot be told
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("The sign-in's provider does not answer")).to_be_visible()
    opened.close()
