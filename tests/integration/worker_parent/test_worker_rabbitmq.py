"""A worker with real engines on a real RabbitMQ; the store is the embedded one."""

import time
from collections.abc import Callable, Iterator

import pytest

from shared.adapters.embedded import EmbeddedStore
from shared.adapters.rabbitmq import RabbitTaskQueue
from shared.domain import Sweep, TrialState
from shared.settings import WorkerSettings
from shared.testing import make_sweep, make_task
from tests.support.engine_evaluators import SUCCEED, TAKE_SIX_SECONDS, home_log
from tests.support.rabbitmq_server import through
from tests.support.worker_bench import store_table
from worker.parent.engine_pool import EnginePool
from worker.parent.engine_process import ChildProcess
from worker.parent.reporting import WorkerIdentity
from worker.parent.stop_request import StopRequest
from worker.parent.worker import Worker


class Bench:
    """A worker of one engine in this process, on a broker."""

    def __init__(self, home, queue: RabbitTaskQueue) -> None:
        self.home = home
        self.queue = queue
        self.store = EmbeddedStore(home / "boostgrid.sqlite")
        store_table(self.store)
        self.sweep: Sweep = make_sweep()
        self.store.save_sweep(self.sweep)
        self.stop = StopRequest()
        self.worker = Worker(
            WorkerSettings(home=home, grace_seconds=0),
            WorkerIdentity.of_this_process(None, 1, 1, {}),
            self.store,
            queue,
            EnginePool(1, lambda: ChildProcess(1, 16, "tests.support.engine_evaluators:scripted"), time.monotonic),
            self.stop,
        )

    def publish(self, *whats: int) -> None:
        """Publish a task for each, of one trial that does this."""
        for number, what in enumerate(whats):
            task = make_task(number, self.sweep.sweep_id, spec_hash=self.sweep.spec.spec_hash)
            trial = task.trials[0].model_copy(update={"params": {"n_estimators": what}})
            self.queue.publish([task.model_copy(update={"trials": (trial,)})])

    def until(self, condition: Callable[[], object], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline
            self.worker.step()

    def until_outcomes(self, number: int) -> None:
        self.until(lambda: len(self.outcomes) == number)

    @property
    def outcomes(self):
        return self.store.outcomes(self.sweep.sweep_id).outcomes

    @property
    def evaluations(self) -> int:
        log = home_log(self.home)
        return len(log.read_text().splitlines()) if log.exists() else 0

    def close(self) -> None:
        self.stop.ask()
        self.worker.run()
        self.stop.close()
        self.queue.close()
        self.store.close()


@pytest.fixture
def bench(tmp_path) -> Iterator[Callable[[RabbitTaskQueue], Bench]]:
    made = []

    def make(queue: RabbitTaskQueue) -> Bench:
        made.append(Bench(tmp_path, queue))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_trial_longer_than_heartbeat_and_consumer_timeout_is_evaluated_once(
    bench, impatient_rabbitmq_url, rabbitmq_topology
):
    b = bench(RabbitTaskQueue(impatient_rabbitmq_url, rabbitmq_topology))
    b.publish(TAKE_SIX_SECONDS, SUCCEED)
    b.until_outcomes(2)
    for _ in range(10):
        b.worker.step()
    assert b.evaluations == 2
    assert {(outcome.state, outcome.attempts) for outcome in b.outcomes} == {(TrialState.SUCCEEDED, 1)}
    assert b.queue.status().ready == b.queue.status().dead == 0


def test_a_connection_that_breaks_in_the_middle_of_a_trial_costs_nothing(
    bench, rabbitmq_url, rabbitmq_gate, rabbitmq_queue_names
):
    b = bench(RabbitTaskQueue(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    b.publish(TAKE_SIX_SECONDS)
    b.until(lambda: b.evaluations)
    rabbitmq_gate.cut()
    b.until_outcomes(1)
    b.until(lambda: b.queue.status().ready == 0)
    assert b.evaluations == 1
    assert [outcome.attempts for outcome in b.outcomes] == [1]


def test_a_task_handed_back_on_leaving_is_anothers_as_if_never_delivered(bench, rabbitmq_url, rabbitmq_queue_names):
    b = bench(RabbitTaskQueue(rabbitmq_url, rabbitmq_queue_names))
    b.publish(TAKE_SIX_SECONDS)
    b.until(lambda: b.evaluations)
    b.stop.ask()
    b.worker.run()
    other = RabbitTaskQueue(rabbitmq_url, rabbitmq_queue_names)
    consumer = other.consume(1)
    deadline = time.monotonic() + 30
    while (delivery := consumer.take()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    consumer.acknowledge(delivery)
    consumer.close()
    other.close()
    assert not delivery.redelivered
    assert b.outcomes == ()


def test_a_worker_that_found_the_queue_empty_takes_what_comes_later(bench, rabbitmq_url, rabbitmq_queue_names):
    b = bench(RabbitTaskQueue(rabbitmq_url, rabbitmq_queue_names))
    for _ in range(20):
        b.worker.step()
    b.publish(SUCCEED)
    b.until_outcomes(1)
