"""What the worker's parent does for a sweep that races; on fakes, see tests/support/worker_bench.py."""

from __future__ import annotations

import pytest

from shared.catalog import Metric
from shared.domain import MetricScore, TrialState
from shared.testing import make_outcome, make_spec
from tests.support.worker_bench import Crash, lost_delivery, succeed
from worker.parent.intervals import BELIEVE_SECONDS


class Evaluation:
    """Drops every trial that has a rival, and remembers the rivals."""

    def __init__(self):
        self.rivals = []

    def __call__(self, request, tell):
        self.rivals.append(request.rival)
        if request.rival is None:
            return succeed(request, tell)
        return tuple(make_outcome(dropped_after=2, trial_id=trial.trial_id) for trial in request.trials)


def record_ten(b, sweep):
    """Let the sweep have ten successes with an RMSE from 1 to 10, a little uneven over the folds."""
    outcomes = []
    for number in range(1, 11):
        score = MetricScore(fold_scores=(number, number, number * 1.1), mean_score=number, std_score=0)
        outcomes.append(make_outcome(("ten", number), scores={Metric.RMSE: score, Metric.R2: score}))
    b.store.record(sweep.sweep_id, outcomes)


def racing(b, **changes):
    return b.sweep(spec=make_spec(racing=True), size=100, **changes)


def states(b, sweep):
    summary = b.store.summaries([sweep.sweep_id])[0]
    return summary.succeeded, summary.failed, summary.dropped


def test_trials_race_against_the_tenth_best_once_there_are_ten(bench):
    b = bench(evaluate=(evaluation := Evaluation()))
    sweep = racing(b)
    b.task(sweep, "first")
    b.until_settled()
    record_ten(b, sweep)
    b.pass_time(BELIEVE_SECONDS)
    b.task(sweep, "second", trials=3)
    b.until_settled()
    first, second = evaluation.rivals
    assert first is None
    assert second.fold_scores == (9.0, 9.0, pytest.approx(9.9))  # the first task's success is among the ten
    assert states(b, sweep) == (11, 0, 3)


def test_a_sweep_that_does_not_race_has_no_rival(bench):
    b = bench(evaluate=(evaluation := Evaluation()))
    sweep = b.sweep(size=100)
    record_ten(b, sweep)
    b.task(sweep)
    b.until_settled()
    assert evaluation.rivals == [None]


def test_a_dropped_trial_says_who_dropped_it_at_which_attempt(bench):
    b = bench(evaluate=Evaluation())
    sweep = racing(b)
    record_ten(b, sweep)
    task = b.task(sweep)
    b.until_settled()
    dropped = b.outcomes(sweep)[task.trials[0].trial_id]
    assert dropped.state is TrialState.DROPPED
    assert dropped.partial_scores == {Metric.RMSE: (0.5, 0.5), Metric.R2: (0.5, 0.5)}
    assert (dropped.worker, dropped.pod, dropped.attempts) == ("worker-under-test", "pod-1", 1)


def test_a_task_that_comes_again_after_its_trials_were_dropped_is_not_evaluated_again(bench):
    b = bench(evaluate=Evaluation())
    sweep = racing(b)
    record_ten(b, sweep)
    task = b.task(sweep, trials=2)
    b.until_settled()
    b.publish([task])
    b.until_settled()
    assert len(b.requests) == 1
    assert states(b, sweep) == (10, 0, 2)


def test_of_a_lost_task_only_what_was_not_dropped_is_evaluated(bench):
    b = bench(evaluate=Evaluation())
    sweep = racing(b)
    task = b.task(sweep, trials=3)
    lost_delivery(b)
    gone = task.trials[0].trial_id
    b.store.record(sweep.sweep_id, [make_outcome(trial_id=gone, dropped_after=2)])
    b.until_settled()
    assert gone not in b.requests[0]
    assert states(b, sweep) == (2, 0, 1)
    assert {each.attempts for each in b.outcomes(sweep).values() if each.trial_id != gone} == {2}


def test_an_engine_that_dies_in_a_race_costs_an_attempt_and_the_trial_may_still_be_dropped(bench):
    evaluation = Evaluation()

    def evaluate(request, tell):
        if not evaluation.rivals:
            evaluation.rivals.append(request.rival)
            raise Crash(-11)
        return evaluation(request, tell)

    b = bench(evaluate=evaluate)
    sweep = racing(b)
    record_ten(b, sweep)
    task = b.task(sweep)
    b.until_settled()
    dropped = b.outcomes(sweep)[task.trials[0].trial_id]
    assert (dropped.state, dropped.attempts) == (TrialState.DROPPED, 2)


def test_what_one_sweep_dropped_is_evaluated_for_another_that_needs_it(bench):
    b = bench(evaluate=Evaluation())
    sweep = racing(b)
    record_ten(b, sweep)
    task = b.task(sweep, "shared")
    b.until_settled()
    assert states(b, sweep) == (10, 0, 1)
    other = b.sweep("other", size=100)
    b.task(other, "shared")
    b.until_settled()
    assert b.outcomes(other)[task.trials[0].trial_id].state is TrialState.SUCCEEDED
    assert states(b, sweep) == (11, 0, 0)
