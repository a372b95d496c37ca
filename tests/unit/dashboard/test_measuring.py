"""What the dashboard tells a scraper."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.measuring import Measuring
from shared.domain import ErrorCause, TaskAddress
from shared.errors import ServiceUnavailable
from shared.ports import WorkerReport
from shared.testing import InMemoryStore, InMemoryTaskQueue, make_outcome, make_sweep, make_task


def away():
    raise ServiceUnavailable("RabbitMQ", "connection refused", "Start it.")


@pytest.fixture
def store():
    store = InMemoryStore()
    going, gone = make_sweep("a-000001", size=4, queued=True), make_sweep("b-000002", size=3, cancelled=True)
    store.save_sweep(going)
    store.save_sweep(gone)
    store.record(going.sweep_id, [make_outcome(1), make_outcome(2, failed=ErrorCause.TIMEOUT)])
    return store


def figures(measuring):
    return {each.name: dict(each.values) for each in measuring.measures()}


def test_trials_sweeps_and_queues_as_the_pages_have_them(store):
    queue = InMemoryTaskQueue()
    queue.publish(store.sweep("a-000001").address, [make_task(number) for number in range(2)])
    found = figures(Measuring(lambda: store, lambda: queue))
    assert found["boostgrid_trials"] == {"succeeded": 1, "failed": 1, "dropped": 0, "open": 2, "cancelled": 3}
    assert found["boostgrid_sweeps"] == {"launching": 0, "running": 1, "finished": 0, "cancelled": 1}
    assert found["boostgrid_queue_ready_tasks"] == {"": 2}
    assert found["boostgrid_queues_missing"] == {"": 0}
    assert found["boostgrid_unsettled_tasks"] == {"": 0}
    assert found["boostgrid_service_up"] == {"store": 1, "queue": 1}
    assert found["boostgrid_dashboard_memory_bytes"][""] > 10 * 2**20


def test_queues_that_do_not_answer_are_counted(store):
    now, address = datetime.now(UTC), store.sweep("a-000001").address
    found = figures(Measuring(lambda: store, away))
    assert (found["boostgrid_queues_mute"], found["boostgrid_queues_left"]) == ({"": 0}, {"": 0})
    for name in ("w1", "w2"):
        worker = WorkerReport(worker_id=name, host="h", pid=1, started_at=now, reported_at=now, engines=1, threads=1)
        store.report(worker.model_copy(update={"mute": (address,)}))
    store.leave_queue(TaskAddress(sweep_id="gone-000003", epoch=1))
    found = figures(Measuring(lambda: store, away))
    assert (found["boostgrid_queues_mute"], found["boostgrid_queues_left"]) == ({"": 1}, {"": 1})


def test_a_service_that_is_away_is_a_figure_and_takes_only_its_own_along(store):
    without_queue = figures(Measuring(lambda: store, away))
    assert without_queue["boostgrid_service_up"] == {"store": 1, "queue": 0}
    assert "boostgrid_trials" in without_queue
    assert "boostgrid_queue_ready_tasks" not in without_queue


def test_a_queue_that_could_not_be_asked_is_not_said_to_be_away():
    assert figures(Measuring(away, InMemoryTaskQueue))["boostgrid_service_up"] == {"store": 0, "queue": 1}
    assert figures(Measuring(away, away))["boostgrid_service_up"] == {"store": 0, "queue": 0}


def test_however_often_it_is_scraped_the_services_are_asked_once_in_a_while(store):
    asked = []
    measuring = Measuring(lambda: asked.append(1) or store, away)
    assert measuring.measures() is measuring.measures()
    assert asked == [1]
