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


def press_launch(page: Page, name: str) -> None:
    """Press Launch; once more where the page says that it had not yet shown the last of what was typed."""
    button = page.get_by_role("button", name="Launch")
    launched, refused = page.get_by_text(f"{name} is launched."), page.get_by_text("Nothing is launched")
    button.click()
    expect(launched.or_(refused)).to_be_visible()
    if refused.is_visible():
        button.click()
    expect(launched).to_be_visible()


def sign_in(page: Page, login: str, address: str = "/") -> None:
    """Open the address and sign in on the pages of the tests' provider."""
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
