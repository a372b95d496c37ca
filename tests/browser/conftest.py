"""A Chromium for each module, and a window of its own for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.chromium import PATIENCE_MS, chromium, find_chromium
from tests.support.dashboard_process import DashboardProcess


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("Chromium is not installed")
    with chromium(executable, tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardProcess]:
    """The dashboard without workers; a module that needs one has an ``app`` of its own."""
    with DashboardProcess(tmp_path_factory.mktemp("home"), "--workers", "0") as started:
        started.url()
        yield started


@pytest.fixture
def window() -> dict[str, Any]:
    """What is asked of the test's window beside its size."""
    return {}


@pytest.fixture
def context(app: DashboardProcess, browser: Browser, window: dict[str, Any]) -> Iterator[BrowserContext]:
    """A window of its own. Whatever is done there asks nothing of another host."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=app.url(), **window)
    opened.set_default_timeout(PATIENCE_MS)
    elsewhere: list[str] = []
    ours = (app.url(), "data:", "blob:")
    opened.on("request", lambda request: request.url.startswith(ours) or elsewhere.append(request.url))
    yield opened
    opened.close()
    assert not elsewhere


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """The dashboard's first page."""
    opened = context.new_page()
    opened.goto("/")
    return opened
