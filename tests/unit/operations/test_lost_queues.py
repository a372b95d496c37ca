"""Which sweeps have lost their tasks with the broker's data."""

from __future__ import annotations

import pytest

from shared.errors import ServiceUnavailable
from shared.operations import lost_queue_sentence, lost_queues, resume, store_named
from shared.testing import InMemoryTaskQueue, make_outcome, make_spec, make_sweep, make_task


def saved(store, sweep_id="first-000001", **changes):
    sweep = make_sweep(sweep_id, **{"queued": True} | changes)
    store.save_sweep(sweep)
    return sweep


class Asked(InMemoryTaskQueue):
    """Notes what it is asked about; something may happen meanwhile."""

    def __init__(self, meanwhile=lambda: None):
        super().__init__()
        self.questions, self._meanwhile = [], meanwhile

    def status(self, addresses):
        self.questions.append(list(addresses))
        self._meanwhile()
        return super().status(addresses)


def test_only_running_sweeps_that_should_have_a_queue_are_asked_about_all_at_once(store):
    lost, kept = saved(store), saved(store, "second-000002")
    saved(store, "third-000003", queued=False)
    saved(store, "fourth-000004", published=False)
    saved(store, "fifth-000005", cancelled=True)
    queue = Asked()
    queue.publish(kept.address, [make_task()])

    assert lost_queues(store.summaries(), store, queue) == {lost.sweep_id}
    assert [set(each) for each in queue.questions] == [{lost.address, kept.address}]


def test_without_such_a_sweep_the_broker_is_not_asked(store):
    saved(store, published=False)
    queue = Asked()
    assert lost_queues(store.summaries(), store, queue) == frozenset()
    assert queue.questions == []


def test_a_sweep_that_ended_while_the_broker_was_asked_has_lost_nothing(store):
    sweep = saved(store, size=1)
    queue = Asked(lambda: store.record(sweep.sweep_id, [make_outcome(1)]))
    assert lost_queues(store.summaries(), store, queue) == frozenset()


def test_a_sweep_that_was_resumed_while_the_broker_was_asked_has_lost_nothing(store):
    sweep = saved(store)
    queue = Asked(lambda: store.save_sweep(sweep.model_copy(update={"epoch": 2})))
    assert lost_queues(store.summaries(), store, queue) == frozenset()


def test_a_broker_that_does_not_answer_is_the_callers_to_tell(store):
    def away():
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Start it.")

    saved(store)
    with pytest.raises(ServiceUnavailable):
        lost_queues(store.summaries(), store, Asked(away))


def test_the_sentence_counts_what_waits_nowhere(store):
    saved(store, size=2)
    [summary] = store.summaries()
    assert "so 2 trials wait nowhere: resume the sweep to publish them" in lost_queue_sentence(summary)
    store.record(summary.sweep.sweep_id, [make_outcome(1)])
    [summary] = store.summaries()
    assert "so 1 trial waits nowhere: resume the sweep to publish it." in lost_queue_sentence(summary)


def test_resume_gives_a_lost_sweep_a_queue_again(store):
    info = store_named("diabetes", store)
    spec = make_spec(dataset={"name": info.name, "target": "target", "task": "regression"})
    sweep = saved(store, spec=spec.with_dataset_hash(info.content_hash), size=4)
    queue = InMemoryTaskQueue()
    assert lost_queues(store.summaries(), store, queue) == {sweep.sweep_id}
    resume(sweep.sweep_id, store, queue)
    assert lost_queues(store.summaries(), store, queue) == frozenset()
    assert queue.status([store.sweep(sweep.sweep_id).address]).ready > 0
