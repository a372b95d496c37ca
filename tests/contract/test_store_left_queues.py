"""What every Store guarantees of the queues that are still to be removed, over all three adapters."""

from __future__ import annotations

from shared.domain import TaskAddress
from shared.ports import Store
from tests.support.stores import A, Adapter

FIRST, SECOND = TaskAddress(sweep_id=A, epoch=2), TaskAddress(sweep_id=A, epoch=1)


def test_none_is_left_at_first(store: Store) -> None:
    assert store.left_queues() == []


def test_they_are_kept_once_each_the_longest_left_first(store: Store, adapter: Adapter) -> None:
    for address in (FIRST, SECOND, FIRST):
        store.leave_queue(address)
    assert adapter.open().left_queues() == [FIRST, SECOND]


def test_they_outlive_their_sweep(store: Store) -> None:
    store.leave_queue(FIRST)
    store.delete_sweep(A)
    assert store.left_queues() == [FIRST]


def test_one_that_is_gone_is_forgotten_and_may_be_left_again(store: Store) -> None:
    for address in (FIRST, SECOND):
        store.leave_queue(address)
    store.forget_left_queue(FIRST)
    store.forget_left_queue(FIRST)
    assert store.left_queues() == [SECOND]
    store.leave_queue(FIRST)
    assert store.left_queues() == [SECOND, FIRST]
