"""What the worker's parent does with trials whose time is up; on fakes."""

import threading

from shared.domain import ErrorCause, TrialState
from shared.testing import make_spec
from tests.support.worker_bench import succeed, until_stopped, wait_for
from worker.parent.engine_pool import PREPARATION_SECONDS
from worker.protocol import Progress


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
