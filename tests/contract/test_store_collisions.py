"""Two writers of the same documents in opposite orders: no write is refused, and none is lost or done twice.

A store on a database that locks the documents of a statement one after the other sees such writers wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from shared.domain import ErrorCause
from shared.ports import Store
from shared.testing import make_attempt, make_fold_result, make_outcome
from shared.testing.factories import fake_trial_id
from tests.support.stores import A, Adapter, B, counts

KEYS, ROUNDS, WRITERS = range(80), 6, 4


def opposed(adapter: Adapter, write: Callable[[Store, int, Sequence[int]], object]) -> None:
    """Let writers with a store of their own write at once, every second one from the last key to the first."""
    together = Barrier(WRITERS)

    def writer(number: int) -> None:
        store = adapter.open()
        keys = KEYS if number % 2 else KEYS[::-1]
        for round_ in range(ROUNDS):
            together.wait(30)
            write(store, round_, keys)

    with ThreadPoolExecutor(WRITERS) as pool:
        for finished in [pool.submit(writer, number) for number in range(WRITERS)]:
            finished.result()


def test_outcomes_recorded_in_opposite_orders_are_all_recorded(store: Store, adapter: Adapter) -> None:
    def record(mine: Store, round_: int, keys: Sequence[int]) -> None:
        failed = ErrorCause.TIMEOUT if round_ % 2 else None
        mine.record((A, B)[round_ % 2], [make_outcome(key, failed=failed) for key in keys])

    opposed(adapter, record)

    assert counts(store, A) == counts(store, B) == (len(KEYS), 0)


def test_folds_recorded_in_opposite_orders_are_all_kept(store: Store, adapter: Adapter) -> None:
    opposed(adapter, lambda mine, round_, keys: mine.record_folds([make_fold_result(key) for key in keys]))

    assert len(store.fold_results([fake_trial_id(key) for key in KEYS])) == len(KEYS)


def test_attempts_written_in_opposite_orders_are_kept_once_each(store: Store, adapter: Adapter) -> None:
    attempts = [make_attempt(key, sweep_id=A, trials=(key,)) for key in KEYS]
    opposed(adapter, lambda mine, round_, keys: mine.append_attempts([attempts[key] for key in keys]))

    known = store.attempts([fake_trial_id(key) for key in KEYS])
    assert known == {fake_trial_id(key): [attempts[key]] for key in KEYS}


@pytest.mark.parametrize("failed", [None, ErrorCause.EVALUATION])
def test_owners_that_come_and_go_while_outcomes_are_recorded_meet_no_error(
    store: Store, adapter: Adapter, failed: ErrorCause | None
) -> None:
    def write(mine: Store, round_: int, keys: Sequence[int]) -> None:
        if round_ % 3 == 0:
            mine.record(A, [make_outcome(key, failed=failed) for key in keys])
        elif round_ % 3 == 1:
            mine.adopt(B, [fake_trial_id(key) for key in keys])
        else:
            mine.forget_failures(B)

    opposed(adapter, write)

    assert sum(counts(store, A)) == (len(KEYS) if failed is None else 0)
