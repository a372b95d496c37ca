"""Calls that a worker that leaves does not wait for."""

import threading

import pytest

from shared.errors import ServiceUnavailable, SweepNotFound
from shared.testing import InMemoryStore, InMemoryTaskQueue
from worker.parent.impatience import impatient


class Stuck(InMemoryStore):
    """A store that keeps its callers until ``gate`` is open."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Event()
        self.calls = []

    def queued_sweeps(self):
        self.calls.append("queued_sweeps")
        assert self.gate.wait(60)
        return ["answered"]

    def workers(self):
        self.calls.append("workers")
        return []


def test_calls_give_and_raise_what_the_service_does():
    store = impatient(InMemoryStore(), "The store", lambda: False, 0.1)
    assert store.workers() == []
    with pytest.raises(SweepNotFound):
        store.sweep("none")


def test_a_call_is_left_once_the_worker_is_to_stop_and_nothing_else_is_tried_until_it_returns():
    stuck = Stuck()
    store = impatient(stuck, "The store", lambda: True, 0.2)
    for call in (store.queued_sweeps, store.workers, store.queued_sweeps, store.workers):
        with pytest.raises(ServiceUnavailable, match="does not answer"):
            call()
    assert stuck.calls == ["queued_sweeps"]
    stuck.gate.set()
    assert store.queued_sweeps() == ["answered"]
    assert store.workers() == []
    assert stuck.calls == ["queued_sweeps", "workers"]


def test_a_call_is_waited_for_while_nobody_asks_the_worker_to_stop():
    stuck = Stuck()
    threading.Timer(0.5, stuck.gate.set).start()
    assert impatient(stuck, "The store", lambda: False, 0.1).queued_sweeps() == ["answered"]


def test_a_consumer_of_an_impatient_queue_is_impatient_too_but_for_what_it_answers_of_itself():
    queue = InMemoryTaskQueue()
    consumer = impatient(queue, "The queue", lambda: True, 0.2).consume()
    assert consumer.take([]) is None
    assert consumer.interruption() is None
    consumer.close()
