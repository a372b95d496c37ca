"""Which launches count as interrupted, and where a resume makes sense."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.app_pages.common.publishing import Publishing
from dashboard.app_pages.common.task_location import TaskLocation, is_interrupted
from shared.ports import RunningTask, WorkerReport
from shared.testing import InMemoryTaskQueue, make_sweep, make_task
from tests.app.conftest import Dashboard, Down

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def launching(dashboard: Dashboard, sweep_id: str = "first-000001", **changes: object):
    """Return the summary of a sweep whose publication has not ended."""
    dashboard.store.save_sweep(make_sweep(sweep_id, published=False, **changes))
    return dashboard.store.summaries([sweep_id])[0]


def running(dashboard: Dashboard, sweep_id: str = "first-000001", **changes: object):
    dashboard.store.save_sweep(make_sweep(sweep_id, **changes))
    return dashboard.store.summaries([sweep_id])[0]


def worker_at(sweep_id: str) -> WorkerReport:
    task = RunningTask(sweep_id=sweep_id, trial_ids=("a",), params={}, started_at=NOW, folds=3)
    return WorkerReport(
        worker_id="w", host="h", pid=1, started_at=NOW, reported_at=NOW, engines=1, threads=1, running=(task,)
    )


@pytest.fixture
def publishing_here():
    """A publication that goes on in this process for as long as the test."""
    end = threading.Event()

    def publish(show):
        assert end.wait(30)
        return make_sweep()

    publishing = Publishing(publish)
    yield publishing
    end.set()
    publishing.result()


def test_a_launch_has_more_time_the_larger_its_grid_is(dashboard):
    assert is_interrupted(launching(dashboard, created_at=NOW - HOUR), NOW)
    assert not is_interrupted(launching(dashboard, created_at=NOW), NOW)
    assert not is_interrupted(launching(dashboard, created_at=NOW - HOUR, size=10_000_000), NOW)


def test_what_was_published_or_cancelled_is_not_interrupted(dashboard):
    assert not is_interrupted(running(dashboard), NOW)
    assert not is_interrupted(launching(dashboard, cancelled=True), NOW)


def test_a_resume_counts_from_when_it_is_first_seen(dashboard):
    resumed = launching(dashboard, epoch=2)
    assert not is_interrupted(resumed, NOW)
    assert is_interrupted(resumed, NOW + HOUR)
    assert not is_interrupted(launching(dashboard, epoch=3), NOW + HOUR)


def test_while_this_process_publishes_no_launch_is_called_interrupted(dashboard, publishing_here):
    summary = launching(dashboard)
    assert not is_interrupted(summary, NOW)
    assert not TaskLocation().may_lack_tasks(summary)


def test_a_launch_that_nobody_here_publishes_can_be_resumed(dashboard):
    assert TaskLocation().may_lack_tasks(launching(dashboard, created_at=NOW))


def test_a_sweep_whose_tasks_are_queued_lacks_none_until_the_queue_is_lost(dashboard):
    summary = running(dashboard, queued=True)
    address = summary.sweep.address
    dashboard.queue.publish(address, [make_task()])
    assert not TaskLocation().may_lack_tasks(summary)

    consumer = dashboard.queue.consume()
    delivery = consumer.take([address])
    assert not TaskLocation().may_lack_tasks(summary)

    consumer.acknowledge(delivery)
    assert TaskLocation().may_lack_tasks(summary)


def test_a_queue_that_does_not_answer_makes_a_resume_sensible_whatever_it_counts(dashboard):
    summary = running(dashboard, queued=True)
    dashboard.queue.publish(summary.sweep.address, [make_task()])
    dashboard.store.report(worker_at("second-000002").model_copy(update={"mute": (summary.sweep.address,)}))
    assert TaskLocation().is_mute(summary)
    assert TaskLocation().may_lack_tasks(summary)


def test_another_sweeps_tasks_do_not_hide_the_resume(dashboard):
    first, second = running(dashboard, queued=True), running(dashboard, "second-000002", queued=True)
    dashboard.queue.publish(second.sweep.address, [make_task(sweep_id="second-000002")])

    assert TaskLocation().may_lack_tasks(first)
    assert not TaskLocation().may_lack_tasks(second)


def test_a_sweep_from_before_each_had_a_queue_can_be_resumed(dashboard):
    assert TaskLocation().may_lack_tasks(running(dashboard, queued=False))


def test_a_sweep_that_a_worker_is_at_lacks_none(dashboard):
    summary, waiting = running(dashboard), running(dashboard, "second-000002")
    dashboard.store.report(worker_at("first-000001"))

    assert not TaskLocation().may_lack_tasks(summary)
    assert TaskLocation().may_lack_tasks(waiting)


def test_without_an_answer_of_the_queue_a_resume_is_offered(dashboard):
    dashboard.queue = Down("RabbitMQ")
    assert TaskLocation().may_lack_tasks(running(dashboard, queued=True))


def test_a_queue_that_is_gone_is_lost_until_a_worker_is_at_the_sweep(dashboard):
    summary = running(dashboard, queued=True)
    assert TaskLocation().is_lost(summary)
    dashboard.store.report(worker_at("first-000001"))
    assert not TaskLocation().is_lost(summary)


def test_no_queue_is_called_lost_that_is_there_or_is_not_to_be(dashboard):
    dashboard.queue.publish(make_sweep("first-000001").address, [])
    assert not TaskLocation().is_lost(running(dashboard, queued=True))  # empty, and there
    assert not TaskLocation().is_lost(running(dashboard, "second-000002", queued=False))
    assert not TaskLocation().is_lost(launching(dashboard, "third-000003", queued=True))
    assert not TaskLocation().is_lost(running(dashboard, "fourth-000004", queued=True, cancelled=True))


def test_a_queue_is_not_called_lost_while_the_broker_does_not_answer_and_is_asked_once(dashboard):
    dashboard.queue = Down("RabbitMQ")
    location = TaskLocation()
    assert not location.is_lost(running(dashboard, queued=True))
    dashboard.queue = InMemoryTaskQueue()
    assert not location.is_lost(running(dashboard, queued=True))
    assert TaskLocation().is_lost(running(dashboard, queued=True))


def test_a_cancelled_sweep_can_be_resumed(dashboard):
    assert TaskLocation().may_lack_tasks(running(dashboard, cancelled=True))
