"""The queue and the workers, in every state."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain import TASK_SCHEMA_VERSION
from shared.ports import Interruption, RunningTask, WorkerReport
from shared.testing import make_task
from tests.app.conftest import Down, texts

pytestmark = pytest.mark.slow


def worker(number: int = 1, running: tuple[RunningTask, ...] = (), **changes: object) -> WorkerReport:
    """Return the report of the worker that runs here as process 1000 + number."""
    now = datetime.now(UTC)
    report = WorkerReport(
        worker_id=f"host-{number}",
        host=socket.gethostname(),
        pid=1000 + number,
        started_at=now - timedelta(minutes=5),
        reported_at=now,
        engines=1,
        threads=1,
        running=running,
        task_version=TASK_SCHEMA_VERSION,
    )
    return report.model_copy(update=changes)


def busy() -> tuple[RunningTask, ...]:
    return (
        RunningTask(
            sweep_id="first-000001",
            trial_ids=("a", "b"),
            params={"n_estimators": 100},
            started_at=datetime.now(UTC) - timedelta(minutes=12),
            fold=2,
            folds=4,
            round=50,
            rounds=100,
        ),
    )


def metrics(at) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def test_without_a_worker_says_what_to_do(dashboard):
    at = dashboard.open("cluster")

    assert "No worker is running" in at.info[0].value
    assert at.get("slider")


def test_counts_the_queue_and_warns_when_nobody_takes_tasks(dashboard):
    sweep = dashboard.queued_sweep()
    consumer = dashboard.queue.consume()
    consumer.take([sweep.address])
    dashboard.store.report(worker(versions={"xgboost": sweep.library_version}))
    at = dashboard.open("cluster")
    assert metrics(at)["Waiting tasks"] == "2"
    assert metrics(at)["Unacknowledged"] == "1"
    assert metrics(at)["Workers taking tasks"] == "1"
    assert not at.warning

    consumer.close()
    dashboard.store.forget_worker("host-1")
    at.run()
    assert "3 tasks waiting and no worker" in at.warning[0].value


def test_shows_what_each_engine_does_and_for_how_long(dashboard):
    dashboard.cluster.desired = 2
    dashboard.store.report(worker(1, running=busy(), trials_done=7))
    at = dashboard.open("cluster")

    assert at.progress[0].text.startswith("fold 2 of 4 · for 1")
    assert at.progress[0].text.endswith("(2 trials in this task)")
    assert at.progress[0].value == 37
    assert "first-000001 · n_estimators=100" in texts(at)
    assert "7 trials done" in texts(at)
    assert "Has not reported yet" in texts(at)


def test_a_task_about_one_fold_is_as_far_as_that_fold(dashboard):
    task = busy()[0].model_copy(update={"only_fold": 3, "fold": 4, "round": 25})
    dashboard.store.report(worker(1, running=(task,)))
    at = dashboard.open("cluster")

    assert at.progress[0].text.startswith("only fold 4 of 4 · for 1")
    assert at.progress[0].value == 25


def test_shows_workers_that_run_elsewhere(dashboard):
    dashboard.store.report(worker(5, host="another", stopping=True))
    at = dashboard.open("cluster")

    assert "**host-5**" in texts(at)
    assert "Idle" in texts(at)
    assert "stopping" in texts(at)


def test_a_worker_that_lost_its_subscription_says_when_and_why(dashboard):
    lost = Interruption(reason="the broker cancelled the consumer", at=datetime.now(UTC) - timedelta(minutes=3))
    dashboard.store.report(worker(interruption=lost))
    at = dashboard.open("cluster")
    assert "Lost its subscription to the queue 3 min ago: the broker cancelled the consumer" in texts(at)


def test_what_a_worker_recorded_before_it_left_counts_in_the_rate(dashboard, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("dashboard.app_pages.cluster.recording_rate.time.monotonic", lambda: now)
    dashboard.store.report(worker(1, trials_done=7))
    at = dashboard.open("cluster")
    now = 1020.0
    dashboard.store.report(worker(1, trials_done=17))
    at.run()
    now = 1030.0
    dashboard.store.forget_worker("host-1")
    at.run()
    assert metrics(at)["Trials a minute"] == "20.0"


def test_the_slider_asks_before_it_starts_workers(dashboard):
    at = dashboard.open("cluster")
    at.slider[0].set_value(3).run()
    assert dashboard.cluster.desired == 0

    at.button(key="apply_workers").click().run()

    assert dashboard.cluster.desired == 3
    assert at.slider[0].value == 3


def test_before_scaling_down_it_says_who_is_busy(dashboard):
    dashboard.cluster.desired = 3
    for number in (1, 2):
        dashboard.store.report(worker(number, running=busy()))
    at = dashboard.open("cluster")
    at.slider[0].set_value(1).run()

    assert "2 of these 3 workers busy, 1 idle" in texts(at)
    assert "1 busy one will finish or hand back" in texts(at)
    assert at.button(key="apply_workers").label == "Stop 2"


def test_workers_of_another_machine_do_not_count_as_busy_ones_of_this(dashboard):
    dashboard.cluster.desired = 2
    for number in (1, 2, 3):  # with the same process ids, as happens
        dashboard.store.report(worker(number, running=busy(), host="another"))
    at = dashboard.open("cluster")
    assert texts(at).count("Has not reported yet") == 2
    at.slider[0].set_value(0).run()

    assert "0 of these 2 workers busy, 2 idle. Idle ones stop first." in texts(at)


def test_where_nothing_can_be_scaled_it_says_why(dashboard):
    dashboard.cluster.read_only = "This dashboard starts no workers of its own."
    at = dashboard.open("cluster")

    assert not at.get("slider")
    assert "starts no workers of its own" in texts(at)


def test_a_refusal_is_shown(dashboard):
    at = dashboard.open("cluster")
    at.slider[0].set_value(2).run()
    dashboard.cluster.read_only = "patch deployments/scale is missing"
    at.button(key="apply_workers").click().run()

    assert "patch deployments/scale is missing" in texts(at)
    assert dashboard.cluster.desired == 0


def test_dead_letters_are_listed_with_their_reason_and_discarded(dashboard):
    dashboard.queue.put(make_task().address, b"not a task")
    dashboard.queue.consume().take([make_task().address])
    at = dashboard.open("cluster")
    assert metrics(at)["Dead letters"] == "1"
    assert at.dataframe[0].value["message"].tolist() == ["not a task"]

    at.button(key="discard").click().run()

    assert dashboard.queue.status([]).dead == 0
    (audit,) = at.dataframe  # the letters are gone, and who discarded them stands there
    assert audit.value[["who", "what", "before", "after"]].values.tolist() == [
        ["dashboard", "discard dead letters", "1", "0"]
    ]


def test_logs_of_a_worker(dashboard):
    dashboard.cluster.desired = 1
    dashboard.cluster.written = {"worker-1": "took a task\n"}
    at = dashboard.open("cluster", logs_open=True)

    assert at.code[0].value == "took a task"


def test_a_broker_that_is_down_is_named_and_comes_back(dashboard):
    queue, dashboard.queue = dashboard.queue, Down("RabbitMQ")
    at = dashboard.open("cluster")
    assert at.error[0].proto.title == "RabbitMQ does not answer"

    dashboard.queue = queue
    at.run()
    assert not at.error
    assert metrics(at)["Waiting tasks"] == "0"
