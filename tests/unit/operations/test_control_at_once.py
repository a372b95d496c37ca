"""What two people do to one sweep at the same moment."""

from __future__ import annotations

import pytest

from shared import operations
from shared.errors import SweepNotFound
from shared.operations import launching
from shared.testing import InMemoryStore
from tests.support.launched import diabetes_spec, drain


@pytest.mark.parametrize("stop", [operations.cancel, operations.delete])
def test_sweep_stopped_while_it_is_launched_publishes_no_more(store, queue, monkeypatch, stop):
    monkeypatch.setattr(launching, "_BATCH", 1)

    def stop_after_the_first(done, total):
        if done == 1:
            stop(store.summaries()[0].sweep.sweep_id, store, queue)

    if stop is operations.cancel:
        sweep = operations.launch(diabetes_spec(), store, queue, stop_after_the_first)
        assert (sweep.cancelled, sweep.published) == (True, False)
    else:
        with pytest.raises(SweepNotFound):
            operations.launch(diabetes_spec(), store, queue, stop_after_the_first)
        assert store.summaries() == []
    assert queue.addresses() == []


class MeddlingStore(InMemoryStore):
    """Lets somebody else change the sweep right before its next change."""

    def __init__(self, meddle):
        super().__init__()
        self.meddle = meddle

    def change_sweep(self, before, after):
        meddle, self.meddle = self.meddle, None
        if meddle:
            meddle(before.sweep_id, self)
        return super().change_sweep(before, after)


def test_a_cancel_at_the_very_end_of_a_launch_is_not_lost(queue):
    store = MeddlingStore(lambda sweep_id, store: operations.cancel(sweep_id, store, queue))
    sweep = operations.launch(diabetes_spec(), store, queue)
    assert store.sweep(sweep.sweep_id) == sweep
    assert (sweep.cancelled, sweep.published) == (True, False)


def test_a_delete_at_the_very_end_of_a_launch_stays_a_delete(queue):
    store = MeddlingStore(lambda sweep_id, store: operations.delete(sweep_id, store, queue))
    with pytest.raises(SweepNotFound):
        operations.launch(diabetes_spec(), store, queue)
    assert store.summaries() == []


def test_a_cancel_beside_a_resume_cancels_what_was_resumed(queue):
    store = MeddlingStore(None)
    sweep = operations.launch(diabetes_spec(), store, queue)
    store.meddle = lambda sweep_id, store: operations.resume(sweep_id, store, queue)
    assert operations.cancel(sweep.sweep_id, store, queue).epoch == 2
    assert store.sweep(sweep.sweep_id).cancelled


def test_of_two_resumes_at_once_one_publishes_under_each_epoch(queue):
    store = MeddlingStore(None)
    sweep = operations.launch(diabetes_spec(), store, queue)
    drain(queue)
    store.meddle = lambda sweep_id, store: operations.resume(sweep_id, store, queue)
    assert operations.resume(sweep.sweep_id, store, queue).epoch == 3
    assert [task.epoch for task in drain(queue)] == [3, 3, 3]  # the queue of epoch 2 went as it was overtaken
