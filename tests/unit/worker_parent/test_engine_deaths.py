"""What the worker's parent does when engines die or have grown; on fakes."""

import threading

import pytest

from shared.domain import AttemptCause, ErrorCause, TrialState
from shared.testing import InMemoryStore
from tests.support.worker_bench import Crash, succeed, wait_for


def crash_on(poison: str, code: int = -11):
    """Return an evaluation that kills its engine when it is asked for that trial."""

    def evaluate(request, tell):
        if poison in [trial.trial_id for trial in request.trials]:
            raise Crash(code)
        return succeed(request, tell)

    return evaluate


def test_a_single_trial_is_tried_again_on_a_new_engine(bench):
    b = bench()
    crashes = iter([True, True])

    def evaluate(request, tell):
        if next(crashes, False):
            raise Crash(-11)
        return succeed(request, tell)

    b.evaluate = evaluate
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.attempts == 3
    assert b.started == 3


def test_a_trial_that_always_kills_its_engine_fails_after_its_attempts(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.evaluate = crash_on(task.trials[0].trial_id)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.FAILED
    assert outcome.error.cause is ErrorCause.ENGINE_DIED
    assert outcome.attempts == 3
    assert "signal 11 (SIGSEGV)" in outcome.error.message
    assert "tried 3 times" in outcome.error.message
    assert outcome.params["max_depth"] == 6
    assert outcome.params["n_estimators"] == 10


def test_a_kill_from_outside_is_said_to_be_for_want_of_memory(bench):
    b = bench()
    sweep = b.sweep()
    b.evaluate = crash_on(b.task(sweep).trials[0].trial_id, code=-9)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert "signal 9 (SIGKILL), probably out of memory" in outcome.error.message
    attempts = b.store.attempts([outcome.trial_id])[outcome.trial_id]
    assert {(each.cause, each.peak_memory_mb, each.worker, each.pod) for each in attempts} == {
        (AttemptCause.CRASHED, 64.0, "worker-under-test", "pod-1")
    }


def test_a_trial_for_which_the_memory_does_not_suffice_is_tried_again_then_fails_with_the_reason(bench):
    def ask_too_much(request, tell):
        raise MemoryError

    b = bench(evaluate=ask_too_much)
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.error.cause is ErrorCause.ENGINE_DIED
    assert "the engine ran out of memory" in outcome.error.message
    assert outcome.attempts == len(b.requests) == 3
    attempts = b.store.attempts([outcome.trial_id])[outcome.trial_id]
    assert [(each.cause, each.peak_memory_mb, each.memory_limit_mb) for each in attempts] == [
        (AttemptCause.OUT_OF_MEMORY, 64.0, b.worker._memory.limit / 2**20)
    ] * 3


def test_a_trial_that_ran_out_of_memory_once_succeeds_on_a_new_engine(bench):
    gate = threading.Event()
    short = iter([True])

    def evaluate(request, tell):
        if next(short, False):
            raise MemoryError
        return wait_for(gate)(request, tell)

    b = bench(evaluate=evaluate)
    sweep = b.sweep()
    task = b.task(sweep)
    b.until(lambda: len(b.requests) == 2)
    (ended,) = b.store.attempts([task.trials[0].trial_id]).values()
    assert [attempt.cause for attempt in ended] == [AttemptCause.OUT_OF_MEMORY]
    gate.set()
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert (outcome.state, outcome.attempts, b.started) == (TrialState.SUCCEEDED, 2, 2)


def test_siblings_of_a_poisonous_trial_succeed(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep, trials=4)
    poison = task.trials[1].trial_id
    b.evaluate = crash_on(poison)
    b.until_settled()
    outcomes = b.outcomes(sweep)
    assert {id_ for id_, outcome in outcomes.items() if outcome.state is TrialState.FAILED} == {poison}
    assert len(outcomes) == 4
    assert outcomes[poison].attempts == 3
    assert {each.attempts for id_, each in outcomes.items() if id_ != poison} == {2}


@pytest.mark.slow
def test_engines_that_die_at_their_start_cost_no_attempt_and_are_started_ever_more_slowly(bench):
    b = bench(dead_starts=4)
    sweep = b.sweep()
    b.task(sweep)
    for _ in range(20):
        b.pass_time(0.25)
    assert b.started <= 4
    b.pass_time(30)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.attempts == 1


def test_an_engine_that_died_idle_costs_no_attempt_at_the_task_it_was_to_get(bench):
    class Store(InMemoryStore):
        def load_dataset(self, content_hash):
            (engine,) = b.pool.engines
            engine.process.kill()
            return super().load_dataset(content_hash)

    b = bench(store=Store())
    sweep = b.sweep()
    task = b.task(sweep)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert (outcome.state, outcome.attempts) == (TrialState.SUCCEEDED, 1)
    assert b.requests == [[task.trials[0].trial_id]]
    assert b.started == 2


def test_a_worker_outlives_a_system_that_starts_no_process_and_starts_its_engines_later(bench):
    b = bench(refused_starts=3)
    sweep = b.sweep()
    b.task(sweep)
    b.worker.step()
    assert b.started == 0
    for _ in range(3):
        b.pass_time(30)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert (outcome.state, outcome.attempts) == (TrialState.SUCCEEDED, 1)


@pytest.mark.parametrize(("memory_mb", "starts"), [(99, 1), (101, 3)])
def test_an_engine_that_grew_is_replaced_after_its_task(bench, monkeypatch, memory_mb, starts):
    monkeypatch.setattr("worker.engine.serving.own_memory", lambda: memory_mb * 2**20)
    b = bench(settings={"engine_memory_mb": 100})
    sweep = b.sweep()
    b.task(sweep, 0)
    b.task(sweep, 1)
    b.until_settled()
    b.until(lambda: b.pool.idle_count)
    assert b.started == starts
    assert {each.attempts for each in b.outcomes(sweep).values()} == {1}
