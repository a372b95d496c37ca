"""A proxy that lets no large body pass: the dashboard never hears of the upload, and its page says what to set."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.pages import go_to

pytestmark = pytest.mark.slow

CUT = "it was cut on its way here"


@pytest.fixture
def form(page: Page) -> Page:
    go_to(page, "New sweep")
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()
    return page


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n2,3\n" * 20)
    return path


def too_large(route: Route) -> None:
    if route.request.method == "PUT":
        route.fulfill(status=413, body="413 Request Entity Too Large")
    else:
        route.continue_()


@pytest.mark.parametrize(
    ("opener", "limit"), [("Upload", " that has to let bodies of 200 MB pass"), ("Import spec", "")]
)
def test_the_page_says_what_cut_an_upload(form: Page, table: Path, opener: str, limit: str) -> None:
    form.route("**/_stcore/upload_file/**", too_large)
    form.get_by_role("button", name=opener).click()
    expect(form.locator("input[type=file]")).to_have_count(1)
    expect(form.get_by_text(CUT)).to_be_hidden()

    file = table if opener == "Upload" else table.rename(table.with_suffix(".yaml"))
    form.locator("input[type=file]").set_input_files(file)

    expect(form.get_by_text(CUT)).to_be_visible()
    expect(form.get_by_text(f"as a rule by a proxy{limit} (")).to_be_visible()


def test_a_file_that_arrives_is_said_nothing_of(form: Page, table: Path) -> None:
    form.get_by_role("button", name="Upload").click()
    form.locator("input[type=file]").set_input_files(table)
    expect(form.get_by_text("40 rows, ")).to_be_visible()
    expect(form.get_by_text(CUT)).to_have_count(0)
