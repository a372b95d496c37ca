"""What every Store guarantees of several threads and processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain import DatasetInfo, ErrorCause, Sweep
from shared.ports import Store
from shared.testing import make_attempt, make_outcome, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import T0, A, Adapter, B, counts, everything, ids

#: the in-memory store ends with its process
OUTLIVES_PROCESSES = pytest.mark.parametrize("adapter", ["embedded", "mongodb"], indirect=True)
DIED = make_attempt(sweep_id=A)
WINE = DatasetInfo(content_hash="a" * 64, name="wine", rows=1, columns={"x": "number"}, size_bytes=7, stored_at=T0)
FORK = multiprocessing.get_context("fork")


def test_a_success_wins_whatever_races_it(store: Store) -> None:
    def race(number: int) -> None:
        for key in range(15):
            failed = None if number == 0 else ErrorCause.TIMEOUT
            store.record((A, B)[number % 2], [make_outcome(key, failed=failed)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(race, range(4)))
    assert counts(store, A) == counts(store, B) == (15, 0)


def test_recording_beside_a_deletion_leaves_nothing_behind(store: Store) -> None:
    for round_ in range(10):
        sweep_id, task = f"short-{round_}", [make_outcome((round_, number)) for number in range(5)]
        store.save_sweep(make_sweep(sweep_id))
        with ThreadPoolExecutor(2) as pool:
            recording = pool.submit(store.record, sweep_id, task)
            pool.submit(store.delete_sweep, sweep_id).result()
            recording.result()
        assert store.adopt(B, ids(task)) == set()


def test_changes_made_at_once_are_all_made(store: Store, adapter: Adapter) -> None:
    def count_up(_: int) -> None:
        mine = adapter.open()
        done = 0
        while done < 10:
            before = mine.sweep(A)
            done += mine.change_sweep(before, before.model_copy(update={"epoch": before.epoch + 1}))
        if mine is not store:
            mine.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(4)))
    assert store.sweep(A).epoch == 41


def _write_for_ever(adapter: Adapter, writer: int, pipe: Any) -> None:
    store = adapter.open()
    for number in range(1_000_000):
        store.record(A, [make_outcome((writer, number))])
        pipe.send(fake_trial_id((writer, number)))


@pytest.mark.slow
@OUTLIVES_PROCESSES
def test_what_a_killed_process_recorded_stays(store: Store, adapter: Adapter) -> None:
    pipes, writers = [], []
    try:
        for number in range(2):
            mine, theirs = FORK.Pipe(duplex=False)
            writers.append(FORK.Process(target=_write_for_ever, args=(adapter, number, theirs)))
            writers[-1].start()
            theirs.close()
            pipes.append(mine)
        recorded = {pipe.recv() for _ in range(25) for pipe in pipes}
    finally:
        for each in writers:
            os.kill(each.pid, signal.SIGKILL)
            each.join()
    for pipe in pipes:
        while pipe.poll():
            try:
                recorded.add(pipe.recv())
            except EOFError:
                break
    found = set(ids(everything(store, A)))
    assert recorded <= found
    # At most the one outcome that each writer was recording when it died had not been announced.
    assert len(found - recorded) <= len(writers)
    store.record(B, [make_outcome("afterwards")])
    assert counts(store, B) == (1, 0)


def _record_in_a_child(store: Store, sweep: Sweep) -> None:
    store.record(sweep.sweep_id, [make_outcome("from the child")])


@pytest.mark.slow
@OUTLIVES_PROCESSES
def test_an_instance_made_before_a_fork_works_on_both_sides(store: Store, adapter: Adapter) -> None:
    child = FORK.Process(target=_record_in_a_child, args=(store, store.sweep(A)))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert ids(everything(store, A)) == [fake_trial_id("from the child")]


def test_another_instance_finds_everything_again(store: Store, adapter: Adapter) -> None:
    store.record(A, [make_outcome(1)])
    store.save_dataset(WINE, b"content")
    store.append_attempts([DIED])
    store.close()
    again = adapter.open()
    assert counts(again, A) == (1, 0)
    assert again.load_dataset(WINE.content_hash)[1] == b"content"
    assert again.attempts(DIED.trial_ids) == {DIED.trial_ids[0]: [DIED]}
    again.close()
