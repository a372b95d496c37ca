"""One's own file, dirty as exports are: said what its columns are, stored, and evaluated as scikit-learn would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from sklearn.model_selection import KFold, cross_validate
from xgboost import XGBRegressor

from tests.support.dashboard_process import DashboardProcess
from tests.support.pages import fill, go_to, press_launch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROWS = 120


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardProcess]:
    with DashboardProcess(tmp_path_factory.mktemp("home"), "--workers", "1") as started:
        started.url()
        yield started


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A German export: semicolons, decimal commas, row numbers, days, and '?' for what nobody knew."""
    random = np.random.default_rng(5)
    size = random.integers(20, 120, ROWS)
    frame = pd.DataFrame(
        {
            "row_id": range(ROWS),
            "Einzug": pd.to_datetime("2010-01-01") + pd.to_timedelta(random.integers(0, 5000, ROWS), "D"),
            "Stadt": np.resize(["Ulm", "Köln", "Bonn"], ROWS),
            "Nebenkosten": np.where(np.arange(ROWS) % 11 == 4, np.nan, random.normal(200, 40, ROWS).round(2)),
            "Fläche": size,
            "Miete": (size * 9.0 + random.normal(400, 30, ROWS)).round(2),
        }
    )
    path = tmp_path / "mieten.csv"
    frame.to_csv(path, sep=";", decimal=",", na_rep="?", date_format="%d.%m.%Y", index=False, encoding="cp1252")
    return path


def as_pandas_reads_it(export: Path) -> pd.DataFrame:
    frame = pd.read_csv(export, sep=";", decimal=",", na_values="?", encoding="cp1252")
    return frame.drop(columns=["row_id", "Einzug"]).astype({"Stadt": "category"})


def test_a_dirty_file_is_read_as_one_says_and_scored_as_scikit_learn_does(page: Page, export: Path) -> None:
    go_to(page, "New sweep")
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()
    page.get_by_role("button", name="Upload").click()
    page.locator("input[type=file]").first.set_input_files(export)

    panel = page.locator(".st-key-column_panel")
    expect(panel.get_by_text("What are the columns of mieten.csv?")).to_be_visible()
    expect(panel.get_by_text("'?' in 11 rows becomes missing")).to_be_visible()
    expect(panel.get_by_text("it numbers the rows")).to_be_visible()
    # nothing is launched that is not on the screen, and nothing is stored before every column is said
    expect(page.get_by_role("button", name="Launch")).to_be_disabled()
    expect(panel.get_by_role("button", name="Store")).to_be_disabled()
    panel.get_by_role("radiogroup", name=re.compile("Einzug")).get_by_text("Leave out").click()
    panel.get_by_role("button", name="Store").click()

    expect(panel).to_have_count(0)
    expect(page.get_by_text(f"{ROWS} rows, 3 features, 11 missing values")).to_be_visible()
    fill(page.get_by_role("textbox", name=re.compile("^n_estimators ")), "10, 20")
    fill(page.get_by_role("textbox", name=re.compile("^learning_rate ")), "0.3")
    fill(page.get_by_role("textbox", name=re.compile("^max_depth ")), "3")
    fill(page.get_by_role("textbox", name="Name"), "Mieten")
    expect(page.get_by_text(re.compile("^2 trials, "))).to_be_visible()
    press_launch(page, "Mieten")
    page.get_by_role("link", name="Watch its results").click()
    expect(page.get_by_text("2 of 2 trials")).to_be_visible()

    frame = as_pandas_reads_it(export)
    scores = [
        -cross_validate(
            XGBRegressor(
                n_estimators=count, learning_rate=0.3, max_depth=3, random_state=0, n_jobs=1, enable_categorical=True
            ),
            frame.drop(columns="Miete"),
            frame["Miete"],
            scoring="neg_root_mean_squared_error",
            cv=KFold(5, shuffle=True, random_state=0),
        )["test_score"].mean()
        for count in (10, 20)
    ]
    expect(page.get_by_test_id("stMetricValue")).to_have_text(f"{min(scores):#.5g}")


def test_what_was_chosen_of_a_column_stays_through_a_visit_elsewhere_and_a_second_click(
    page: Page, export: Path
) -> None:
    go_to(page, "New sweep")
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()
    page.get_by_role("button", name="Upload").click()
    page.locator("input[type=file]").first.set_input_files(export)
    panel = page.locator(".st-key-column_panel")
    days = panel.get_by_role("radiogroup", name=re.compile("Einzug"))
    rows = panel.get_by_role("radiogroup", name=re.compile("row_id"))
    days.get_by_role("radio", name="Leave out").click()
    expect(panel.get_by_role("button", name="Store")).to_be_enabled()
    expect(panel.get_by_text("it numbers the rows")).to_be_visible()
    rows.get_by_role("radio", name="Number").click()
    # the server has it: a click that still waits for a run is lost where another page is asked for meanwhile
    expect(panel.get_by_text("it numbers the rows")).to_have_count(0)

    go_to(page, "Sweeps")
    go_to(page, "New sweep")
    expect(days.get_by_role("radio", name="Leave out")).to_be_checked()
    expect(rows.get_by_role("radio", name="Number")).to_be_checked()

    rows.get_by_role("radio", name="Number").click()
    expect(rows.get_by_role("radio", name="Number")).to_be_checked()
    panel.get_by_role("button", name="Store").click()
    expect(panel).to_have_count(0)
    expect(page.get_by_text(f"{ROWS} rows, 4 features, ")).to_be_visible()
