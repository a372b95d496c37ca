"""A worker that cannot work, or not this sweep: it hands back without cost, says so, and tries again."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.domain import AttemptCause, ErrorCause, TrialError, TrialState, Verdict, judge
from shared.testing import make_outcome
from tests.support.worker_bench import succeed
from worker.parent.heartbeat import READY, SICK


def cannot(kind: str, message: str):
    """Return an evaluation that the worker cannot even begin."""
    error = TrialError(cause=ErrorCause.WORKER, type=kind, message=message)
    return lambda request, tell: tuple(
        make_outcome(failed=ErrorCause.WORKER).model_copy(update={"trial_id": each.trial_id, "error": error})
        for each in request.trials
    )


@pytest.fixture
def sick(bench, tmp_path: Path):
    """Return a bench whose worker fell sick of its first task, the task's trial, and the heartbeat's file."""
    file = tmp_path / "alive"
    b = bench(evaluate=cannot("ImportError", "libgomp.so.1 is missing"), settings={"heartbeat_file": file})
    task = b.task(b.sweep())
    b.until(lambda: b.requests and b.status().ready == 1)
    return b, task.trials[0].trial_id, file


def test_a_sick_worker_hands_back_and_its_attempt_counts_nothing(sick):
    b, trial_id, _ = sick
    (attempt,) = b.store.attempts([trial_id])[trial_id]

    assert (attempt.cause, attempt.message) == (AttemptCause.WORKER_SICK, "libgomp.so.1 is missing")
    assert judge([attempt] * 25) is Verdict.TRY_AGAIN
    assert b.outcomes(b.store.summaries()[0].sweep) == {}


def test_what_a_worker_looked_for_ahead_when_it_falls_sick_is_anothers(bench, monkeypatch):
    answers = iter([succeed])

    def evaluate(request, tell):
        return next(answers, cannot("ImportError", "libgomp.so.1 is missing"))(request, tell)

    b = bench(evaluate=evaluate, engines=2)
    b.sweep(size=9)
    trouble = []
    b.publish([b.task(b.sweep(size=9), key) for key in range(4)])
    look = b.worker._subscription.look_ahead
    monkeypatch.setattr(b.worker._subscription, "look_ahead", lambda where: trouble.append(where) or look(where))
    b.until(lambda: trouble and b.store.workers() and b.store.workers()[0].sickness)
    b.pass_time(0.1)
    assert b.status().unacknowledged == 0
    assert not any(each.deliveries for queue in b.queue._queues.values() for each in queue.ready)


def test_a_sick_worker_says_why_and_is_not_ready_but_alive(sick):
    b, _, file = sick
    b.pass_time(1.5)

    assert file.read_text() == f"{SICK}\n" != f"{READY}\n"
    (report,) = b.store.workers()
    assert report.sickness.reason == "libgomp.so.1 is missing"


def test_a_sick_worker_takes_one_task_after_waits_that_double(sick):
    b, _, _ = sick
    tried = len(b.requests)
    b.pass_time(3)
    assert len(b.requests) == tried
    b.now += 3
    b.until(lambda: len(b.requests) == tried + 1 and b.status().ready == 1)
    b.pass_time(6)
    b.pass_time(1)
    assert len(b.requests) == tried + 1


def test_it_is_well_and_ready_again_with_its_first_result(sick):
    b, trial_id, file = sick
    b.evaluate = succeed
    b.now += 6
    b.until(lambda: b.outcomes(b.store.summaries()[0].sweep))
    b.pass_time(1.5)

    (outcome,) = b.outcomes(b.store.summaries()[0].sweep).values()
    assert (outcome.trial_id, outcome.state) == (trial_id, TrialState.SUCCEEDED)
    assert file.read_text() == f"{READY}\n"
    (report,) = b.store.workers()
    assert report.sickness is None


def test_engines_that_cannot_start_make_a_worker_sick_and_later_well(bench, tmp_path):
    file = tmp_path / "alive"
    b = bench(dead_starts=8, settings={"heartbeat_file": file})
    b.until(file.exists)
    assert file.read_text() == f"{SICK}\n"

    sweep = b.sweep()
    b.task(sweep)
    for _ in range(12):
        b.pass_time(30)
    b.until(lambda: b.outcomes(sweep))
    assert file.read_text() == f"{READY}\n"


def test_an_unsuited_worker_is_well_and_leaves_the_sweep_to_others(bench):
    b = bench(evaluate=cannot("Unsuited", "XGBoost 3.1.0 is imported, not 3.2.0"))
    task = b.task(b.sweep())
    b.until(lambda: b.requests and b.status().ready == 1)
    for _ in range(5):
        b.pass_time(2)

    trial_id = task.trials[0].trial_id
    (attempt,) = b.store.attempts([trial_id])[trial_id]
    assert attempt.cause is AttemptCause.WORKER_UNSUITED
    assert len(b.requests) == 1
    (report,) = b.store.workers()
    assert report.sickness is None
    assert report.refused == {task.sweep_id: "XGBoost 3.1.0 is imported, not 3.2.0"}
