"""What the worker's parent does with tasks; on fakes, see tests/support/worker_bench.py."""

import threading

import pytest

from shared.errors import RecordRefused
from shared.testing import InMemoryStore, make_outcome, make_task, make_task_of
from tests.support.worker_bench import succeed_a_fold, until_stopped, wait_for
from worker.parent.intervals import BELIEVE_SECONDS, RECHECK_SECONDS

# the ordinary way


def test_outcomes_are_recorded_then_the_task_is_acknowledged(bench):
    held_at_record = []

    class Store(InMemoryStore):
        def record(self, sweep_id, outcomes):
            held_at_record.append(b.status().unacknowledged)
            super().record(sweep_id, outcomes)

    b = bench(store=Store())
    sweep = b.sweep()
    task = b.task(sweep, trials=3)
    b.until_settled()
    outcomes = b.outcomes(sweep)
    assert set(outcomes) == {trial.trial_id for trial in task.trials}
    assert {(each.worker, each.pod, each.attempts) for each in outcomes.values()} == {("worker-under-test", "pod-1", 1)}
    assert held_at_record == [1]
    assert len(b.requests) == 1


def test_every_engine_gets_a_task_of_its_own(bench):
    b = bench(engines=2, evaluate=until_stopped)
    sweep = b.sweep()
    for key in range(4):
        b.task(sweep, key)
    b.until(lambda: len(b.requests) == 2)
    assert b.status().unacknowledged == 2


def test_it_reports_what_it_runs(bench):
    b = bench(evaluate=until_stopped)
    task = b.task(b.sweep())
    b.until(lambda: b.requests)
    b.until(lambda: b.pool.engines[0].progress)
    b.pass_time(2)
    (report,) = b.store.workers()
    (running,) = report.running
    assert running.trial_ids == (task.trials[0].trial_id,)
    assert running.fold == 1
    assert running.folds == 3
    assert running.round >= 1


def test_reports_are_throttled(bench):
    reports = []

    class Store(InMemoryStore):
        def report(self, worker):
            reports.append(worker)
            super().report(worker)

    b = bench(store=Store())
    sweep = b.sweep()
    for key in range(30):
        b.task(sweep, key)
    b.until_settled()
    assert [len(each.running) for each in reports] == [0, 1]  # that it is there, and what it begins with
    b.pass_time(1)
    assert reports[-1].trials_done == 30
    b.pass_time(1)
    assert len(reports) == 3
    b.pass_time(5)
    assert len(reports) == 4


# what is not evaluated


def test_nobody_asks_for_tasks_of_a_deleted_sweep(bench):
    b = bench()
    b.publish([make_task(0)])
    for _ in range(5):
        b.pass_time(1)
    assert b.requests == []
    assert (b.status().ready, b.status().unacknowledged) == (1, 0)


def test_a_task_whose_sweep_is_deleted_as_it_is_taken_is_dropped(bench):
    b = bench()
    sweep = b.sweep()
    b.task(sweep)
    b.worker.step()
    b.store.delete_sweep(sweep.sweep_id)
    b.now += BELIEVE_SECONDS - 0.1
    b.until_settled()
    assert b.requests == []


def test_tasks_of_a_cancelled_sweep_are_dropped(bench):
    b = bench()
    b.task(b.sweep(cancelled=True))
    b.until_settled()
    assert b.requests == []


def test_nobody_asks_for_tasks_of_an_earlier_epoch(bench):
    b = bench()
    b.task(b.sweep(epoch=2), epoch=1)
    for _ in range(5):
        b.pass_time(1)
    assert b.requests == []
    assert (b.status().ready, b.status().unacknowledged) == (1, 0)


def test_tasks_of_an_epoch_that_was_begun_a_moment_ago_are_evaluated(bench):
    b = bench()
    b.task(b.sweep(cancelled=True))
    b.until_settled()
    resumed = b.sweep(epoch=2)
    b.task(resumed)
    b.until_settled()
    assert len(b.outcomes(resumed)) == 1


def test_settled_trials_are_not_evaluated_again(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep, trials=2)
    b.store.record(sweep.sweep_id, [make_outcome(trial_id=task.trials[0].trial_id)])
    b.until_settled()
    assert b.requests == [[task.trials[1].trial_id]]
    b.publish([task])
    b.until_settled()
    assert len(b.requests) == 1


def test_another_sweeps_success_is_adopted(bench):
    b = bench()
    first, second = b.sweep("first"), b.sweep("second")
    task = b.task(first)
    b.until_settled()
    b.task(second)
    b.until_settled()
    assert len(b.requests) == 1
    assert set(b.outcomes(second)) == {task.trials[0].trial_id}


def test_a_task_of_another_spec_is_dead_lettered(bench):
    b = bench()
    b.task(b.sweep(), spec_hash="f" * 64)
    b.until_settled()
    (dead,) = b.queue.dead_letters()
    assert "another spec" in dead.reason
    assert b.requests == []


@pytest.mark.parametrize(
    ("planned", "changes", "reason"),
    [
        ({"trial_id": "a" * 64}, {}, "trial aaaaaaaaaaaa is not the one of its parameters; resume the sweep"),
        ({"params": {"learning_rate": 5.0, "max_depth": 6, "n_estimators": 10}}, {}, "no point of the sweep's grid"),
        (
            {"params": {"learning_rate": 0.001, "max_depth": 6.0, "n_estimators": 10}},
            {},
            "no point of the sweep's grid",
        ),
        ({"params": {"learning_rate": 0.001, "n_estimators": 10}}, {}, "no point of the sweep's grid"),
        ({"params": {"learning_rate": 0.001, "max_depth": 6, "n_estimators": 11}}, {}, "is not the one of its param"),
        ({}, {"fold": 3}, "fold 4 of 3"),
    ],
    ids=["id", "value", "type", "parameter", "another point", "fold"],
)
def test_a_task_of_invented_trials_is_dead_lettered(bench, planned, changes, reason):
    b = bench()
    sweep = b.sweep()
    (trial,) = make_task_of(sweep).trials
    b.publish([task_of(sweep, [trial.model_copy(update=planned)], **changes)])
    b.until_settled()
    (dead,) = b.queue.dead_letters()
    assert reason in dead.reason
    assert b.requests == []
    assert b.outcomes(sweep) == {}


def test_a_task_that_names_a_trial_twice_is_dead_lettered(bench):
    b = bench()
    sweep = b.sweep()
    b.publish([task_of(sweep, make_task_of(sweep).trials * 2)])
    b.until_settled()
    (dead,) = b.queue.dead_letters()
    assert "names a trial twice" in dead.reason


def task_of(sweep, trials, **changes):
    return make_task_of(sweep, **changes).model_copy(update={"trials": tuple(trials)})


class Particular(InMemoryStore):
    """A store that keeps no record of a score above 1."""

    def record(self, sweep_id, outcomes):
        if any(score.mean_score > 1 for outcome in outcomes for score in outcome.scores.values()):
            raise RecordRefused("The store", "it is too large")
        super().record(sweep_id, outcomes)

    def record_folds(self, results):
        raise RecordRefused("The store", "it is too large")

    def report(self, worker):
        raise RecordRefused("The store", "it is too large")


def test_an_outcome_that_the_store_refuses_is_its_trials_error_and_the_worker_goes_on(bench):
    def evaluate(request, tell):
        return tuple(
            make_outcome(trial_id=trial.trial_id, score=5.0 if number == 1 else 0.5)
            for number, trial in enumerate(request.trials)
        )

    b = bench(store=Particular(), evaluate=evaluate)
    sweep = b.sweep()
    task = b.task(sweep, trials=3)
    b.until_settled()
    found = [b.outcomes(sweep)[trial.trial_id] for trial in task.trials]
    assert [each.state for each in found] == ["succeeded", "failed", "succeeded"]
    assert found[1].error.message == "The store cannot keep the record: it is too large"
    assert b.worker._recorder.trials_done == 3


def test_a_fold_that_the_store_refuses_is_its_trials_error(bench):
    b = bench(store=Particular(), evaluate=succeed_a_fold)
    sweep = b.sweep()
    task = b.task(sweep, fold=0)
    b.until_settled()
    assert b.outcomes(sweep)[task.trials[0].trial_id].error.type == "RecordRefused"


# what runs elsewhere


def test_a_trial_that_runs_elsewhere_is_waited_for_and_its_outcome_used(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.other_worker_runs(task.trials[0].trial_id)
    b.until(lambda: b.status().unacknowledged)
    b.pass_time(RECHECK_SECONDS)
    assert b.requests == []
    b.store.record(sweep.sweep_id, [make_outcome(trial_id=task.trials[0].trial_id)])
    b.pass_time(RECHECK_SECONDS)
    b.until_settled()
    assert b.requests == []


def test_a_trial_that_another_worker_gave_up_is_evaluated(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.other_worker_runs(task.trials[0].trial_id)
    b.until(lambda: b.status().unacknowledged)
    b.other_worker_runs()
    b.pass_time(RECHECK_SECONDS)
    b.until_settled()
    assert len(b.outcomes(sweep)) == 1


def test_other_tasks_go_on_while_one_waits_for_another_worker(bench):
    b = bench()
    sweep = b.sweep()
    first = b.task(sweep, "runs elsewhere")
    b.task(sweep, "free")
    b.other_worker_runs(first.trials[0].trial_id)
    b.until(lambda: b.status().unacknowledged)
    b.pass_time(RECHECK_SECONDS)
    b.until(lambda: len(b.outcomes(sweep)) == 1)
    assert first.trials[0].trial_id not in b.outcomes(sweep)


def test_a_task_that_comes_again_while_it_runs_here_is_not_run_twice(bench):
    gate = threading.Event()
    b = bench(engines=2, evaluate=wait_for(gate))
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.requests)
    b.queue.lose_deliveries()
    b.until(lambda: b.status().unacknowledged)
    gate.set()
    b.until(lambda: b.outcomes(sweep))
    b.pass_time(RECHECK_SECONDS)
    b.until_settled()
    assert len(b.requests) == 1
    assert [each.attempts for each in b.outcomes(sweep).values()] == [1]
