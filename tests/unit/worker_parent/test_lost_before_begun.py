"""What a worker must not begin: tasks that another has meanwhile, and those of a sweep that it cannot read."""

from __future__ import annotations

import threading

from shared.errors import UnreadableRecord
from shared.ports import Delivery
from tests.support.worker_bench import wait_for
from worker.parent.assignment import Assignment
from worker.parent.intake import Hold, Intake


def test_a_task_that_was_lost_while_the_store_was_waited_for_is_left_to_whoever_has_it(bench, monkeypatch):
    b = bench()
    sweep = b.sweep()
    b.task(sweep)
    other, adopt, taken = b.queue.consume(), b.store.adopt, []

    def slow(*arguments):
        b.queue.lose_deliveries()
        taken.append(other.take(list(b.addresses)))
        return adopt(*arguments)

    monkeypatch.setattr(b.store, "adopt", slow)
    b.until(lambda: taken)
    monkeypatch.setattr(b.store, "adopt", adopt)
    for _ in range(50):
        b.pass_time(0.1)
    assert b.requests == []
    assert b.status().unacknowledged == 1  # the other's
    assert other.requeue(taken[0])
    b.now += 5
    b.until_settled()
    assert len(b.requests) == 1


def test_the_reports_of_others_are_read_anew_for_a_task_that_was_handed_out_before(bench):
    b = bench()
    sweep = b.sweep()
    tasks = [b.task(sweep, key) for key in range(2)]

    def given(task, *, redelivered):
        return Delivery(task=task, address=task.address, token="1", redelivered=redelivered)

    intake = Intake(b.store, lambda call, *arguments: call(*arguments), "me", lambda: b.now)
    assert isinstance(intake.decide(given(tasks[0], redelivered=False), ()), Assignment)
    b.other_worker_runs(tasks[1].trials[0].trial_id)
    assert isinstance(intake.decide(given(tasks[1], redelivered=True), ()), Hold)


def test_the_first_task_is_reported_at_once(bench):
    gate = threading.Event()
    b = bench(evaluate=wait_for(gate))
    task = b.task(b.sweep())
    started = b.now
    b.worker.step()
    b.until(lambda: b.requests)
    b.now = started  # within the first second
    b.worker.step()
    (report,) = b.store.workers()
    gate.set()
    assert [each.trial_ids for each in report.running] == [(task.trials[0].trial_id,)]


def test_what_an_idle_worker_begins_is_reported_at_once(bench):
    gate = threading.Event()
    gate.set()
    b = bench(evaluate=wait_for(gate))
    sweep = b.sweep()
    b.task(sweep, 0)
    b.until_settled()
    for _ in range(30):
        b.pass_time(0.3)
    gate.clear()
    second = b.task(sweep, 1)
    started = b.now
    b.until(lambda: len(b.requests) == 2)
    assert b.now < started + 1
    b.worker.step()
    (report,) = b.store.workers()
    gate.set()
    assert [each.trial_ids for each in report.running] == [(second.trials[0].trial_id,)]


def test_tasks_of_a_sweep_that_a_newer_version_wrote_are_given_back_and_block_nothing(bench, monkeypatch):
    b = bench()
    newer, known = b.sweep("newer", priority="high"), b.sweep("known", size=1)
    b.task(newer)
    b.task(known, 1)
    read, summaries = b.store.sweep, b.store.summaries

    def refuse(sweep_id):
        if sweep_id == "newer":
            raise UnreadableRecord("Sweep", "spec.metrics.1: Input should be 'rmse'")
        return read(sweep_id)

    def refuse_too(sweep_ids=None):
        return [refuse(each.sweep.sweep_id) and each for each in summaries(sweep_ids)]

    monkeypatch.setattr(b.store, "sweep", refuse)
    monkeypatch.setattr(b.store, "summaries", refuse_too)
    b.until(lambda: b.outcomes(known))
    b.pass_time(5)
    assert b.status().ready_by_sweep["newer"] == 1
    (report,) = b.store.workers()
    assert "newer" in report.refused
    assert report.sickness is None
    b.until(lambda: [each.sweep_id for each in b.store.queued_sweeps()] == ["newer"])
