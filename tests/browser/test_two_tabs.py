"""What somebody else does to a sweep reaches whoever has its page open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from shared.adapters.backends import open_queue, open_store
from shared.domain import Sweep
from shared.operations import delete, store_named
from shared.ports import Store
from shared.settings import Settings
from shared.testing import make_spec, make_sweep
from tests.support.dashboard_process import DashboardProcess

pytestmark = pytest.mark.slow


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def store(app: DashboardProcess) -> Iterator[Store]:
    with closing(open_store(Settings(home=app.home))) as opened:
        yield opened


@pytest.fixture
def cancelled(store: Store, request: pytest.FixtureRequest) -> Sweep:
    """A cancelled sweep without a result."""
    name = f"tabs-{abs(hash(request.node.name)) % 10**6:06}"
    sweep = make_sweep(name, spec=make_spec(name=name), cancelled=True)
    store.save_sweep(sweep)
    return sweep


def choose_action(page: Page, name: str) -> None:
    page.get_by_role("button", name="Actions").first.click()
    page.get_by_role("menuitem", name=name).or_(page.get_by_role("option", name=name)).click()


def test_an_action_chosen_just_as_the_sweep_changed_is_not_lost(page, store, cancelled):
    page.goto(f"/results?sweep={cancelled.sweep_id}")
    expect(page.get_by_text("No trial was evaluated")).to_be_visible()
    store.save_sweep(cancelled.model_copy(update={"cancelled": False}))

    choose_action(page, "Delete…")

    expect(page.get_by_role("dialog", name="Delete this sweep?")).to_be_visible()


def test_what_was_resumed_and_deleted_elsewhere_shows_by_itself(app, page, store, cancelled):
    page.goto(f"/results?sweep={cancelled.sweep_id}")
    expect(page.get_by_text("No trial was evaluated")).to_be_visible()

    store.save_sweep(cancelled.model_copy(update={"cancelled": False}))
    expect(page.get_by_text("The first one appears here by itself")).to_be_visible()

    store.save_sweep(cancelled)
    expect(page.get_by_text("No trial was evaluated")).to_be_visible()
    with closing(open_queue(Settings(home=app.home))) as queue:
        delete(cancelled.sweep_id, store, queue)
    expect(page.get_by_text("it may have been deleted")).to_be_visible()


def test_a_new_sweep_and_a_new_data_set_appear_in_open_lists(page, context, store, cancelled):
    page.goto("/")
    expect(page.get_by_role("link", name=cancelled.spec.name)).to_be_visible()
    tables = context.new_page()
    tables.goto("/datasets")
    expect(tables.get_by_text("built-in sets can be chosen")).to_be_visible()

    store.save_sweep(make_sweep("from-a-shell", spec=make_spec(name="From a shell"), cancelled=True))
    store_named("wine", store)

    expect(page.get_by_role("link", name="From a shell")).to_be_visible()
    expect(tables.get_by_text("178 rows")).to_be_visible()


def test_tabs_are_told_apart_by_their_titles(page, cancelled):
    page.goto(f"/results?sweep={cancelled.sweep_id}")
    expect(page).to_have_title(f"{cancelled.spec.name} · Boostgrid")
    page.get_by_role("link", name="Sweeps", exact=True).click()
    expect(page).to_have_title("Sweeps · Boostgrid")
