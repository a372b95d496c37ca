"""What the worker's parent does when engines die, workers are lost or time is up; on fakes."""

import threading

import pytest

from shared.domain import ErrorCause, TrialState
from shared.testing import InMemoryStore, make_outcome, make_spec
from tests.support.worker_bench import Crash, lost_delivery, succeed, until_stopped, wait_for
from worker.parent.engine_pool import PREPARATION_SECONDS
from worker.protocol import Progress


def crash_on(poison: str, code: int = -11):
    """Return an evaluation that kills its engine when it is asked for that trial."""

    def evaluate(request, tell):
        if poison in [trial.trial_id for trial in request.trials]:
            raise Crash(code)
        return succeed(request, tell)

    return evaluate


# engines that die


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
    b = bench(settings={"max_attempts": 2})
    sweep = b.sweep()
    task = b.task(sweep)
    b.evaluate = crash_on(task.trials[0].trial_id)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.FAILED
    assert outcome.error.cause is ErrorCause.ENGINE_DIED
    assert outcome.attempts == 2
    assert "signal 11 (SIGSEGV)" in outcome.error.message
    assert "tried 2 times" in outcome.error.message
    assert outcome.params["max_depth"] == 6
    assert outcome.params["n_estimators"] == 10


def test_a_kill_from_outside_is_said_to_be_for_want_of_memory(bench):
    b = bench(settings={"max_attempts": 1})
    sweep = b.sweep()
    b.evaluate = crash_on(b.task(sweep).trials[0].trial_id, code=-9)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert "signal 9 (SIGKILL), probably out of memory" in outcome.error.message
    assert "64 MB" in outcome.error.message


def test_a_trial_for_which_the_memory_does_not_suffice_is_tried_again_then_fails_with_the_reason(bench):
    def ask_too_much(request, tell):
        raise MemoryError

    b = bench(evaluate=ask_too_much, settings={"max_attempts": 2})
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.error.cause is ErrorCause.ENGINE_DIED
    assert "the engine ran out of memory; it had peaked at 64 MB" in outcome.error.message
    assert outcome.attempts == len(b.requests) == 2


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
    assert [error.cause for error in ended] == [ErrorCause.ENGINE_DIED]
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
    assert b.queue.status().consumers == 0
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
    assert b.queue.status().consumers == 0
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


# workers that are lost


def test_a_lost_worker_costs_an_attempt(bench):
    b = bench()
    sweep = b.sweep()
    b.task(sweep)
    lost_delivery(b)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.attempts == 2


def test_a_trial_that_loses_worker_after_worker_fails(bench):
    b = bench(settings={"max_attempts": 2})
    sweep = b.sweep()
    task = b.task(sweep)
    lost_delivery(b)
    b.store.count_attempt([task.trials[0].trial_id], make_outcome(failed=ErrorCause.ENGINE_DIED).error)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.FAILED
    assert outcome.error.type == "WorkerLost"
    assert b.requests == []


def test_after_two_lost_workers_the_trials_are_tried_one_by_one_and_only_the_one_to_blame_fails(bench):
    b = bench()
    sweep = b.sweep()
    poison, *siblings = [trial.trial_id for trial in b.task(sweep, trials=3).trials]
    asked = []
    for _ in range(3):
        victim = bench(store=b.store, queue=b.queue, evaluate=until_stopped)
        victim.until(lambda victim=victim: victim.requests)
        asked += victim.requests
        b.queue.lose_deliveries()
    b.until_settled()
    assert asked == [[poison, *siblings], [poison, *siblings], [poison]]
    assert b.requests == [[sibling] for sibling in siblings]
    outcomes = b.outcomes(sweep)
    assert outcomes[poison].error.type == "WorkerLost"
    assert all(outcomes[sibling].state is TrialState.SUCCEEDED for sibling in siblings)


# time limits


def test_a_trial_over_its_time_limit_fails_at_once(bench):
    b = bench(evaluate=until_stopped)
    sweep = b.sweep(spec=make_spec(trial_timeout_seconds=10))
    b.task(sweep)
    b.until(lambda: b.pool.engines and b.pool.engines[0].progress)
    b.pass_time(9)
    assert b.outcomes(sweep) == {}
    b.pass_time(1)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.error.cause is ErrorCause.TIMEOUT
    assert "10 s" in outcome.error.message
    assert len(b.requests) == 1


def test_trials_over_their_common_time_limit_are_tried_one_by_one(bench):
    b = bench()
    sweep = b.sweep(spec=make_spec(trial_timeout_seconds=10))
    task = b.task(sweep, trials=2)
    slow = task.trials[0].trial_id

    def evaluate(request, tell):
        return (until_stopped if slow in [each.trial_id for each in request.trials] else succeed)(request, tell)

    b.evaluate = evaluate
    for _ in range(2):
        b.until(lambda: b.pool.engines and b.pool.engines[0].progress)
        b.pass_time(11)
        b.worker.step()
        if len(b.requests) == 1:
            assert b.outcomes(sweep) == {}
            b.pass_time(9)
            b.worker.step()
    b.until_settled()
    outcomes = b.outcomes(sweep)
    assert outcomes[slow].error.cause is ErrorCause.TIMEOUT
    assert outcomes[task.trials[1].trial_id].state is TrialState.SUCCEEDED


def test_trials_of_several_fits_have_their_time_limits_together(bench):
    gate = threading.Event()

    def train(request, tell):
        tell(Progress(fold=1, folds=3, round=1, rounds=10))
        return wait_for(gate)(request, tell)

    b = bench(evaluate=train)
    sweep = b.sweep(spec=make_spec(trial_timeout_seconds=10))
    b.task(sweep, rounds=(10, 10, 10))
    b.until(lambda: b.pool.engines and b.pool.engines[0].progress)
    b.pass_time(29)
    gate.set()
    b.until_settled()
    assert {(each.state, each.attempts) for each in b.outcomes(sweep).values()} == {(TrialState.SUCCEEDED, 1)}
    assert len(b.requests) == 1


def test_trials_that_share_a_fit_are_ended_once_the_time_limit_of_one_has_passed(bench):
    b = bench(evaluate=until_stopped)
    b.task(b.sweep(spec=make_spec(trial_timeout_seconds=10)), trials=3)
    b.until(lambda: b.pool.engines and b.pool.engines[0].progress)
    b.pass_time(9)
    assert len(b.requests) == 1
    b.pass_time(1)
    b.until(lambda: len(b.requests) == 2)
    assert list(map(len, b.requests)) == [3, 1]


def test_imports_and_reading_the_data_do_not_count_against_the_time_limit(bench):
    gate = threading.Event()
    b = bench(evaluate=wait_for(gate))
    sweep = b.sweep(spec=make_spec(trial_timeout_seconds=1))
    b.task(sweep)
    b.until(lambda: b.requests)
    b.pass_time(PREPARATION_SECONDS / 2)
    gate.set()
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.SUCCEEDED
