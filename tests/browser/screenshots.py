"""`make screenshots`: pictures of the running app for README, of real sweeps that real workers evaluated."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from shared.adapters.backends import open_queue, open_store
from shared.catalog import Library, TaskType, library_catalog
from shared.datasets import NAMED_DATASETS, NamedDataset
from shared.domain import SweepSpec
from shared.operations import follow, launch
from shared.ports import Store, TaskQueue
from shared.settings import Settings
from tests.support.chromium import PATIENCE_MS, chromium, find_chromium
from tests.support.dashboard_process import ROOT, DashboardProcess

DOCS = ROOT / "docs"
TABLE = NAMED_DATASETS["california_housing"]

XGBOOST_GRID: dict[str, list[Any]] = {
    "learning_rate": [0.03, 0.06, 0.12, 0.24],
    "max_depth": [4, 6, 8],
    "n_estimators": [50, 100, 200],
    "subsample": [0.7, 1.0],
}
LIGHTGBM_GRID: dict[str, list[Any]] = {"num_leaves": [7, 15, 31], "n_estimators": [25, 50]}
#: enough to be still running when its picture is taken
CATBOOST_GRID: dict[str, list[Any]] = {
    "iterations": [100, 200, 400],
    "learning_rate": [0.03, 0.1, 0.3],
    "depth": [4, 6, 8],
    "l2_leaf_reg": [1.0, 3.0, 9.0],
}

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
DARK_DESK: dict[str, Any] = DESK | {"color_scheme": "dark"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "color_scheme": "light",
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


def main() -> None:
    """Start the app with two workers, seed it, and write every picture."""
    executable = find_chromium()
    if executable is None:
        sys.exit("Chromium is not installed")
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        (Path(folder) / "chromium").mkdir()
        with (
            DashboardProcess(home, "--workers", "2") as app,
            chromium(executable, Path(folder) / "chromium") as browser,
        ):
            url = app.url()
            settings = Settings(home=home, rabbitmq_url=None, mongodb_url=None)
            finished = seed(open_store(settings), open_queue(settings))
            take_all(browser, url, f"/results?sweep={finished}")


def seed(store: Store, queue: TaskQueue) -> str:
    """Launch three sweeps and return the id of the first, once it is finished and the last is on its way."""
    specs = [
        make_spec(TABLE, Library.XGBOOST, XGBOOST_GRID),
        make_spec(NAMED_DATASETS["breast_cancer"], Library.LIGHTGBM, LIGHTGBM_GRID),
        make_spec(TABLE, Library.CATBOOST, CATBOOST_GRID),
    ]
    first, second, third = (launch(spec, store, queue).sweep_id for spec in specs)
    for sweep_id in (first, second):
        for summary in follow(sweep_id, store):
            print(f"{sweep_id}: {summary.succeeded} of {summary.sweep.size} trials", flush=True)
    for summary in follow(third, store):
        if summary.succeeded:
            break
    return first


def make_spec(table: NamedDataset, library: Library, param_grid: dict[str, list[Any]]) -> SweepSpec:
    """Return a spec with the name that the form suggests."""
    metrics = ["rmse", "r2"] if table.task is TaskType.REGRESSION else ["log_loss", "roc_auc"]
    return SweepSpec.parse(
        {
            "name": f"{library_catalog(library).label} on {table.label}",
            "library": library,
            "dataset": {"name": table.name, "target": table.target, "task": table.task},
            "param_grid": param_grid,
            "metrics": metrics,
        }
    )


def take_all(browser: Browser, url: str, results: str) -> None:
    """Write every picture."""
    take(browser, url + results, "results", DESK, charts_are_drawn)
    take(browser, url + results, "results-dark", DARK_DESK, charts_are_drawn)
    take(browser, url + results, "results-phone", PHONE, charts_are_drawn)
    take(browser, f"{url}/new", "new-sweep", DESK, fill_form)
    take(browser, url, "sweeps", DESK, sweeps_are_listed)
    take(browser, f"{url}/cluster", "cluster", DESK, workers_are_busy)


def take(browser: Browser, url: str, name: str, window: dict[str, Any], prepare: Callable[[Page], None]) -> None:
    """Write one picture, once the page stands still."""
    context = browser.new_context(**window)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(url)
    prepare(page)
    expect(page.locator("[data-stale=true], [data-testid=stSkeleton]")).to_have_count(0)
    path = DOCS / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")
    context.close()


def charts_are_drawn(page: Page) -> None:
    expect(page.get_by_role("figure", name="Best RMSE so far").locator(".trace")).not_to_have_count(0)


def fill_form(page: Page) -> None:
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name=TABLE.label).click()
    expect(page.get_by_text(f"{TABLE.rows:,} rows, ")).to_be_visible()
    page.get_by_role("radiogroup", name="Start from").get_by_text("Standard").click()
    expect(page.get_by_text("108 trials, 180 model fits")).to_be_visible()


def sweeps_are_listed(page: Page) -> None:
    expect(page.get_by_role("button", name="Actions")).to_have_count(3)


def workers_are_busy(page: Page) -> None:
    expect(page.get_by_text("fold ")).to_have_count(2)
    rate = page.get_by_test_id("stMetric").filter(has_text="Trials a minute").get_by_test_id("stMetricValue")
    expect(rate).to_have_text(re.compile("[1-9]"))


if __name__ == "__main__":
    main()
