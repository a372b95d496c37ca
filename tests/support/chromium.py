"""Chromium as the tests and the screenshots use it: the system's own, headless, with its files in a given folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from playwright.sync_api import Browser, expect, sync_playwright

#: the machine may be slow and busy: nothing here is about speed
PATIENCE_MS = 120_000


def find_chromium() -> str | None:
    """Return where Chromium is, if it is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def chromium(executable: str, folder: Path) -> Iterator[Browser]:
    """Start a browser that keeps its profile, caches and downloads in ``folder`` and asks no network but ours."""
    folders = dict.fromkeys(("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(folder))
    expect.set_options(timeout=PATIENCE_MS)
    with ExitStack() as running:
        with mock.patch.dict(os.environ, folders):  # read when Playwright's driver and the browser start
            playwright = running.enter_context(sync_playwright())
            browser = playwright.chromium.launch(
                executable_path=executable,
                downloads_path=folder,
                timeout=PATIENCE_MS,
                args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
            )
        running.callback(browser.close)
        yield browser
