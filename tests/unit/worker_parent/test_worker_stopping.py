"""What the worker's parent does when a sweep is cancelled, it is told to stop, or a service is away; on fakes."""

import threading

import pytest

from shared.domain import AttemptCause, ErrorCause, Verdict, judge
from shared.errors import ServiceUnavailable
from shared.testing import InMemoryStore, make_spec
from tests.support.worker_bench import until_stopped, wait_for
from worker.parent.engine_pool import STOP_SECONDS
from worker.parent.intervals import BELIEVE_SECONDS

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
    (engine,) = b.worker._pool.busy
    assert not engine.is_killed
    b.now += STOP_SECONDS
    b.until(lambda: engine.is_killed)
    gate.set()  # a thread cannot be killed; it ends once the worker has hung up
    b.until(lambda: b.started == 2)
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
    assert b.status().ready == 1
    assert b.store.workers() == []


@pytest.mark.parametrize("hasten", [False, True])
def test_what_outlasts_the_grace_is_handed_back_at_no_cost(bench, hasten):
    b = bench(evaluate=until_stopped)
    sweep = b.sweep()
    task = b.task(sweep)
    b.until(lambda: b.requests)
    b.stop.ask()
    b.pass_time(1)
    assert b.status().ready == 0
    if hasten:
        b.stop.ask()
    else:
        b.now += 60
    b.worker.run()
    assert b.outcomes(sweep) == {}
    (attempt,) = b.store.attempts([task.trials[0].trial_id])[task.trials[0].trial_id]
    assert attempt.cause is AttemptCause.HANDED_BACK
    assert judge([attempt] * 25) is Verdict.TRY_AGAIN
    delivery = b.queue.consume().take(list(b.addresses))
    assert delivery.task == task
    assert not delivery.redelivered


def test_a_worker_that_leaves_does_not_wait_for_what_is_cancelled(bench):
    b = bench(evaluate=until_stopped)
    sweep = b.sweep()
    b.task(sweep)
    b.until(lambda: b.requests)
    b.sweep(cancelled=True)
    b.stop.ask()
    b.pass_time(BELIEVE_SECONDS)
    b.until(lambda: not b.worker._pool.busy)
    b.worker.run()
    assert b.status().ready == 0
    assert b.outcomes(sweep) == {}


def test_what_waits_for_another_worker_is_handed_back_at_once(bench):
    b = bench()
    task = b.task(b.sweep())
    b.other_worker_runs(task.trials[0].trial_id)
    b.until(lambda: b.status().unacknowledged)
    b.stop.ask()
    b.worker.run()
    assert b.status().ready == 1
    assert not b.queue.consume().take(list(b.addresses)).redelivered


def test_it_stops_when_its_parent_is_gone(bench, monkeypatch):
    b = bench()
    b.stop._parent = -1
    b.worker.run()
    assert b.stop.asked


# outages and data


@pytest.mark.slow
def test_an_outcome_is_kept_until_the_store_answers(bench):
    class Store(InMemoryStore):
        outages = 2

        def record(self, sweep_id, outcomes):
            if self.outages:
                self.outages -= 1
                assert b.status().unacknowledged == 1
                raise ServiceUnavailable("The store", "it is down", "Start it.")
            super().record(sweep_id, outcomes)

    b = bench(store=Store())
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()
    assert len(b.outcomes(sweep)) == 1
    assert len(b.requests) == 1


def test_reports_that_cannot_be_sent_do_not_stop_the_work(bench):
    class Store(InMemoryStore):
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

    def refuse():
        if next(refusals, False):
            raise ServiceUnavailable("The queue", "it is down", "Start it.")
        return consume()

    b.queue.consume = refuse
    sweep = b.sweep()
    b.task(sweep)
    for _ in range(3):
        b.until(lambda: b.pool.idle_count)
        b.pass_time(1)
    b.until_settled()
    assert len(b.outcomes(sweep)) == 1


@pytest.mark.slow
def test_a_worker_told_to_stop_during_an_outage_tries_on_for_its_time_of_grace_then_hands_back(bench):
    class Store(InMemoryStore):
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
    delivery = b.queue.consume().take(list(b.addresses))
    assert delivery.task == task
    assert not delivery.redelivered


def test_an_error_that_nobody_foresaw_counts_against_the_task(bench):
    class Store(InMemoryStore):
        def record(self, sweep_id, outcomes):
            raise ZeroDivisionError

    b = bench(store=Store())
    b.task(b.sweep())
    with pytest.raises(ZeroDivisionError):
        b.worker.run()
    assert b.queue.consume().take(list(b.addresses)).redelivered


def test_what_the_queue_cannot_be_told_now_it_is_told_later(bench):
    b = bench()
    sweep = b.sweep()
    b.task(sweep)
    consume = b.queue.consume
    refusals = iter([True, True])

    def flaky():
        consumer = consume()
        acknowledge = consumer.acknowledge

        def refuse(delivery):
            if next(refusals, False):
                raise ServiceUnavailable("The queue", "it is down", "Start it.")
            return acknowledge(delivery)

        consumer.acknowledge = refuse
        return consumer

    b.queue.consume = flaky
    b.until(lambda: b.outcomes(sweep))
    assert b.status().unacknowledged == 1
    b.pass_time(1)
    b.pass_time(1)
    assert b.status().unacknowledged == 0


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
    class Store(InMemoryStore):
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
