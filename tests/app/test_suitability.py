"""What the pages say where no live worker can evaluate a sweep, and of workers that are sick."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.app_pages.cluster import worker_cards
from shared.domain import TASK_SCHEMA_VERSION, Sweep
from shared.ports import Sickness, WorkerReport
from tests.app.conftest import Dashboard, save_sweep, texts

pytestmark = pytest.mark.slow

SWEEP = {"sweep": "first-000001"}


def sick() -> Sickness:
    return Sickness(reason="the disk is full", since=datetime.now(UTC) - timedelta(minutes=12))


@pytest.fixture
def sweep(dashboard: Dashboard):
    """A sweep that waits in its queue."""
    sweep = save_sweep(dashboard, SWEEP["sweep"])
    return dashboard.queued_sweep(
        spec=sweep.spec, size=sweep.size, library_version=sweep.library_version, created_at=sweep.created_at
    )


def report(dashboard: Dashboard, version: str, number: int = 1, **changes: object) -> None:
    now = datetime.now(UTC)
    worker = WorkerReport(
        worker_id=f"w{number}",
        host="another",
        pid=number,
        started_at=now,
        reported_at=now,
        engines=1,
        threads=1,
        versions={"xgboost": version},
        task_version=TASK_SCHEMA_VERSION,
    )
    dashboard.store.report(worker.model_copy(update=changes))


PAGES = pytest.mark.parametrize(
    ("page", "query", "key"),
    [("sweeps", None, f"anew_{SWEEP['sweep']}"), ("results", SWEEP, "launch_anew")],
    ids=["sweeps", "results"],
)


@PAGES
def test_where_the_workers_have_another_version_it_can_be_launched_anew(dashboard, sweep, page, query, key):
    report(dashboard, "1.0.0")
    at = dashboard.open(page, query)
    assert f"it needs XGBoost {sweep.library_version}" in texts(at).replace("\\", "")
    at.button(key=key).click().run()
    assert not at.exception
    assert at.text_input(key="new_name").value == f"{sweep.spec.name} (copy)"


@PAGES
def test_a_sick_worker_is_told_and_nothing_to_launch_anew_is_offered(dashboard, sweep, page, query, key):
    report(dashboard, sweep.library_version, sickness=sick())
    at = dashboard.open(page, query)
    assert "1 worker: sick, the disk is full" in texts(at).replace("\\", "")
    assert not [button for button in at.button if button.key == key]


@PAGES
def test_nothing_is_said_where_a_worker_can_do_it(dashboard, sweep, page, query, key):
    report(dashboard, "1.0.0")
    report(dashboard, sweep.library_version, number=2)
    assert "can evaluate it" not in texts(dashboard.open(page, query))


@PAGES
def test_a_sweep_of_an_earlier_version_can_be_resumed(dashboard, sweep, page, query, key):
    dashboard.store.save_sweep(sweep.model_copy(update={"queued": False, "task_version": 2}))
    report(dashboard, sweep.library_version)
    at = dashboard.open(page, query)
    assert "A version before this one launched it." in texts(at)
    at.button(key=f"{key}_resume").click().run()
    at.button(key="confirm_resume").click().run()
    assert not at.exception
    resumed = dashboard.store.sweep(sweep.sweep_id)
    assert (resumed.queued, resumed.epoch, resumed.task_version) == (True, 2, TASK_SCHEMA_VERSION)
    assert "A version before this one" not in texts(at)


def test_the_cluster_page_names_the_sweeps_that_nobody_can_evaluate(dashboard, sweep):
    report(dashboard, "1.0.0")
    at = dashboard.open("cluster")
    (warning,) = at.warning
    assert warning.proto.title == "No live worker can evaluate these sweeps"
    assert warning.value == f"- first-000001 needs XGBoost {sweep.library_version}"
    report(dashboard, sweep.library_version, number=2)
    at.run()
    assert not at.warning


def test_of_many_such_sweeps_the_cluster_page_counts_the_rest(dashboard):
    for number in range(8):
        dashboard.queued_sweep(f"sweep-{number}", tasks=1, library_version="3.2.0")
    report(dashboard, "1.0.0")
    assert dashboard.open("cluster").warning[0].value.splitlines()[5:] == ["- and 3 more"]


def test_a_sick_worker_says_on_its_card_since_when_and_why(dashboard, sweep):
    report(dashboard, sweep.library_version, sickness=sick(), refused={"other-000002": "its table is damaged"})
    at = dashboard.open("cluster")
    said = texts(at)
    assert re.search("Sick for 12 min( [0-9]+ s)?, and takes no tasks until it is well: the disk is full", said)
    assert "Cannot do other-000002: its table is damaged" in said
    assert "Idle" not in said
    assert {each.label: each.value for each in at.metric}["Workers taking tasks"] == "0"
    assert [each.value for each in at.warning] == ["3 tasks waiting and no worker to take them."]


def test_in_a_table_of_many_the_sick_one_comes_first(dashboard, sweep, monkeypatch):
    monkeypatch.setattr(worker_cards, "MOST_CARDS", 1)
    report(dashboard, sweep.library_version, number=1)
    report(dashboard, sweep.library_version, number=2, sickness=sick())
    table = dashboard.open("cluster").dataframe[0].value
    assert table["worker"].tolist() == ["w2", "w1"]
    assert table["works on"].tolist() == ["sick", "idle"]
    assert table["why"].tolist() == ["the disk is full", ""]


def mute(dashboard: Dashboard, sweep: Sweep) -> None:
    report(dashboard, sweep.library_version, mute=(sweep.address,))


@pytest.mark.parametrize(("page", "key"), [("results", "resume"), ("sweeps", f"resume_{SWEEP['sweep']}")])
def test_a_queue_that_does_not_answer_is_said_and_replaced_there(
    dashboard: Dashboard, sweep: Sweep, page: str, key: str
) -> None:
    at = dashboard.open(page, SWEEP)
    assert "does not answer" not in texts(at)
    mute(dashboard, sweep)
    at = dashboard.open(page, SWEEP)
    assert "Its queue does not answer, while the broker does" in texts(at)
    assert "interrupted" not in texts(at)

    at.button(key=key).click().run()
    at.button(key="confirm_resume").click().run()

    assert not at.exception
    assert dashboard.store.sweep(sweep.sweep_id).epoch == sweep.epoch + 1
    assert "does not answer" not in texts(at)


def test_the_cluster_page_names_the_sweeps_whose_queue_does_not_answer(dashboard: Dashboard, sweep: Sweep) -> None:
    mute(dashboard, sweep)
    (warning,) = [each.value for each in dashboard.open("cluster").warning if "does not answer" in each.value]
    assert f"{sweep.sweep_id}: Its queue does not answer, while the broker does" in warning.replace("\\", "")
    report(dashboard, sweep.library_version)
    assert not [each for each in dashboard.open("cluster").warning if "does not answer" in each.value]
