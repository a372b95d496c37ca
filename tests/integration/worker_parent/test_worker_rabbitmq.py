"""A worker with real engines on a real RabbitMQ; the store is the embedded one."""

import time

import pytest

from shared.adapters.rabbitmq import RabbitTaskQueue
from shared.domain import TrialState
from tests.support.engine_evaluators import SUCCEED, TAKE_SIX_SECONDS
from tests.support.rabbitmq_server import through

pytestmark = pytest.mark.slow


def test_a_trial_longer_than_heartbeat_and_consumer_timeout_is_evaluated_once(
    engines_bench, impatient_rabbitmq_url, rabbitmq_topology
):
    b = engines_bench(RabbitTaskQueue(impatient_rabbitmq_url, rabbitmq_topology))
    b.publish(TAKE_SIX_SECONDS, SUCCEED)
    b.until_outcomes(2)
    for _ in range(10):
        b.worker.step()
    assert b.evaluations == 2
    assert {(outcome.state, outcome.attempts) for outcome in b.outcomes} == {(TrialState.SUCCEEDED, 1)}
    assert b.status().ready == b.status().dead == 0


def test_a_connection_that_breaks_in_the_middle_of_a_trial_costs_nothing(
    engines_bench, rabbitmq_url, rabbitmq_gate, rabbitmq_queue_names
):
    b = engines_bench(RabbitTaskQueue(through(rabbitmq_gate, rabbitmq_url), rabbitmq_queue_names))
    b.publish(TAKE_SIX_SECONDS)
    b.until(lambda: b.evaluations)
    rabbitmq_gate.cut()
    b.until_outcomes(1)
    b.until(lambda: b.status().ready == 0)
    assert b.evaluations == 1
    assert [outcome.attempts for outcome in b.outcomes] == [1]


def test_a_task_handed_back_on_leaving_is_anothers_as_if_never_delivered(
    engines_bench, rabbitmq_url, rabbitmq_queue_names
):
    b = engines_bench(RabbitTaskQueue(rabbitmq_url, rabbitmq_queue_names))
    b.publish(TAKE_SIX_SECONDS)
    b.until(lambda: b.evaluations)
    b.stop.ask()
    b.worker.run()
    other = RabbitTaskQueue(rabbitmq_url, rabbitmq_queue_names)
    consumer = other.consume()
    deadline = time.monotonic() + 30
    while (delivery := consumer.take([b.address])) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    consumer.acknowledge(delivery)
    consumer.close()
    other.close()
    assert not delivery.redelivered
    assert b.outcomes == ()


def test_a_worker_that_found_the_queue_empty_takes_what_comes_later(engines_bench, rabbitmq_url, rabbitmq_queue_names):
    b = engines_bench(RabbitTaskQueue(rabbitmq_url, rabbitmq_queue_names))
    for _ in range(20):
        b.worker.step()
    b.publish(SUCCEED)
    b.until_outcomes(1)
