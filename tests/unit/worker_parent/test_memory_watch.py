"""How an engine is ended before the worker's memory is full; a worker of 8 GiB on fakes, of which 7.2 are for use."""

from __future__ import annotations

import os
import threading

import pytest

from shared.domain import AttemptCause, TrialState
from shared.testing import make_spec
from tests.support.worker_bench import GIB, Bench, succeed
from worker.parent.memory import Usage
from worker.parent.memory_watch import MemoryWatch
from worker.protocol import Progress

MIB = 2**20


@pytest.fixture
def gate():
    gate = threading.Event()
    yield gate
    gate.set()


def train_until(gate):
    """Return an evaluation that trains until the gate is open, and can be killed meanwhile."""

    def evaluate(request, tell):
        while not gate.wait(0.01):
            tell(Progress(fold=1, folds=request.folds, round=1, rounds=10))
        return succeed(request, tell)

    return evaluate


def grown(gib: float) -> Usage:
    return Usage(int(gib * GIB), int((gib + 0.2) * GIB))


def busy(bench, gate, engines=2, **changes) -> tuple[Bench, list[str]]:
    """Return a bench whose engines are all at a trial, and the trials by engine."""
    b = bench(evaluate=train_until(gate), engines=engines, **changes)
    sweep = b.sweep()
    for key in range(engines):
        b.task(sweep, key)
    b.until(lambda: len(b.requests) == engines)
    return b, [each for (each,) in b.requests]


def test_the_largest_engine_is_ended_before_the_limit_and_its_trial_is_tried_again(bench, gate):
    b, _ = busy(bench, gate)
    b.memory = {1: grown(2.5), 2: grown(4.8)}
    b.pass_time(1)
    b.until(lambda: b.started == 3)
    b.memory = {}
    gate.set()
    b.until_settled()

    by_attempts = sorted(each.attempts for each in b.outcomes(b.store.summaries()[0].sweep).values())
    assert by_attempts == [1, 2]


def test_an_attempt_says_how_much_there_was_and_what_to_do(bench, gate):
    b, (trial,) = busy(bench, gate, engines=1)
    b.memory = {1: grown(7.25)}
    b.pass_time(1)
    b.until(lambda: b.store.attempts([trial]))
    ((attempt,),) = b.store.attempts([trial]).values()

    assert attempt.cause is AttemptCause.OUT_OF_MEMORY
    assert (attempt.peak_memory_mb, round(attempt.memory_limit_mb)) == (7424, 7373)
    assert attempt.message == (
        "the engine was ended before its worker's memory was full: 7373 MB for 1 engine; "
        "give workers more memory, or fewer engines"
    )


def test_a_trial_that_always_needs_too_much_fails_and_no_other_does(bench, gate):
    b = bench(evaluate=train_until(gate))
    sweep = b.sweep()
    b.task(sweep)
    b.memory = {pid: grown(8) for pid in range(1, 9)}
    b.until(lambda: b.pass_time(1) or b.outcomes(sweep))
    gate.set()
    (outcome,) = b.outcomes(sweep).values()

    assert (outcome.state, outcome.attempts) == (TrialState.FAILED, 3)


def test_engines_below_the_limit_go_on(bench, gate):
    b, _ = busy(bench, gate)
    b.memory = {1: grown(1), 2: grown(5.9)}
    for _ in range(5):
        b.pass_time(1)

    assert b.started == 2


def test_the_parents_own_memory_counts(bench, gate):
    b, _ = busy(bench, gate)
    b.memory = {os.getpid(): grown(1.5), 1: grown(1), 2: grown(5.9)}
    b.pass_time(1)
    b.until(lambda: b.started == 3)


def test_an_idle_engine_makes_room_before_a_busy_one_is_ended(bench, gate):
    b = bench(evaluate=train_until(gate), engines=2)
    b.task(b.sweep())
    b.until(lambda: b.requests)
    b.memory = {1: grown(4), 2: grown(4)}
    b.pass_time(1)
    b.until(lambda: b.started == 3)
    b.memory = {}
    gate.set()
    b.until_settled()

    assert {each.attempts for each in b.outcomes(b.store.summaries()[0].sweep).values()} == {1}


def test_one_that_was_ended_is_not_counted_twice(bench, gate):
    b, _ = busy(bench, gate, engines=3)
    b.memory = dict.fromkeys((1, 2, 3), grown(2.5))
    watched = b.worker._memory
    watched.look(b.pool)
    b.now += 1
    watched.look(b.pool)
    b.now += 1
    watched.look(b.pool)

    assert sum(engine.is_killed for engine in b.pool.engines) == 1


def test_between_two_looks_an_engine_is_refused_more_than_what_is_left(bench, gate):
    b, _ = busy(bench, gate)
    b.memory = {os.getpid(): grown(0.1), 1: grown(1), 2: grown(5)}
    b.pass_time(1)

    left = b.restricted[2] - b.memory[2].writable
    assert left == pytest.approx(1.1 * GIB, rel=0.01)
    assert b.restricted[1] - b.memory[1].writable == left


def test_an_engine_may_reserve_what_its_library_never_touches(bench, gate):
    b = bench(evaluate=train_until(gate), versions={"catboost": "3.2.0"})
    sweep = b.sweep(spec=make_spec(library="catboost", param_grid={"depth": [2]}))
    b.task(sweep)
    b.until(lambda: b.requests)

    assert b.restricted[1] > 7 * GIB + GIB


@pytest.mark.parametrize(
    ("workers", "engines", "gib"),
    [(1, 1, 9.0), (2, 1, 4.5), (3, 4, 3.0), (100, 1, 600 / 1024)],
    ids=["alone", "two workers", "engines are the worker's own matter", "never less than a library needs"],
)
def test_workers_of_one_machine_share_its_memory(workers, engines, gib):
    watch = MemoryWatch(10 * GIB, engines, lambda: 0.0)
    watch.shared_by(workers)

    assert watch.limit / GIB == pytest.approx(gib)


def test_workers_of_one_machine_are_those_of_one_host_and_pod(bench, gate):
    b, _ = busy(bench, gate)
    (report,) = b.store.workers()
    for number, (host, pod) in enumerate([("host", "pod-1"), ("host", "pod-2"), ("elsewhere", "pod-1")]):
        b.store.report(report.model_copy(update={"worker_id": f"another-{number}", "host": host, "pod": pod}))
    b.pass_time(10)
    b.pass_time(0.2)

    assert b.worker._memory.limit == int(0.9 * 8 * GIB / 2)


@pytest.mark.parametrize(("engines", "mb"), [(1, 7372), (4, 1843), (64, 300)])
def test_an_engine_keeps_four_fifths_of_its_part_and_has_room_for_a_library(engines, mb):
    assert MemoryWatch(10 * GIB, engines, lambda: 0.0).keep_mb == mb
