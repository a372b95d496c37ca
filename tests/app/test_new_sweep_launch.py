"""Launching a new sweep: its name and options, what is asked or said before, and outages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.catalog import Library
from shared.domain import Priority
from shared.planning.versions import installed_version
from shared.ports import WorkerReport
from shared.settings import DashboardSettings
from tests.app.conftest import Down, texts

pytestmark = pytest.mark.slow


def test_a_first_visit_can_be_launched_as_it_is(dashboard):
    at = dashboard.open("new_sweep")

    assert not at.button(key="launch").disabled
    assert "442 rows, 10 features, nothing missing" in texts(at)
    assert at.get("plotly_chart")


def test_launches_and_links_to_the_results(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_name").set_value("Mine").run()
    at.button(key="launch").click().run()

    summary = dashboard.store.summaries()[0]
    assert summary.sweep.spec.name == "Mine"
    assert summary.sweep.published
    assert dashboard.waiting() > 0
    assert "**Mine** is launched." in texts(at)


@pytest.mark.parametrize("priority", Priority)
def test_a_launch_has_the_priority_that_is_chosen(dashboard, priority):
    at = dashboard.open("new_sweep")
    assert at.selectbox(key="new_priority").value is Priority.NORMAL
    at.selectbox(key="new_priority").set_value(priority).run()
    at.button(key="launch").click().run()

    (queued,) = dashboard.store.queued_sweeps()
    assert queued.priority is priority
    listed = texts(dashboard.open("sweeps"))
    assert ("priority" in listed) == (priority is not Priority.NORMAL)
    assert priority is Priority.NORMAL or f"{priority} priority" in listed


def test_what_was_typed_survives_a_visit_to_another_page(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_grid_max_depth").set_value("3, oops").run()
    at.number_input(key="new_folds").set_value(7).run()

    at.switch_page("app_pages/sweeps/page.py").run()
    at.switch_page("app_pages/new_sweep/page.py").run()

    assert at.text_input(key="new_grid_max_depth").value == "3, oops"
    assert at.number_input(key="new_folds").value == 7


def test_the_page_does_not_write_over_a_name_that_may_be_typed_just_then(dashboard):
    at = dashboard.open("new_sweep")
    at.get_by_key("new_library").set_value("lightgbm").run()

    name = at.text_input(key="new_name")
    assert name.placeholder == "LightGBM on Diabetes"
    assert not name.value
    assert not name.proto.set_value


def test_without_a_name_the_sweep_has_the_suggested_one(dashboard):
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()

    assert dashboard.store.summaries()[0].sweep.spec.name == "XGBoost on Diabetes"


@pytest.mark.parametrize("option", ["rounds_curve", "racing"])
def test_options_are_switches_that_are_off_at_first(dashboard, option):
    at = dashboard.open("new_sweep")
    assert at.toggle(key=f"new_{option}").value is False

    at.toggle(key=f"new_{option}").set_value(True).run()
    at.button(key="launch").click().run()

    spec = dashboard.store.summaries()[0].sweep.spec
    assert {name for name in ("rounds_curve", "racing") if getattr(spec, name)} == {option}


def test_many_trials_are_launched_only_after_confirmation(dashboard, tmp_path):
    dashboard.settings = DashboardSettings(home=tmp_path, confirm_trials_above=5)
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()
    assert "more than 5" in at.warning[0].value
    assert dashboard.store.summaries() == []

    at.button(key="confirm_launch").click().run()
    assert len(dashboard.store.summaries()) == 1


def test_a_confirmation_is_for_the_form_that_asked(dashboard, tmp_path):
    dashboard.settings = DashboardSettings(home=tmp_path, confirm_trials_above=5)
    at = dashboard.open("new_sweep")
    at.button(key="launch").click().run()
    at.number_input(key="new_folds").set_value(3).run()

    assert not at.warning


def test_a_broker_that_is_down_at_launch_loses_nothing(dashboard):
    at = dashboard.open("new_sweep")
    queue, dashboard.queue = dashboard.queue, Down("RabbitMQ")
    at.text_input(key="new_name").set_value("Mine").run()
    at.button(key="launch").click().run()
    assert at.error[0].proto.title == "RabbitMQ does not answer: nothing is lost"
    assert at.text_input(key="new_name").value == "Mine"

    dashboard.queue = queue
    at.button(key="launch").click().run()
    assert "is launched" in texts(at)


def test_an_outage_of_the_store_keeps_the_form(dashboard):
    at = dashboard.open("new_sweep")
    at.text_input(key="new_name").set_value("Mine").run()
    store, dashboard.store = dashboard.store, Down("MongoDB")
    at.run()
    assert at.error[0].proto.title == "MongoDB does not answer"

    dashboard.store = store
    at.run()
    assert not at.error
    assert at.text_input(key="new_name").value == "Mine"


def report_worker(dashboard, number, **versions):
    now = datetime.now(UTC)
    dashboard.store.report(
        WorkerReport(
            worker_id=f"worker-{number}",
            host="elsewhere",
            pid=number,
            started_at=now,
            reported_at=now,
            engines=1,
            threads=1,
            versions=versions,
        )
    )


def test_workers_with_another_version_are_told_of_before_the_launch(dashboard):
    report_worker(dashboard, 1, xgboost="0.9", lightgbm=installed_version(Library.LIGHTGBM))
    report_worker(dashboard, 2, xgboost=installed_version(Library.XGBOOST), lightgbm="0.8")
    at = dashboard.open("new_sweep")
    wanted = installed_version(Library.XGBOOST)
    assert f"Of 2 live workers 1 has XGBoost 0.9; a launch from here asks for {wanted}" in texts(at)
    assert not at.button(key="launch").disabled


def test_workers_with_the_same_version_are_no_news(dashboard):
    report_worker(dashboard, 1, xgboost=installed_version(Library.XGBOOST))
    assert "live worker" not in texts(dashboard.open("new_sweep"))
