"""What every Store guarantees of reading outcomes page by page, over all three adapters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from shared.domain import ErrorCause
from shared.ports import Store
from shared.testing import make_outcome
from shared.testing.factories import fake_trial_id
from tests.support.stores import A, Adapter, B, everything, ids


def test_outcomes_come_in_the_order_of_recording(store: Store) -> None:
    for key in range(6):
        store.record(A, [make_outcome(key)])
    expected = [fake_trial_id(key) for key in range(6)]
    assert ids(everything(store, A)) == expected
    assert ids(everything(store, A, limit=2)) == expected
    assert ids(everything(store, A, limit=4)) == expected


def test_a_task_larger_than_a_page_is_read_whole(store: Store) -> None:
    task = [make_outcome(key) for key in range(7)]
    store.record(A, task)
    assert sorted(ids(everything(store, A, limit=3))) == sorted(ids(task))


def test_a_cursor_leads_to_what_came_after_it_and_no_further_back(store: Store) -> None:
    cursor = store.outcomes(A).cursor
    for key in range(3):
        store.record(A, [make_outcome((key, "first")), make_outcome((key, "second"))])
        first = store.outcomes(A, cursor, 1)
        second = store.outcomes(A, first.cursor, 10)
        assert {*ids(first.outcomes), *ids(second.outcomes)} == {fake_trial_id((key, n)) for n in ("first", "second")}
        assert store.outcomes(A, second.cursor).outcomes == ()
        cursor = second.cursor


def test_what_is_replaced_or_adopted_comes_after_the_cursor(store: Store) -> None:
    store.record(A, [make_outcome(1, failed=ErrorCause.TIMEOUT), make_outcome(2)])
    cursor_a, cursor_b = store.outcomes(A).cursor, store.outcomes(B).cursor
    better = make_outcome(1, 0.1)
    store.record(A, [better])
    assert store.outcomes(A, cursor_a).outcomes == (better,)
    store.adopt(B, [fake_trial_id(2)])
    assert ids(store.outcomes(B, cursor_b).outcomes) == [fake_trial_id(2)]


def test_a_new_owner_finds_an_old_success_after_its_cursor(store: Store) -> None:
    store.record(A, [make_outcome(1)])
    cursor = store.outcomes(B).cursor
    store.record(B, [make_outcome(1, failed=ErrorCause.TIMEOUT)])
    assert ids(store.outcomes(B, cursor).outcomes) == [fake_trial_id(1)]


def test_a_reader_beside_several_writers_misses_nothing(store: Store, adapter: Adapter) -> None:
    def write(writer: int) -> None:
        mine = adapter.open()
        for number in range(25):
            mine.record(A, [make_outcome((writer, number)), make_outcome((writer, number, "more"))])
        if mine is not store:
            mine.close()

    seen: set[str] = set()
    cursor = None
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, writer) for writer in range(4)]
        done = False
        while not done:
            done = all(writer.done() for writer in writers)
            while True:
                page = store.outcomes(A, cursor, 20)
                seen.update(ids(page.outcomes))
                cursor = page.cursor
                if len(page.outcomes) < 20:
                    break
        for writer in writers:
            writer.result()
    assert len(seen) == 200
