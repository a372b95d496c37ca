"""What every Store guarantees of the sweeps that have a queue, over all three adapters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SerializerFunctionWrapHandler, model_serializer

from shared.catalog import Library
from shared.domain import Priority, QueuedSweep, Sweep
from shared.ports import Store
from shared.testing import InMemoryStore, make_spec, make_sweep
from tests.support.stores import T0, A, B


def test_only_sweeps_with_a_queue_are_listed_the_oldest_first(store: Store) -> None:
    late = make_sweep("late", created_at=T0 + timedelta(days=2), queued=True, priority="high", task_version=3)
    early = make_sweep("early", created_at=T0, queued=True, cancelled=True, epoch=4)
    for sweep in (late, early, make_sweep("ended", created_at=T0 + timedelta(days=1))):
        store.save_sweep(sweep)
    assert store.queued_sweeps() == [QueuedSweep.of(early), QueuedSweep.of(late)]


def test_it_says_what_a_worker_must_know(store: Store) -> None:
    spec = make_spec(library="lightgbm", param_grid={"num_leaves": [7]})
    store.save_sweep(make_sweep("one", spec=spec, library_version="4.6.0", queued=True, priority="low"))
    (found,) = store.queued_sweeps()
    assert (found.sweep_id, found.epoch, found.library_version) == ("one", 1, "4.6.0")
    assert (found.library, found.priority, found.cancelled) == (Library.LIGHTGBM, Priority.LOW, False)


def test_a_sweep_leaves_the_list_with_its_queue_and_comes_back_with_another(store: Store) -> None:
    stored = store.sweep(A)
    queued = stored.model_copy(update={"queued": True, "epoch": 2, "task_version": 7})
    assert store.change_sweep(stored, queued)
    assert [(each.sweep_id, each.epoch, each.task_version) for each in store.queued_sweeps()] == [(A, 2, 7)]
    assert not store.change_sweep(stored, stored.model_copy(update={"cancelled": True}))
    ended = queued.model_copy(update={"queued": False})
    assert store.change_sweep(queued, ended)
    assert store.queued_sweeps() == []
    assert store.sweep(A) == ended


def test_a_deleted_sweep_leaves_the_list(store: Store) -> None:
    store.save_sweep(make_sweep("gone", queued=True))
    store.delete_sweep("gone")
    assert store.queued_sweeps() == []


@pytest.mark.parametrize("change", [{"queued": True}, {"task_version": 9}], ids=str)
def test_of_two_changes_of_the_queue_the_first_stands(store: Store, change: dict[str, object]) -> None:
    before = store.sweep(B)
    after = before.model_copy(update=change)
    assert store.change_sweep(before, after)
    assert not store.change_sweep(before, before.model_copy(update={"epoch": 7}))
    assert store.sweep(B) == after


class OlderSweep(Sweep):
    """A sweep as it was written before queues were noted."""

    @model_serializer(mode="wrap")
    def _without(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        unknown = {"queued", "priority", "task_version"}
        return {name: value for name, value in serialize(self).items() if name not in unknown}


def test_a_sweep_from_before_queues_were_noted_is_read_and_changed(store: Store) -> None:
    store.save_sweep(OlderSweep.model_construct(**dict(make_sweep(A))))
    found = store.sweep(A)
    assert (found.queued, found.priority, found.task_version) == (False, Priority.NORMAL, 2)
    assert store.queued_sweeps() == []
    cancelled = found.model_copy(update={"cancelled": True})
    assert store.change_sweep(found, cancelled)
    assert store.sweep(A).cancelled


def test_one_from_before_queues_were_noted_is_listed_once_it_has_one(store: Store) -> None:
    store.save_sweep(OlderSweep.model_construct(**dict(make_sweep(A, cancelled=True))))
    found = store.sweep(A)
    resumed = {"epoch": 2, "cancelled": False, "published": False, "queued": True, "task_version": 3}
    assert store.change_sweep(found, found.model_copy(update=resumed))
    assert store.queued_sweeps() == [QueuedSweep.of(store.sweep(A))]


class SweepOfANewerVersion(Sweep):
    """A sweep with a priority that this version does not know."""

    @model_serializer(mode="wrap")
    def _with(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return serialize(self) | {"priority": "before all others"}


def test_one_that_only_a_newer_version_can_read_does_not_hide_the_others(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    if isinstance(store, InMemoryStore):
        pytest.skip("keeps the very records")
    store.save_sweep(SweepOfANewerVersion.model_construct(**dict(make_sweep(A, queued=True))))
    store.save_sweep(make_sweep(B, queued=True))
    for _ in range(2):
        assert [each.sweep_id for each in store.queued_sweeps()] == [B]
    assert [A in message for message in caplog.messages] in ([True], [])  # once; of the same one before, not again
