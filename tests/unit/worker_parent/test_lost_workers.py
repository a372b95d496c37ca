"""What the worker's parent does with what was lost with other workers; on fakes."""

import threading
from datetime import UTC, datetime

import pytest

from shared.domain import AttemptCause, AttemptEnd, ErrorCause, TrialState
from shared.testing import make_attempt, make_outcome, make_spec
from tests.support.worker_bench import lost_delivery, succeed, until_stopped, wait_for
from worker.parent.intervals import RECHECK_SECONDS
from worker.parent.reporting import SHORTEST_SECONDS


def test_a_lost_worker_costs_an_attempt(bench):
    b = bench()
    sweep = b.sweep()
    b.task(sweep)
    lost_delivery(b)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.attempts == 2


def lost(task, number, **changes):
    """Return an attempt at the task's first trial that ended with its worker."""
    trial_id = task.trials[0].trial_id
    return make_attempt(number, AttemptCause.LOST).model_copy(update={"trial_ids": (trial_id,), **changes})


def looked_for_nothing(b):
    """Let the cluster's reader look after all that was lost, and find no cause."""
    nothing = AttemptEnd(cause=AttemptCause.LOST, message="nobody knows", looked_at=datetime.now(UTC))
    for each in b.store.lost_attempts():
        b.store.complete_attempt(each.attempt_id, nothing)


def test_a_trial_that_took_nine_workers_with_it_fails_with_the_tenth(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.store.append_attempts([lost(task, number) for number in range(9)])
    lost_delivery(b)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.FAILED
    assert (outcome.error.cause, outcome.error.type) == (ErrorCause.ENGINE_DIED, "TookItsWorker")
    assert "it took its worker with it: 10 workers" in outcome.error.message
    assert b.requests == []


def test_the_tenth_lost_worker_fails_a_trial_only_after_the_cluster_was_looked_at(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.store.append_attempts([lost(task, number, pod=f"pod-{number}") for number in range(10)])
    lost_delivery(b)
    for _ in range(3):
        b.pass_time(RECHECK_SECONDS)
    assert b.outcomes(sweep) == {}
    assert b.requests == []
    assert len(b.store.attempts([task.trials[0].trial_id])[task.trials[0].trial_id]) == 11  # counted once
    looked_for_nothing(b)
    b.pass_time(RECHECK_SECONDS)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.error.type == "TookItsWorker"


def test_what_waits_for_a_look_waits_at_the_next_worker_too(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.store.append_attempts([lost(task, number, pod=f"pod-{number}") for number in range(10)])
    for _ in range(3):  # handed back, so that it comes as if for the first time
        b.pass_time(RECHECK_SECONDS)
    assert b.requests == []
    assert b.outcomes(sweep) == {}


def test_lost_workers_that_were_evicted_cost_nothing(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.store.append_attempts([lost(task, number, cause=AttemptCause.EVICTED) for number in range(25)])
    lost_delivery(b)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.state is TrialState.SUCCEEDED


def test_of_trials_that_lose_their_workers_only_the_one_to_blame_fails(bench):
    b = bench()
    sweep = b.sweep()
    poison, *siblings = [trial.trial_id for trial in b.task(sweep, trials=3).trials]
    asked = []
    for number in range(10):
        victim = bench(store=b.store, queue=b.queue, evaluate=until_stopped, worker_id=f"victim-{number}")
        victim.until(lambda victim=victim: victim.requests)
        asked += victim.requests
        b.store.silence(f"victim-{number}")  # it reports its first task at once
        b.queue.lose_deliveries()
    b.until(lambda: len(b.store.attempts([poison])[poison]) == 10)
    b.pass_time(RECHECK_SECONDS)
    assert b.outcomes(sweep) == {}
    looked_for_nothing(b)
    b.until_settled()
    assert asked == [[poison, *siblings], [poison, *siblings], *[[poison]] * 8]
    assert b.requests == [[sibling] for sibling in siblings]
    outcomes = b.outcomes(sweep)
    assert outcomes[poison].error.type == "TookItsWorker"
    assert all(outcomes[sibling].state is TrialState.SUCCEEDED for sibling in siblings)


def victim_of(bench, b):
    """Return the bench of a worker that falls silent in the midst of a task of ``b``'s queue."""
    victim = bench(store=b.store, queue=b.queue, evaluate=until_stopped, worker_id="the-victim")
    victim.until(lambda: victim.requests)
    victim.pass_time(SHORTEST_SECONDS)
    b.queue.lose_deliveries()
    return victim


def test_what_was_lost_with_a_worker_is_written_down_from_its_last_report(bench, monkeypatch):
    monkeypatch.setattr("shared.testing.store.WORKER_TTL_SECONDS", 0.0)
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    victim_of(bench, b)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert (outcome.state, outcome.attempts) == (TrialState.SUCCEEDED, 2)
    (attempt,) = b.store.attempts([task.trials[0].trial_id])[task.trials[0].trial_id]
    assert (attempt.cause, attempt.worker, attempt.pod) == (AttemptCause.LOST, "the-victim", "pod-1")
    assert (attempt.written_by, attempt.is_fenced) == ("worker-under-test", True)
    assert attempt.started_at is not None
    assert attempt.attempt_id != outcome.attempt_id


@pytest.mark.parametrize(
    ("cause", "times", "message", "error"),
    [
        (AttemptCause.EVALUATION, 1, "XGBoostError: no such thing", (ErrorCause.EVALUATION, "XGBoostError")),
        (AttemptCause.BAD_PARAMETERS, 1, "XGBoostError: max_depth", (ErrorCause.EVALUATION, "XGBoostError")),
        (AttemptCause.CRASHED, 3, "the engine was killed by signal 11", (ErrorCause.ENGINE_DIED, "EngineDied")),
        (AttemptCause.TIMEOUT, 1, "it took longer than its time limit", (ErrorCause.TIMEOUT, "TimeLimit")),
    ],
)
def test_a_worker_that_dies_between_attempt_and_outcome_leaves_the_reason(
    bench, monkeypatch, cause, times, message, error
):
    monkeypatch.setattr("shared.testing.store.WORKER_TTL_SECONDS", 0.0)
    b = bench()
    sweep = b.sweep()
    (trial,) = b.task(sweep).trials
    victim_of(bench, b)
    ((running,),) = [report.running for report in b.store.last_reports([trial.trial_id])]
    ended = [
        make_attempt(number, cause, worker="the-victim").model_copy(
            update={"trial_ids": (trial.trial_id,), "message": message}
        )
        for number in range(times)
    ]
    b.store.append_attempts([*ended[:-1], ended[-1].model_copy(update={"attempt_id": running.attempt_id})])
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert (outcome.error.cause, outcome.error.type) == error
    assert message.removeprefix("XGBoostError: ") in outcome.error.message
    assert outcome.attempts == times
    assert [each.cause for each in b.store.attempts([trial.trial_id])[trial.trial_id]] == [cause] * times


@pytest.mark.parametrize("reported", [True, False])
def test_what_was_handed_out_before_is_reported_as_soon_as_it_begins(bench, monkeypatch, reported):
    b = bench()
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()  # the worker's first task, which is reported at once whatever it is
    monkeypatch.setattr("worker.parent.reporting.SHORTEST_SECONDS", 1e6)
    b.evaluate = until_stopped
    b.pass_time(60)  # it says that it is idle, and would say no more for long
    (trial,) = b.task(sweep, key=1).trials
    lost_delivery(b, reported=reported)
    b.until(lambda: len(b.requests) == 2)
    ((running,),) = [worker.running for worker in b.store.workers()]
    assert running.trial_ids == (trial.trial_id,)
    assert len(b.store.attempts([trial.trial_id])) == reported


def test_a_loss_that_no_report_names_costs_nothing(bench):
    b = bench()
    sweep = b.sweep()
    (trial,) = b.task(sweep).trials
    for _ in range(10):
        lost_delivery(b, reported=False)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert (outcome.state, outcome.attempts) == (TrialState.SUCCEEDED, 1)
    assert b.store.attempts([trial.trial_id]) == {}


def test_workers_lost_after_one_that_lost_its_broker_are_charged(bench):
    b = bench()
    sweep = b.sweep()
    (trial,) = task_trials = b.task(sweep).trials
    unreachable = make_attempt(1, AttemptCause.SERVICE_LOST).model_copy(
        update={"trial_ids": tuple(each.trial_id for each in task_trials)}
    )
    b.store.append_attempts([unreachable])
    for _ in range(10):
        lost_delivery(b)
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.error.type == "TookItsWorker"
    causes = [each.cause for each in b.store.attempts([trial.trial_id])[trial.trial_id]]
    assert causes.count(AttemptCause.LOST) == 10


@pytest.mark.parametrize("newer", ["is at it", "has recorded", "has failed"])
def test_what_a_frozen_worker_has_to_say_when_it_wakes_is_left_out(bench, monkeypatch, newer):
    monkeypatch.setattr("shared.testing.store.WORKER_TTL_SECONDS", 0.0)
    gate = threading.Event()

    def fail(request, tell):
        return (make_outcome(failed=ErrorCause.EVALUATION, trial_id=request.trials[0].trial_id),)

    b = bench(evaluate={"is at it": wait_for(gate), "has recorded": succeed, "has failed": fail}[newer])
    sweep = b.sweep(spec=make_spec(trial_timeout_seconds=10))
    b.task(sweep)
    victim = victim_of(bench, b)
    b.until(lambda: b.requests if newer == "is at it" else b.outcomes(sweep))
    before = b.outcomes(sweep)
    victim.pass_time(20)  # its clock went on: the time limit of its attempt is over
    victim.until(lambda: not any(engine.assignment for engine in victim.pool.engines))
    victim.worker.step()
    assert b.outcomes(sweep) == before
    assert len(victim.requests) == 1
    gate.set()
    b.until_settled()
    (outcome,) = b.outcomes(sweep).values()
    assert outcome.worker == "worker-under-test"


def test_what_an_unforeseen_error_takes_along_is_charged_by_the_last_report(bench, monkeypatch):
    b = bench()
    sweep = b.sweep()
    (trial,) = b.task(sweep).trials
    victim = bench(store=b.store, queue=b.queue, worker_id="the-victim")

    def fail(*_arguments):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(b.store, "record", fail)
        with pytest.raises(ZeroDivisionError):
            victim.worker.run()
    b.store.silence("the-victim")
    b.until_settled()
    assert b.outcomes(sweep)[trial.trial_id].attempts == 2
    (attempt,) = b.store.attempts([trial.trial_id])[trial.trial_id]
    assert (attempt.cause, attempt.worker) == (AttemptCause.LOST, "the-victim")
