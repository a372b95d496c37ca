"""What the worker's parent does with tasks, engines and outages; on fakes, see tests/worker_bench.py."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from shared.errors import ServiceUnavailable
from shared.testing import InMemoryResultStore, make_outcome, make_spec, make_task
from shared.trial import ErrorCause, TrialState
from tests.worker_bench import Bench, Crash, lost_delivery, succeed, until_stopped, wait_for
from worker.consumer import RECHECK_SECONDS
from worker.engine_pool import PREPARATION_SECONDS, STOP_SECONDS
from worker.intake import BELIEVE_SECONDS


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made = []

    def make(**changes) -> Bench:
        made.append(Bench(tmp_path, **changes))
        return made[-1]

    yield make
    for each in made:
        each.close()


def crash_on(poison: str, code: int = -11):
    """Return an evaluation that kills its engine when it is asked for that trial."""

    def evaluate(request, tell):
        if poison in [trial.trial_id for trial in request.trials]:
            raise Crash(code)
        return succeed(request, tell)

    return evaluate


# the ordinary way


def test_outcomes_are_recorded_then_the_task_is_acknowledged(bench):
    held_at_record = []

    class Store(InMemoryResultStore):
        def record(self, sweep_id, outcomes):
            held_at_record.append(b.queue.status().unacknowledged)
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
    assert b.queue.status().unacknowledged == 2


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

    class Store(InMemoryResultStore):
        def report(self, worker):
            reports.append(worker)
            super().report(worker)

    b = bench(store=Store())
    sweep = b.sweep()
    for key in range(30):
        b.task(sweep, key)
    b.until_settled()
    assert len(reports) == 1
    b.pass_time(1)
    assert reports[-1].trials_done == 30
    b.pass_time(1)
    assert len(reports) == 2
    b.pass_time(5)
    assert len(reports) == 3


# what is not evaluated


def test_tasks_of_a_deleted_sweep_are_dropped(bench):
    b = bench()
    b.queue.publish([make_task(0)])
    b.until_settled()
    assert b.requests == []


def test_tasks_of_a_cancelled_sweep_are_dropped(bench):
    b = bench()
    b.task(b.sweep(cancelled=True))
    b.until_settled()
    assert b.requests == []


def test_tasks_of_an_earlier_epoch_are_dropped(bench):
    b = bench()
    b.task(b.sweep(epoch=2), epoch=1)
    b.until_settled()
    assert b.requests == []


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
    b.store.record(sweep.sweep_id, [make_outcome((0, 0))])
    b.until_settled()
    assert b.requests == [[task.trials[1].trial_id]]
    b.queue.publish([task])
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


# what runs elsewhere


def test_a_trial_that_runs_elsewhere_is_waited_for_and_its_outcome_used(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.other_worker_runs(task.trials[0].trial_id)
    b.until(lambda: b.queue.status().unacknowledged)
    b.pass_time(RECHECK_SECONDS)
    assert b.requests == []
    b.store.record(sweep.sweep_id, [make_outcome((0, 0))])
    b.pass_time(RECHECK_SECONDS)
    b.until_settled()
    assert b.requests == []


def test_a_trial_that_another_worker_gave_up_is_evaluated(bench):
    b = bench()
    sweep = b.sweep()
    task = b.task(sweep)
    b.other_worker_runs(task.trials[0].trial_id)
    b.until(lambda: b.queue.status().unacknowledged)
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
    b.until(lambda: b.queue.status().unacknowledged)
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
    b.until(lambda: b.queue.status().unacknowledged)
    gate.set()
    b.until(lambda: b.outcomes(sweep))
    b.pass_time(RECHECK_SECONDS)
    b.until_settled()
    assert len(b.requests) == 1
    assert [each.attempts for each in b.outcomes(sweep).values()] == [1]


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


@pytest.mark.parametrize(("memory_mb", "starts"), [(99, 1), (101, 3)])
def test_an_engine_that_grew_is_replaced_after_its_task(bench, monkeypatch, memory_mb, starts):
    memory = SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=memory_mb * 2**20))
    monkeypatch.setattr("worker.engine.psutil.Process", lambda: memory)
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


# cancelling


def test_a_running_task_of_a_cancelled_sweep_is_stopped(bench):
    b = bench(evaluate=until_stopped)
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.requests)
    b.sweep(cancelled=True)
    b.pass_time(BELIEVE_SECONDS)
    b.until_settled()
    assert b.outcomes(sweep) == {}
    assert b.started == 1


def test_an_engine_that_does_not_stop_is_killed(bench):
    gate = threading.Event()
    b = bench(evaluate=wait_for(gate))
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.requests)
    b.sweep(cancelled=True)
    b.pass_time(BELIEVE_SECONDS)
    assert b.queue.status().unacknowledged == 1
    b.now += STOP_SECONDS
    threading.Timer(0.2, gate.set).start()  # a thread cannot be killed; it ends once the worker has hung up
    b.until_settled()
    assert b.outcomes(sweep) == {}


def test_results_that_cross_the_cancelling_are_not_recorded(bench):
    b = bench(evaluate=until_stopped)
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.requests)
    b.store.delete_sweep(sweep.sweep_id)
    b.pass_time(BELIEVE_SECONDS)
    b.until_settled()
    assert b.store.outcomes(sweep.sweep_id).outcomes == ()


# stopping


def test_a_running_task_is_finished_within_the_grace(bench):
    gate = threading.Event()
    b = bench(evaluate=wait_for(gate))
    sweep = b.sweep()
    b.task(sweep, 0)
    b.until(lambda: b.requests)
    b.task(sweep, 1)
    b.stop.ask()
    b.worker.step()
    gate.set()
    b.worker.run()
    assert len(b.outcomes(sweep)) == 1
    assert b.queue.status().ready == 1
    assert b.store.workers() == []


@pytest.mark.parametrize("hasten", [False, True])
def test_what_outlasts_the_grace_is_handed_back_at_no_cost(bench, hasten):
    b = bench(evaluate=until_stopped)
    sweep = b.sweep()
    task = b.task(sweep)
    b.until(lambda: b.requests)
    b.stop.ask()
    b.pass_time(1)
    assert b.queue.status().ready == 0
    if hasten:
        b.stop.ask()
    else:
        b.now += 60
    b.worker.run()
    assert b.outcomes(sweep) == {}
    assert b.store.attempts([task.trials[0].trial_id]) == {}
    delivery = b.queue.consume(1).take()
    assert delivery.task == task
    assert not delivery.redelivered


def test_what_waits_for_another_worker_is_handed_back_at_once(bench):
    b = bench()
    task = b.task(b.sweep())
    b.other_worker_runs(task.trials[0].trial_id)
    b.until(lambda: b.queue.status().unacknowledged)
    b.stop.ask()
    b.worker.run()
    assert b.queue.status().ready == 1
    assert not b.queue.consume(1).take().redelivered


def test_it_stops_when_its_parent_is_gone(bench, monkeypatch):
    b = bench()
    b.stop._parent = -1
    b.worker.run()
    assert b.stop.asked


# outages and data


def test_an_outcome_is_kept_until_the_store_answers(bench):
    class Store(InMemoryResultStore):
        outages = 2

        def record(self, sweep_id, outcomes):
            if self.outages:
                self.outages -= 1
                assert b.queue.status().unacknowledged == 1
                raise ServiceUnavailable("The store", "it is down", "Start it.")
            super().record(sweep_id, outcomes)

    b = bench(store=Store())
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()
    assert len(b.outcomes(sweep)) == 1
    assert len(b.requests) == 1


def test_reports_that_cannot_be_sent_do_not_stop_the_work(bench):
    class Store(InMemoryResultStore):
        def report(self, worker):
            raise ServiceUnavailable("The store", "it is down", "Start it.")

        def forget_worker(self, worker_id):
            raise ServiceUnavailable("The store", "it is down", "Start it.")

    b = bench(store=Store())
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()
    b.stop.ask()
    b.worker.run()
    assert len(b.outcomes(sweep)) == 1


def test_a_queue_that_does_not_answer_is_asked_again(bench):
    b = bench()
    consume, refusals = b.queue.consume, iter([True, True])

    def refuse(prefetch):
        if next(refusals, False):
            raise ServiceUnavailable("The queue", "it is down", "Start it.")
        return consume(prefetch)

    b.queue.consume = refuse
    sweep = b.sweep()
    b.task(sweep)
    for _ in range(3):
        b.until(lambda: b.pool.idle_count)
        b.pass_time(1)
    b.until_settled()
    assert len(b.outcomes(sweep)) == 1


def test_a_worker_told_to_stop_during_an_outage_tries_on_for_its_time_of_grace_then_hands_back(bench):
    class Store(InMemoryResultStore):
        tries = 0

        def record(self, sweep_id, outcomes):
            self.tries += 1
            if self.tries == 1:
                b.stop.ask()
            elif self.tries == 3:
                b.now += 60
            raise ServiceUnavailable("The store", "it is down", "Start it.")

    b = bench(store=Store())
    task = b.task(b.sweep())
    b.worker.run()
    assert b.store.tries == 3
    delivery = b.queue.consume(1).take()
    assert delivery.task == task
    assert not delivery.redelivered


def test_an_error_that_nobody_foresaw_counts_against_the_task(bench):
    class Store(InMemoryResultStore):
        def record(self, sweep_id, outcomes):
            raise ZeroDivisionError

    b = bench(store=Store())
    b.task(b.sweep())
    with pytest.raises(ZeroDivisionError):
        b.worker.run()
    assert b.queue.consume(1).take().redelivered


def test_what_the_queue_cannot_be_told_now_it_is_told_later(bench):
    b = bench()
    sweep = b.sweep()
    b.task(sweep)
    consume = b.queue.consume
    refusals = iter([True, True])

    def flaky(prefetch):
        consumer = consume(prefetch)
        acknowledge = consumer.acknowledge

        def refuse(delivery):
            if next(refusals, False):
                raise ServiceUnavailable("The queue", "it is down", "Start it.")
            return acknowledge(delivery)

        consumer.acknowledge = refuse
        return consumer

    b.queue.consume = flaky
    b.until(lambda: b.outcomes(sweep))
    assert b.queue.status().unacknowledged == 1
    b.pass_time(1)
    b.pass_time(1)
    assert b.queue.status().unacknowledged == 0


def test_data_that_cannot_be_fetched_fails_the_trials(bench):
    b = bench()
    spec = make_spec()
    sweep = b.sweep(spec=spec.with_dataset_hash("a" * 64))
    b.task(sweep, trials=2)
    b.until_settled()
    outcomes = b.outcomes(sweep)
    assert {each.error.cause for each in outcomes.values()} == {ErrorCause.WORKER}
    assert len(outcomes) == 2
    assert b.requests == []


def test_a_running_trial_goes_on_while_the_store_cannot_say_whether_it_is_wanted(bench):
    class Store(InMemoryResultStore):
        down = False

        def sweep(self, sweep_id):
            if self.down:
                raise ServiceUnavailable("The store", "it is down", "Start it.")
            return super().sweep(sweep_id)

    gate = threading.Event()
    b = bench(store=Store(), evaluate=wait_for(gate))
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.requests)
    b.store.down = True
    b.pass_time(BELIEVE_SECONDS)
    gate.set()
    b.until_settled()
    assert len(b.outcomes(sweep)) == 1
