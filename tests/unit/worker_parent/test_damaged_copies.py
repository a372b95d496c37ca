"""A worker whose copy of the table is damaged: it gets another, or is sick; no trial fails by it."""

from __future__ import annotations

import hashlib

import pytest

from shared.domain import AttemptCause, ErrorCause, TrialError, TrialState
from shared.errors import UnreadableRecord
from shared.testing import InMemoryStore, make_outcome
from tests.support.worker_bench import succeed


class Changeable(InMemoryStore):
    """A store that gives the table's bytes as a test changes them."""

    loads = 0
    changed = staticmethod(lambda parquet: parquet)
    unreadable = False

    def load_dataset(self, content_hash):
        self.loads += 1
        if self.unreadable:
            raise UnreadableRecord("DatasetInfo", "columns: Input should be a valid dictionary")
        info, parquet = super().load_dataset(content_hash)
        info = info.model_copy(update={"parquet_hash": hashlib.sha256(parquet).hexdigest()})
        return info, self.changed(parquet)


def says(kind):
    """Return an evaluation that cannot read the copy."""
    error = TrialError(cause=ErrorCause.WORKER, type=kind, message="the copy cannot be read")
    return lambda request, tell: tuple(
        make_outcome(failed=ErrorCause.WORKER).model_copy(update={"trial_id": each.trial_id, "error": error})
        for each in request.trials
    )


def in_turn(*evaluations):
    """Return an evaluation that is one after the other; the last one stays."""
    left = list(evaluations)
    return lambda request, tell: (left.pop(0) if len(left) > 1 else left[0])(request, tell)


def sickness_of(bench):
    bench.pass_time(1.5)
    return next((report.sickness for report in bench.store.workers()), None)


@pytest.mark.parametrize("kind", ["UnreadableCopy", "DatasetError"])
def test_a_copy_that_an_engine_cannot_read_is_fetched_again_and_costs_nothing(bench, kind):
    b = bench(evaluate=in_turn(says(kind), succeed), store=Changeable())
    sweep = b.sweep()
    task = b.task(sweep)
    b.until(lambda: b.outcomes(sweep))

    (outcome,) = b.outcomes(sweep).values()
    assert (outcome.state, b.store.loads) == (TrialState.SUCCEEDED, 2)
    assert b.store.attempts([task.trials[0].trial_id]) == {}
    assert sickness_of(b) is None


def test_where_the_fresh_copy_is_no_better_the_worker_is_sick_and_tries_with_a_fresh_one_later(bench):
    b = bench(evaluate=in_turn(says("UnreadableCopy"), says("UnreadableCopy"), succeed), store=Changeable())
    sweep = b.sweep()
    task = b.task(sweep)
    b.until(lambda: len(b.requests) == 2 and b.status().ready == 1)

    assert b.outcomes(sweep) == {}
    assert sickness_of(b).reason == "the copy cannot be read"
    (attempt,) = b.store.attempts([task.trials[0].trial_id])[task.trials[0].trial_id]
    assert attempt.cause is AttemptCause.WORKER_SICK

    b.now += 6
    b.until(lambda: b.outcomes(sweep))
    assert b.store.loads == 3
    assert sickness_of(b) is None


def test_a_copy_that_is_damaged_again_long_after_is_fetched_again_too(bench):
    bad = says("UnreadableCopy")
    b = bench(evaluate=in_turn(bad, succeed, bad, succeed), store=Changeable())
    sweep = b.sweep(size=9)
    for key in range(2):
        b.task(sweep, key)
        b.until(lambda key=key: len(b.outcomes(sweep)) == key + 1)
    assert {each.state for each in b.outcomes(sweep).values()} == {TrialState.SUCCEEDED}
    assert b.store.loads == 3


def test_engines_that_had_the_same_bad_copy_do_not_make_the_worker_sick(bench):
    bad = says("UnreadableCopy")
    b = bench(evaluate=in_turn(bad, bad, succeed), engines=2, store=Changeable())
    sweep = b.sweep(size=9)
    b.publish([b.task(sweep, key) for key in range(2)])
    b.until(lambda: len(b.outcomes(sweep)) == 2)
    assert {each.state for each in b.outcomes(sweep).values()} == {TrialState.SUCCEEDED}
    assert sickness_of(b) is None


def test_a_table_that_comes_changed_makes_the_worker_sick_until_it_comes_whole(bench):
    b = bench(store=Changeable())
    b.store.changed = lambda parquet: parquet.replace(b"table", b"tabel")
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.store.loads and b.status().ready == 1)
    assert "of another SHA-256 than it was stored with" in sickness_of(b).reason
    assert b.outcomes(sweep) == {}

    b.store.changed = lambda parquet: parquet
    b.now += 6
    b.until(lambda: b.outcomes(sweep))
    assert sickness_of(b) is None


def test_a_description_that_cannot_be_read_leaves_the_sweep_to_others(bench):
    b = bench(store=Changeable())
    b.store.unreadable = True
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.store.loads and b.status().ready == 1)
    assert sickness_of(b) is None
    (report,) = b.store.workers()
    assert "a newer version wrote it: columns" in report.refused[sweep.sweep_id]
    assert b.outcomes(sweep) == {}
