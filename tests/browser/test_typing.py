"""What is being typed stays where it is while the page says something above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.pages import fill, go_to

pytestmark = pytest.mark.slow

#: everything that one types into or chooses, and Launch
FIELDS = "[data-testid=stMain] :is(input, [role=slider]), .st-key-launch button"


@pytest.fixture
def form(page: Page) -> Page:
    go_to(page, "New sweep")
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()
    expect(page.get_by_text("nothing missing")).to_be_visible()
    expect(page.get_by_placeholder("more parameters of XGBoost")).to_be_visible()  # the last that is drawn of the grid
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    return page


@contextmanager
def same_fields(page: Page) -> Iterator[None]:
    """See to it that no field of now is another one afterwards: to a browser that is an empty one without the cursor.

    A field that is replaced has what the server knew of it, and what was just typed into it is gone.
    """
    before = page.evaluate(
        """fields => {
            window.before = [...document.querySelectorAll(fields)]
            return window.before.map(each => each.ariaLabel || each.innerText)
        }""",
        FIELDS,
    )
    assert len(before) > 10
    yield
    assert page.evaluate("() => window.before.map(each => each.isConnected)") == [True] * len(before), before


def parameter(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=re.compile(f"^{name} "))


def expand(page: Page) -> None:
    fill(parameter(page, "n_estimators"), "linspace(10, 20, 3)")
    expect(page.get_by_text("= 10, 15, 20")).to_be_visible()


def mistype(page: Page) -> None:
    fill(parameter(page, "n_estimators"), "-3")
    expect(page.get_by_role("button", name="Launch")).to_be_disabled()


@pytest.mark.parametrize("act", [expand, mistype])
def test_a_field_stays_while_the_page_says_something_above_it(form: Page, act: Callable[[Page], None]) -> None:
    with same_fields(form):
        act(form)
