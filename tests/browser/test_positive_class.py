"""The positive class is part of a metric's name, which a browser keeps until it is told another."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.pages import go_to

pytestmark = pytest.mark.slow

PAYMENTS = "x,y\n" + "".join(f"{number * 1.37 % 5:.3f},{'legit' if number % 5 else 'fraud'}\n" for number in range(60))


def test_another_positive_class_renames_the_metrics_that_are_chosen_and_drops_none(page: Page) -> None:
    go_to(page, "New sweep")
    expect(page.locator(".st-key-launch button")).to_be_enabled()
    page.get_by_role("button", name=re.compile("Upload")).first.click()
    payments = {"name": "payments.csv", "mimeType": "text/csv", "buffer": PAYMENTS.encode()}
    page.locator("input[type=file]").last.set_input_files(payments)
    expect(page.get_by_text("60 rows, 1 feature")).to_be_visible()
    metrics = page.locator(".st-key-new_metrics")
    expect(metrics).to_contain_text("Log loss")
    page.get_by_role("combobox", name=re.compile("Metrics")).click()
    page.get_by_role("option", name="F1 of 'legit'").click()
    page.keyboard.press("Escape")
    expect(metrics).to_contain_text("F1 of 'legit'")

    page.get_by_role("radio", name=re.compile("^fraud")).click()
    expect(metrics).to_contain_text("F1 of 'fraud'")
    page.get_by_role("radio", name="LightGBM").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_attribute("placeholder", "LightGBM on payments.csv")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(metrics).to_contain_text("Log loss")
    expect(metrics).to_contain_text("F1 of 'fraud'")
