"""What a person zoomed, opened or selected on a page of results stays so while results arrive."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard import analysis
from shared.adapters.backends import open_store
from shared.domain import Sweep
from shared.ports import Store
from shared.settings import Settings
from shared.testing import make_outcome, make_spec, make_sweep
from tests.support.dashboard_process import DashboardProcess

pytestmark = pytest.mark.slow

GRID = {"max_depth": [3, 5, 7, 9], "learning_rate": [0.01, 0.03, 0.1, 0.3]}


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def window() -> dict[str, object]:
    return {"timezone_id": "America/New_York"}


class Running:
    """A sweep whose outcomes the test writes; scores get worse, unless said otherwise."""

    def __init__(self, store: Store, sweep_id: str) -> None:
        self._store = store
        self.sweep: Sweep = make_sweep(sweep_id, spec=make_spec(name=sweep_id, param_grid=GRID), size=16)
        store.save_sweep(self.sweep)
        points = analysis.grid_points(self.sweep)
        assert points is not None
        self._points = iter(points)

    def evaluate(self, *scores: float) -> None:
        """Write the outcomes of the next points."""
        for score in scores:
            point = next(self._points)
            outcome = make_outcome(score=score, trial_id=point.trial_id, params=point.params)
            self._store.record(self.sweep.sweep_id, [outcome])


@pytest.fixture
def running(app: DashboardProcess, request: pytest.FixtureRequest) -> Iterator[Running]:
    with closing(open_store(Settings(home=app.home))) as store:
        yield Running(store, f"live-{abs(hash(request.node.name)) % 10**6:06}")


def chart_of(page: Page, key: str) -> Locator:
    chart = page.locator(f".st-key-{key} .js-plotly-plot").last  # in full screen there are two
    expect(chart).to_be_visible()
    return chart


def axis_range(chart: Locator) -> list[float]:
    found = None
    while not found:  # it may be on its way
        found = chart.evaluate("chart => chart._fullLayout?.xaxis?.range")
    return [round(end, 6) for end in found]


def stands_on(page: Page, count: int) -> None:
    expect(page.get_by_text(f"These charts stand on {count} of 16 trials")).to_be_visible()


def has_best(chart: Locator, score: float, name: str = "best so far") -> None:
    """Wait until the chart shows that score as the best one."""
    deadline = time.monotonic() + 30
    read = f"chart => [...(chart._fullData ?? []).find(each => each.name == '{name}')?.y ?? []]"
    while score not in chart.evaluate(read):
        assert time.monotonic() < deadline, f"{score} is not drawn"
        time.sleep(0.2)


def zoom(page: Page, chart: Locator) -> None:
    """Choose the zoom tool and draw over the middle half of the chart."""
    chart.scroll_into_view_if_needed()
    chart.hover()
    chart.locator('.modebar-btn[data-val="zoom"]').click()
    area = chart.locator(".nsewdrag").first.bounding_box()
    assert area is not None
    middle = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + area["width"] / 4, middle)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 3 / 4, middle, steps=8)
    page.mouse.up()


def test_a_zoomed_chart_stays_so_while_results_arrive(page, running):
    running.evaluate(0.5, 0.6, 0.7, 0.55, 0.65, 0.75)
    page.goto(f"/results?sweep={running.sweep.sweep_id}")
    stands_on(page, 6)
    chart = chart_of(page, "curve_max_depth")
    whole = axis_range(chart)
    zoom(page, chart)
    zoomed = axis_range(chart)
    assert whole[0] < zoomed[0] < zoomed[1] < whole[1]

    running.evaluate(0.8, 0.9)
    stands_on(page, 8)
    assert axis_range(chart) == zoomed
    running.evaluate(0.4)  # a new best
    stands_on(page, 9)
    assert axis_range(chart) == zoomed
    has_best(chart, 0.4)  # it is drawn anew once the pointer has rested, and as it was left
    assert axis_range(chart) == zoomed

    page.mouse.move(10, 10)
    running.evaluate(0.3)
    has_best(chart, 0.3)
    assert axis_range(chart) == zoomed

    chart.dblclick()
    page.mouse.move(10, 10)
    running.evaluate(0.2)
    has_best(chart, 0.2)
    assert axis_range(chart) == whole


def test_an_open_chart_stays_open_while_results_arrive(page, running):
    running.evaluate(0.5, 0.6, 0.7, 0.55)
    page.goto(f"/results?sweep={running.sweep.sweep_id}")
    stands_on(page, 4)
    chart = chart_of(page, "best_so_far")
    small = chart.bounding_box()
    chart.scroll_into_view_if_needed()
    chart.hover()
    chart.locator('.modebar-btn[data-title="Fullscreen"]').click()
    expect(page.locator('.modebar-btn[data-title="Close fullscreen"]').first).to_be_attached()

    running.evaluate(0.4)
    expect(page.get_by_text("5 of 16 trials ·").first).to_be_attached()
    page.wait_for_timeout(6_000)  # longer than a pointer has to rest
    assert small is not None
    assert chart.bounding_box()["width"] > 1.5 * small["width"]

    page.locator('.modebar-btn[data-title="Close fullscreen"]').last.click()
    page.mouse.move(10, 10)
    has_best(chart_of(page, "best_so_far"), 0.4)


def test_times_are_in_the_browsers_zone(page, running):
    page.goto(f"/results?sweep={running.sweep.sweep_id}")
    created_at = running.sweep.created_at.astimezone(ZoneInfo("America/New_York"))
    expect(page.get_by_role("combobox", name="Sweep")).to_have_value(re.compile(f"{created_at:%Y-%m-%d %H:%M %Z}"))
    expect(page.get_by_role("button", name="Clear value")).to_have_count(0)
