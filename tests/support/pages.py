"""What a person does on the dashboard's pages, in Playwright's words."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def go_to(page: Page, title: str) -> None:
    """Open the page by the navigation."""
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def fill(field: Locator, text: str) -> None:
    """Write the text into the field."""
    field.fill(text)
    field.press("Enter")
