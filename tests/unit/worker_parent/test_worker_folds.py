"""What the worker's parent does with tasks that are about one fold; on fakes, see tests/support/worker_bench.py."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from shared.catalog import Metric
from shared.domain import ErrorCause, Task, TrialState
from shared.errors import ServiceUnavailable
from shared.testing import InMemoryStore, make_fold_result, make_outcome, make_spec
from tests.support.worker_bench import Bench, Crash, lost_delivery, succeed, succeed_a_fold, until_stopped
from worker.parent.intervals import BELIEVE_SECONDS, RECHECK_SECONDS

#: the key of the first trial of a bench's first task


@pytest.fixture
def bench(bench: Callable[..., Bench]) -> Callable[..., Bench]:
    return partial(bench, evaluate=succeed_a_fold)


def fold_tasks(b: Bench, sweep, trials: int = 1, folds=(0, 1, 2)) -> list[Task]:
    return [b.task(sweep, trials=trials, fold=fold) for fold in folds]


def id_of(task: Task) -> str:
    return task.trials[0].trial_id


def test_a_trial_has_its_outcome_once_its_last_fold_is_there(bench):
    b = bench()
    sweep = b.sweep()
    fold_tasks(b, sweep, trials=2, folds=(2, 0))
    b.until_settled()
    assert b.outcomes(sweep) == {}
    assert b.worker._recorder.trials_done == 0

    (task,) = fold_tasks(b, sweep, trials=2, folds=(1,))
    b.until_settled()
    outcomes = b.outcomes(sweep)
    assert set(outcomes) == {trial.trial_id for trial in task.trials}
    for outcome in outcomes.values():
        assert outcome.state is TrialState.SUCCEEDED
        assert outcome.scores[Metric.RMSE].fold_scores == (0, 1, 2)
        assert outcome.scores[Metric.RMSE].std_score == np.std([0, 1, 2])
        assert outcome.rounds == (10, 10, 10)
        assert outcome.fit_seconds.cpu == 3.0
        assert (outcome.worker, outcome.pod, outcome.attempts) == ("worker-under-test", "pod-1", 1)
    assert b.worker._recorder.trials_done == 2


def test_an_outcome_says_which_workers_had_its_folds(bench):
    b = bench()
    sweep = b.sweep()
    (task,) = fold_tasks(b, sweep, folds=(2,))
    b.store.record_folds(
        [make_fold_result(trial_id=id_of(task), fold=fold, worker="another", attempts=2) for fold in (0, 1)]
    )
    b.until_settled()

    outcome = b.outcomes(sweep)[id_of(task)]
    assert (outcome.worker, outcome.pod, outcome.attempts) == ("another, worker-under-test", "pod-1", 2)


def test_a_worker_that_dies_between_the_last_fold_and_the_outcome_leaves_no_gap(bench):
    b = bench()
    sweep = b.sweep()
    (task,) = fold_tasks(b, sweep, folds=(2,))
    lost_delivery(b)
    b.store.record_folds(
        [make_fold_result(fold=fold).model_copy(update={"trial_id": id_of(task)}) for fold in range(3)]
    )
    b.until_settled()

    assert b.outcomes(sweep)[id_of(task)].state is TrialState.SUCCEEDED
    assert b.requests == []


def test_a_fold_that_is_kept_is_not_evaluated_again(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep, trials=2, fold=0)
    b.store.record_folds([make_fold_result(trial_id=id_of(task))])
    b.until_settled()
    assert b.requests == [[task.trials[1].trial_id]]
    assert b.outcomes(sweep) == {}


def test_an_attempt_counts_against_its_fold_alone(bench):
    died = set()

    def die_once_a_fold(request, tell):
        if request.fold not in died:
            died.add(request.fold)
            raise Crash(-11)
        return succeed_a_fold(request, tell)

    b = bench(evaluate=die_once_a_fold)
    sweep = b.sweep()
    tasks = fold_tasks(b, sweep)
    b.until_settled()

    outcome = b.outcomes(sweep)[id_of(tasks[0])]
    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.attempts == 2


def test_a_fold_that_always_kills_its_engine_fails_the_trial_and_ends_the_other_folds(bench):
    def die_on_the_first(request, tell):
        if request.fold == 0:
            raise Crash(-11)
        return succeed_a_fold(request, tell)

    b = bench(evaluate=die_on_the_first)
    sweep = b.sweep()
    tasks = fold_tasks(b, sweep)
    b.until_settled()

    outcome = b.outcomes(sweep)[id_of(tasks[0])]
    assert outcome.error.cause is ErrorCause.ENGINE_DIED
    assert outcome.attempts == 3
    assert outcome.error.message.endswith("it was tried 3 times")
    assert [each.fold for each in b.store.attempts([outcome.trial_id])[outcome.trial_id]] == [0, 0, 0]
    assert len(b.requests) == 3


def test_a_trial_that_fails_in_a_fold_fails_and_its_siblings_go_on(bench):
    def fail_one(request, tell):
        first, *rest = succeed_a_fold(request, tell)
        failure = make_outcome(failed=ErrorCause.EVALUATION).model_copy(update={"trial_id": first.trial_id})
        return (failure, *rest)

    b = bench(evaluate=fail_one)
    sweep = b.sweep()
    (task,) = fold_tasks(b, sweep, trials=2, folds=(0,))
    b.until_settled()
    b.evaluate = succeed_a_fold
    fold_tasks(b, sweep, trials=2, folds=(1, 2))
    b.until_settled()

    states = {trial_id: outcome.state for trial_id, outcome in b.outcomes(sweep).items()}
    assert states == {task.trials[0].trial_id: TrialState.FAILED, task.trials[1].trial_id: TrialState.SUCCEEDED}


def test_folds_of_one_trial_are_evaluated_at_once_by_several_engines(bench):
    b = bench(engines=3, evaluate=until_stopped)
    fold_tasks(b, b.sweep())
    b.until(lambda: len(b.requests) == 3)
    assert b.status().unacknowledged == 3
    b.until(lambda: all(engine.progress for engine in b.pool.engines))
    b.pass_time(2)
    (report,) = b.store.workers()
    assert {task.only_fold for task in report.running} == {0, 1, 2}


@pytest.mark.parametrize(("fold", "waits"), [(0, True), (1, False), (None, True)])
def test_a_fold_waits_for_another_worker_only_where_that_is_at_the_same_fold(bench, fold, waits):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep, fold=0)
    b.other_worker_runs(id_of(task), fold=fold)
    b.pass_time(0)
    for _ in range(3):
        b.worker.step()
    b.until(lambda: waits or b.requests)
    assert bool(b.requests) != waits
    assert b.status().unacknowledged == 1 or not waits

    b.other_worker_runs()
    b.now += RECHECK_SECONDS
    b.until_settled()
    assert len(b.requests) == 1


def test_a_whole_trial_waits_for_a_fold_of_it(bench):
    b = bench(evaluate=succeed)
    task = b.task(b.sweep())
    b.other_worker_runs(id_of(task), fold=2)
    for _ in range(3):
        b.worker.step()
    assert b.requests == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"trial_timeout_seconds": 5.0}, {"failed": ErrorCause.TIMEOUT}),
        ({"racing": True}, {"dropped_after": 2}),
    ],
    ids=["timeout", "drop"],
)
def test_what_another_sweep_makes_of_a_trial_takes_none_of_its_folds(bench, changes, outcome):
    b = bench()
    sweep = b.sweep("folds")
    (task, _) = fold_tasks(b, sweep, folds=(0, 1))
    b.until_settled()
    b.sweep("whole", spec=make_spec(**changes))
    b.store.record("whole", [make_outcome(trial_id=id_of(task), **outcome)])
    fold_tasks(b, sweep, folds=(2,))
    b.until_settled()

    assert b.outcomes(sweep)[id_of(task)].state is TrialState.SUCCEEDED


def test_a_sweep_owns_the_outcome_though_another_had_it_before_the_last_fold_was_done(bench):
    gate = threading.Event()

    def wait_with_the_last(request, tell):
        assert request.fold != 2 or gate.wait(60)
        return succeed_a_fold(request, tell)

    b = bench(evaluate=wait_with_the_last)
    sweep, other = b.sweep("folds"), b.sweep("whole")
    (*_, task) = fold_tasks(b, sweep)
    b.until(lambda: len(b.requests) == 3)
    b.store.record(other.sweep_id, [make_outcome(trial_id=id_of(task))])
    gate.set()
    b.until_settled()

    assert set(b.outcomes(sweep)) == {id_of(task)}


@pytest.mark.parametrize("crashes", [False, True])
def test_a_kept_sibling_of_a_failure_is_completed(bench, crashes):
    def fail(request, tell):
        if crashes:
            raise Crash(-9)
        (trial,) = request.trials
        return (make_outcome(failed=ErrorCause.EVALUATION).model_copy(update={"trial_id": trial.trial_id}),)

    b = bench(evaluate=fail)
    sweep = b.sweep()
    task = b.task(sweep, trials=2, fold=2)
    lost_delivery(b)
    b.store.record_folds([make_fold_result(trial_id=id_of(task), fold=fold) for fold in range(3)])
    b.until_settled()

    states = [b.outcomes(sweep)[trial.trial_id].state for trial in task.trials]
    assert states == [TrialState.SUCCEEDED, TrialState.FAILED]


def test_a_fold_that_dies_after_the_trial_failed_is_given_up(bench):
    died = Counter()
    failed = threading.Event()

    def die(request, tell):
        died[request.fold] += 1
        assert request.fold == 0 or died[1] < 3 or failed.wait(60)
        raise Crash(-9)

    b = bench(evaluate=die, engines=2)
    sweep = b.sweep()
    (task, _) = fold_tasks(b, sweep, folds=(0, 1))
    b.until(lambda: b.outcomes(sweep))
    first = b.outcomes(sweep)
    failed.set()
    b.until_settled()

    assert died[0] == 3
    assert b.outcomes(sweep) == first
    # the death of the other fold's engine, which found the trial failed, is no attempt at anything
    written = Counter(each.fold for each in b.store.attempts([id_of(task)])[id_of(task)])
    assert written == {0: 3, 1: died[1] - 1} if died[1] > 1 else written == {0: 3}


def test_a_fold_of_before_a_retry_does_not_fail_the_retried_trial(bench):
    gate, retried = threading.Event(), threading.Event()

    def evaluate(request, tell):
        if retried.is_set():
            return succeed_a_fold(request, tell)
        assert request.fold == 0 or gate.wait(60)
        raise Crash(-9)

    b = bench(evaluate=evaluate, engines=2)
    sweep = b.sweep()
    fold_tasks(b, sweep, folds=(1, 0))
    b.until(lambda: b.outcomes(sweep))
    b.store.forget_failures(sweep.sweep_id)
    again = sweep.model_copy(update={"epoch": 2})
    assert b.store.change_sweep(sweep, again)
    gate.set()
    b.until_settled()
    assert b.outcomes(again) == {}

    retried.set()
    (task, *_) = fold_tasks(b, again)
    b.now += BELIEVE_SECONDS
    b.until_settled()
    assert b.outcomes(again)[id_of(task)].state is TrialState.SUCCEEDED


def test_a_fold_of_a_sweep_that_is_deleted_meanwhile_is_given_up(bench):
    gate = threading.Event()

    def die(request, tell):
        assert gate.wait(60)
        raise Crash(-9)

    b = bench(evaluate=die)
    sweep = b.sweep()
    fold_tasks(b, sweep, folds=(0,))
    b.until(lambda: b.requests)
    b.store.delete_sweep(sweep.sweep_id)
    gate.set()
    b.until_settled()
    assert len(b.requests) == 1


def test_a_resume_uses_the_folds_that_are_kept(bench):
    b = bench()
    sweep = b.sweep()
    fold_tasks(b, sweep, folds=(0, 2))
    b.until_settled()
    again = sweep.model_copy(update={"epoch": 2})
    assert b.store.change_sweep(sweep, again)
    (task, *_) = fold_tasks(b, again)
    b.now += BELIEVE_SECONDS
    b.until_settled()

    assert b.outcomes(again)[id_of(task)].state is TrialState.SUCCEEDED
    assert len(b.requests) == 3


@pytest.mark.slow
def test_a_fold_survives_an_outage_of_the_store(bench):
    class Store(InMemoryStore):
        failures = 2

        def record_folds(self, results):
            if self.failures:
                self.failures -= 1
                raise ServiceUnavailable("MongoDB", "no primary", "wait")
            super().record_folds(results)

    b = bench(store=Store())
    (task,) = fold_tasks(b, b.sweep(), folds=(1,))
    b.until_settled()
    assert [each.fold for each in b.store.fold_results([id_of(task)])[id_of(task)]] == [1]
    assert len(b.requests) == 1
