"""Which sweeps wait for a queue that does not answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.domain import TaskAddress
from shared.operations import mute_queue_sentence, mute_queues
from shared.ports import WorkerReport
from shared.testing import make_outcome, make_sweep


def worker(*mute):
    now = datetime.now(UTC)
    return WorkerReport(
        worker_id="w", host="h", pid=1, started_at=now, reported_at=now, engines=1, threads=1, mute=tuple(mute)
    )


@pytest.fixture
def sweep(store):
    sweep = make_sweep("first-000001", queued=True, published=True, size=2)
    store.save_sweep(sweep)
    return sweep


def test_a_sweep_is_mute_whose_queue_some_worker_reports(store, sweep):
    store.save_sweep(make_sweep("second-000002", queued=True))
    assert mute_queues(store.summaries(), [worker()]) == frozenset()
    assert mute_queues(store.summaries(), [worker(), worker(sweep.address)]) == {sweep.sweep_id}


def test_a_resumed_sweep_is_not_mute_for_the_queue_that_it_had(store, sweep):
    store.save_sweep(sweep.model_copy(update={"epoch": 2}))
    assert mute_queues(store.summaries(), [worker(TaskAddress(sweep_id=sweep.sweep_id, epoch=1))]) == frozenset()


@pytest.mark.parametrize("change", [{"cancelled": True}, {"queued": False}], ids=str)
def test_one_that_does_not_go_on_is_not_mute(store, sweep, change):
    store.save_sweep(sweep.model_copy(update=change))
    assert mute_queues(store.summaries(), [worker(sweep.address)]) == frozenset()


def test_the_sentence_says_what_is_wrong_and_what_helps(store, sweep):
    (summary,) = store.summaries()
    sentence = mute_queue_sentence(summary)
    assert "does not answer, while the broker does, so 2 trials wait: resume the sweep to give them a new" in sentence
    store.record(sweep.sweep_id, [make_outcome(1)])
    (summary,) = store.summaries()
    assert "so 1 trial waits: resume the sweep to give it a new queue." in mute_queue_sentence(summary)
