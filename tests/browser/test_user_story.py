"""What a data scientist does, in a real browser: build a grid, launch it, watch it, believe it, take it away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostRegressor
from lightgbm import LGBMRegressor
from playwright.sync_api import Locator, Page, expect
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from xgboost import XGBRegressor

from shared.adapters.backends import open_store
from shared.catalog import Library, library_catalog
from shared.datasets import NAMED_DATASETS, load_named
from shared.domain import ErrorCause, TrialError
from shared.settings import Settings
from shared.testing import make_outcome, make_spec, make_sweep
from tests.support.dashboard_process import DashboardProcess
from tests.support.pages import fill, go_to, press_launch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DATASET = NAMED_DATASETS["california_housing"]
FOLDS, SEED = 3, 7
#: scikit-learn's words for how the sweeps below are scored
PROTOCOL: dict[str, Any] = {
    "scoring": "neg_root_mean_squared_error",
    "cv": KFold(FOLDS, shuffle=True, random_state=SEED),
    "error_score": "raise",
}


@dataclass(frozen=True)
class Case:
    """A small grid as it is typed, and scikit-learn's way to the same scores."""

    estimator: Any
    typed: dict[str, str]
    param_grid: dict[str, list[float]]
    size: str

    @property
    def label(self) -> str:
        """How the page writes the library."""
        return library_catalog(self.library).label

    @property
    def library(self) -> Library:
        """The library of the estimator."""
        return Library(type(self.estimator).__module__.partition(".")[0])


CASES = {
    case.library: case
    for case in (
        Case(
            XGBRegressor(random_state=SEED, n_jobs=1),
            {"n_estimators": "20, 40", "learning_rate": "logspace(0.1, 0.4, 3)", "max_depth": "2:5:3, 3"},
            {"n_estimators": [20, 40], "learning_rate": [0.1, 0.2, 0.4], "max_depth": [2, 3, 5]},
            "18 trials, 27 model fits",
        ),
        Case(
            LGBMRegressor(random_state=SEED, n_jobs=1, verbosity=-1),
            {"n_estimators": "15, 30", "learning_rate": "0.1, 0.3", "num_leaves": "7, 15"},
            {"n_estimators": [15, 30], "learning_rate": [0.1, 0.3], "num_leaves": [7, 15]},
            "8 trials, 12 model fits",
        ),
        Case(
            CatBoostRegressor(random_seed=SEED, thread_count=1, verbose=False, allow_writing_files=False),
            {"iterations": "15, 30", "learning_rate": "0.1, 0.3", "depth": "4"},
            {"iterations": [15, 30], "learning_rate": [0.1, 0.3], "depth": [4]},
            "4 trials, 6 model fits",
        ),
    )
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardProcess]:
    """The dashboard with one worker, as `python -m dashboard` starts it."""
    with DashboardProcess(tmp_path_factory.mktemp("home"), "--workers", "1") as started:
        started.url()
        yield started
        assert not started.stop(), "processes are left"


@cache
def table() -> tuple[np.ndarray, np.ndarray]:
    """The data set's features and target."""
    frame = load_named(DATASET.name)
    return frame.drop(columns=DATASET.target).to_numpy(), frame[DATASET.target].to_numpy()


@cache
def scikit_learn_scores(library: Library) -> pd.DataFrame:
    """The same grid, folds and seed by scikit-learn: a column for each parameter, and rmse."""
    case = CASES[library]
    results = GridSearchCV(case.estimator, case.param_grid, refit=False, **PROTOCOL).fit(*table()).cv_results_
    return pd.DataFrame(results["params"]).assign(rmse=-results["mean_test_score"])


def build(page: Page, library: Library, name: str, typed: dict[str, str]) -> None:
    """Fill the form of a new sweep."""
    go_to(page, "New sweep")
    label = library_catalog(library).label
    page.get_by_role("radiogroup", name="Library").get_by_text(label).click()
    data_set = page.get_by_role("combobox", name="Data set")
    data_set.click()
    page.get_by_role("option", name=DATASET.label).click()
    expect(page.get_by_text(f"{DATASET.rows:,} rows, {DATASET.columns - 1} features, nothing missing")).to_be_visible()
    fill(page.get_by_role("spinbutton", name="Folds"), str(FOLDS))
    fill(page.get_by_role("spinbutton", name="Seed"), str(SEED))
    for parameter, values in typed.items():
        fill(page.get_by_role("textbox", name=re.compile(f"^{parameter} ")), values)
    fill(page.get_by_role("textbox", name="Name"), name)


def launch(page: Page, name: str) -> None:
    """Launch what the form holds, and follow the link to its results."""
    press_launch(page, name)
    page.get_by_role("link", name="Watch its results").click()
    expect(page.get_by_role("heading", name="Results")).to_be_visible()


def choose_action(page: Page, row: Locator, action: str) -> None:
    row.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name=action).click()


def traces(page: Page, key: str) -> dict[str, dict[float, float]]:
    """What a chart on the page shows: y for each x of each named trace."""
    chart = page.locator(f".st-key-{key} .js-plotly-plot")
    expect(chart).to_have_count(1)  # while the page is drawn anew the chart of before may stand beside it
    expect(chart).to_be_visible()
    drawn = chart.evaluate("chart => chart._fullData.map(each => [each.name, [...each.x], [...each.y]])")
    return {name: dict(zip(x, y, strict=True)) for name, x, y in drawn}


def download(page: Page, label: str, **options: Any) -> pd.DataFrame:
    """Press a download button and return the CSV that it gives."""
    with page.expect_download() as started:
        page.get_by_role("button", name=label).click()
    return pd.read_csv(started.value.path(), **options)


def as_written(element: Locator) -> str:
    """What is read there, without what only keeps Markdown from reading it; empty lines may be drawn as space."""
    return element.inner_text().replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")


def test_a_first_visit_leads_to_the_form_of_a_new_sweep(page):
    page.get_by_role("link", name="Build your first sweep").click()

    expect(page.get_by_role("heading", name="New sweep")).to_be_visible()
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()


@pytest.mark.parametrize("library", CASES)
def test_a_grid_gives_the_scores_of_scikit_learn_and_its_best_parameters_as_csv(page, library):
    case, expected = CASES[library], scikit_learn_scores(library)
    name = f"{case.label} story"

    build(page, library, name, case.typed)
    expect(page.get_by_text(case.size)).to_be_visible()
    launch(page, name)
    expect(page.get_by_text(f"{len(expected)} of {len(expected)} trials")).to_be_visible()
    expect(page.get_by_text("finished")).to_be_visible()

    best = expected.loc[expected["rmse"].idxmin()]
    expect(page.get_by_test_id("stMetricValue")).to_have_text(f"{best['rmse']:#.5g}")
    for parameter, values in case.param_grid.items():
        if len(values) > 1:
            curve, scores = traces(page, f"curve_{parameter}"), expected.groupby(parameter)["rmse"]
            assert curve["mean over the others"] == pytest.approx(scores.mean().to_dict(), rel=1e-12)
            assert curve["best"] == pytest.approx(scores.min().to_dict(), rel=1e-12)

    page.get_by_role("tab", name="Export").click()
    (params,) = download(page, "Best as CSV").drop(columns="rounds").to_dict("records")
    assert {name: params[name] for name in case.param_grid} == pytest.approx(best.drop("rmse").to_dict(), rel=1e-12)
    again = cross_validate(clone(case.estimator).set_params(**params), *table(), **PROTOCOL)
    assert -again["test_score"].mean() == pytest.approx(best["rmse"], rel=1e-12)

    trials = download(page, "Trials as CSV")
    assert set(trials["state"]) == {"succeeded"}
    by_params = list(case.param_grid)
    ours = trials.sort_values(by_params)["mean_rmse"].tolist()
    assert ours == pytest.approx(expected.sort_values(by_params)["rmse"].tolist(), rel=1e-12)


def test_a_running_sweep_is_watched_cancelled_and_deleted(page):
    name = "Too long a story"
    build(page, Library.XGBOOST, name, {"n_estimators": "300", "learning_rate": "linspace(0.01, 0.3, 500)"})
    launch(page, name)

    expect(page.get_by_text(re.compile(r"^[1-9]\d* of 1,500 trials"))).to_be_visible()
    expect(page.get_by_text("1 engine at it now")).to_be_visible()

    go_to(page, "Sweeps")
    row = page.locator(".stHorizontalBlock", has=page.get_by_role("link", name=name)).last
    expect(row).to_contain_text("running")
    choose_action(page, row, "Cancel")
    expect(row).to_contain_text("cancelled")
    choose_action(page, row, "Delete…")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("link", name=name)).to_be_hidden()


def test_what_users_and_libraries_wrote_is_shown_as_it_is(page, app):
    name = "*a* _b_ __c__ [d](e) :smile: :red[f] $g$ $h$ <i> &amp; ~~j~~ :material/home: `k` n_l #m 10:0:-1: \\*"
    message = "[09:00:01] a.cc:36: p_ = *q*\nStack trace:\n    [bt] (0) b.so(f+0x1) std::key::x\n\n1. r\n- s\n---\n# t"
    sweep = make_sweep("hard-000001", spec=make_spec(name=name))
    error = TrialError(cause=ErrorCause.EVALUATION, type="XGBoostError", message=message)
    with closing(open_store(Settings(home=app.home))) as store:
        store.save_sweep(sweep)
        store.record(sweep.sweep_id, [make_outcome(failed=ErrorCause.EVALUATION, error=error)])

    go_to(page, "Sweeps")
    link = page.get_by_role("link").filter(has_text="n_l #m")
    expect(link).to_be_visible()
    assert as_written(link) == name

    page.goto(f"/results?sweep={sweep.sweep_id}&view=Failed")
    alert = page.get_by_test_id("stTabs").get_by_role("alert")
    expect(alert).to_contain_text("Stack trace")
    assert message in as_written(alert)


def test_the_slider_starts_and_stops_workers(page, app):
    go_to(page, "Cluster")
    expect(page.get_by_text("worker-1")).to_be_visible()
    slider = page.get_by_role("slider", name="Number of workers")

    slider.press("ArrowRight")
    page.get_by_role("button", name="Start 1 more").click()
    expect(page.get_by_text("Idle: waits for a task")).to_have_count(2)
    expect(slider).to_have_value("2")
    assert len(app.workers()) == 2

    slider.press("ArrowLeft")
    page.get_by_role("button", name="Stop 1").click()
    expect(page.get_by_text("worker-2")).to_have_count(0)
    app.wait_until(lambda: len(app.workers()) == 1)
