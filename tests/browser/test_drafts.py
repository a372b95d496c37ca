"""A form outlives its session, and Launch starts what is on the screen, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.adapters.embedded import EmbeddedStore
from shared.domain import SweepSpec
from tests.support.dashboard_process import DashboardProcess, any_port
from tests.support.gate import Gate
from tests.support.pages import fill, go_to, press_launch

pytestmark = pytest.mark.slow

#: how long the server keeps the session of a browser that is gone, in seconds: two minutes, but for these tests
SESSION_SECONDS = 1
GRID = {"learning_rate": "0.05, 0.1", "n_estimators": "10, 20, 30"}


class Site:
    """A dashboard behind a network that can be cut, and that can be started anew at the same address."""

    def __init__(self, home: Path) -> None:
        self._home, self._port = home, any_port()
        self.gate = Gate(("127.0.0.1", self._port))
        self._start()

    def _start(self) -> None:
        self._process = DashboardProcess(self._home, "--workers", "0", "--port", str(self._port))
        assert self._process.url().endswith(f":{self._port}")

    def url(self) -> str:
        return f"http://localhost:{self.gate.port}"

    def restart(self) -> None:
        self.gate.shut()
        self._process.kill()
        self._start()
        self.gate.open()

    def launched(self) -> list[SweepSpec]:
        """The specs of all sweeps, the newest first."""
        with self._store() as store:
            return [summary.sweep.spec for summary in store.summaries()]

    def wait_until_kept(self, page: Page, text: str) -> None:
        """Wait until the store has the text in the page's draft: a run that has only begun ends with its browser."""
        with self._store() as store:
            draft_id = page.url.rpartition("draft=")[2]
            self._process.wait_until(lambda: text in (store.load_draft(draft_id) or ""))

    def _store(self) -> closing[EmbeddedStore]:
        return closing(EmbeddedStore(self._home / "boostgrid.sqlite"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self.gate.__exit__(*error)
        self._process.__exit__(*error)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", str(SESSION_SECONDS))
    with Site(tmp_path) as site:
        yield site


def parameter(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=re.compile(f"^{name} "))


def launch_button(page: Page) -> Locator:
    return page.locator(".st-key-launch button")


@pytest.fixture
def form(page: Page, app: Site) -> Page:
    """A form with another library, data set, protocol and grid than the first one, settled."""
    go_to(page, "New sweep")
    expect(launch_button(page)).to_be_enabled()
    page.get_by_role("radio", name="LightGBM").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_attribute("placeholder", "LightGBM on Diabetes")
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name=re.compile("^Wine ")).click()
    expect(page.get_by_text("178 rows, ")).to_be_visible()
    fill(page.get_by_role("spinbutton", name="Folds"), "3")
    expect(page.get_by_text("× 3 folds")).to_be_visible()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)  # a button that is being drawn anew hears no click
    page.get_by_role("button", name="Remove num_leaves").click()
    expect(parameter(page, "num_leaves")).to_have_count(0)
    for name, text in GRID.items():
        fill(parameter(page, name), text)
    fill(page.get_by_role("textbox", name="Name"), "Mine")
    expect_form(page)
    app.wait_until_kept(page, '"name": "Mine"')
    return page


def expect_form(page: Page) -> None:
    """See that the form is as ``form`` built it, and that the page is at rest."""
    expect(page.get_by_text("6 trials, ")).to_be_visible()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(page.get_by_role("radio", name="LightGBM")).to_be_checked()
    expect(page.get_by_role("combobox", name="Data set")).to_have_value(re.compile("^Wine "))
    expect(page.get_by_role("spinbutton", name="Folds")).to_have_value("3")
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Mine")
    for name, text in GRID.items():
        expect(parameter(page, name)).to_have_value(text)
    expect(page).to_have_url(re.compile(r"/new\?draft=[\w-]+$"))


def launch(page: Page, site: Site) -> None:
    """Launch, and see that it is what the form shows; a press that comes before a new session has drawn is refused."""
    press_launch(page, "Mine")
    expect_launched(site)


def expect_launched(site: Site) -> None:
    spec = site.launched()[0]
    assert (spec.name, spec.library, spec.dataset.name, spec.folds) == ("Mine", "lightgbm", "wine", 3)
    assert [dict(grid) for grid in spec.param_grid] == [{"learning_rate": (0.05, 0.1), "n_estimators": (10, 20, 30)}]


def reload(page: Page, site: Site) -> None:
    page.reload()


def restart(page: Page, site: Site) -> None:
    site.restart()
    expect(page.get_by_text("Connecting")).to_have_count(0)


def cut_the_network(page: Page, site: Site) -> None:
    site.gate.shut()
    page.wait_for_timeout((SESSION_SECONDS + 2) * 1000)
    site.gate.open()


def visit_another_page(page: Page, site: Site) -> None:
    go_to(page, "Sweeps")
    expect(page).not_to_have_url(re.compile("draft="))
    go_to(page, "New sweep")


@pytest.mark.parametrize("happen", [reload, restart, cut_the_network, visit_another_page])
def test_the_form_is_as_it_was_and_can_be_launched(form: Page, app: Site, happen: Callable[[Page, Site], None]) -> None:
    address = form.url
    happen(form, app)

    expect_form(form)
    assert form.url == address
    launch(form, app)


def test_another_tab_with_the_same_address_has_a_copy(form: Page, app: Site) -> None:
    other = form.context.new_page()
    other.goto(form.url)
    expect_form(other)
    assert other.url != form.url

    fill(parameter(other, "learning_rate"), "0.3")
    expect(other.get_by_text("3 trials, ")).to_be_visible()
    form.reload()
    expect_form(form)
    other.reload()
    expect(parameter(other, "learning_rate")).to_have_value("0.3")
    launch(form, app)


def test_another_tab_without_the_address_begins_afresh(form: Page) -> None:
    other = form.context.new_page()
    other.goto("/new")
    expect(other.get_by_role("radio", name="XGBoost")).to_be_checked()
    expect(launch_button(other)).to_be_enabled()

    assert "draft=" not in other.url
