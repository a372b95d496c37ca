"""A quorum queue that does not answer while its broker does, as one without a leader: a real one, made to be silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from shared.adapters.rabbitmq import RabbitTaskQueue, Topology
from shared.catalog import TaskType
from shared.domain import DatasetRef, TaskAddress
from shared.errors import ServiceUnavailable
from shared.operations import delete, launch, resume, store_named
from shared.ports import Delivery, TaskConsumer
from shared.testing import InMemoryStore, make_spec, make_sweep, make_task
from tests.support.rabbitmq_server import Consume, OpenQueue, RabbitmqServer, channel_to, running
from tests.support.task_queues import ADDRESS, DEADLINE_SECONDS, OTHER, becomes, taken
from worker.parent.queue_ends import QueueEnds

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(rabbitmq_script: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitmqServer]:
    """A broker whose queues can be made silent."""
    with running(RabbitmqServer(rabbitmq_script, tmp_path_factory.mktemp("rabbitmq"))) as server:
        yield server


@pytest.fixture
def queue(server: RabbitmqServer, rabbitmq_topology: Topology, open_rabbitmq: OpenQueue) -> RabbitTaskQueue:
    """Two queues, of which ADDRESS has one task and OTHER two."""
    queue = open_rabbitmq(server.url, rabbitmq_topology)
    queue.publish(ADDRESS, [make_task()])
    queue.publish(OTHER, [make_task(each, sweep_id=OTHER.sweep_id) for each in ("second", "third")])
    return queue


@pytest.fixture
def silenced(server: RabbitmqServer, rabbitmq_topology: Topology) -> Callable[[TaskAddress], str]:
    """Makes a queue silent and returns its name."""

    def silence(address: TaskAddress) -> str:
        server.silence(rabbitmq_topology.queue_of(address))
        return rabbitmq_topology.queue_of(address)

    return silence


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits shortly for a queue."""
    monkeypatch.setattr("shared.adapters.rabbitmq.link._QUEUE_SECONDS", 2.0)
    monkeypatch.setattr("shared.adapters.rabbitmq.consumer.ANSWER_SECONDS", 2.0)
    monkeypatch.setattr("shared.adapters.rabbitmq.mute_queues._FIRST_PAUSE", 0.5)


def becomes_true(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 2 * DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def next_of_both(consumer: TaskConsumer) -> Delivery:
    deadline = time.monotonic() + 2 * DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if (delivery := consumer.take([ADDRESS, OTHER])) is not None:
            return delivery
        time.sleep(0.05)
    raise AssertionError("no task arrived")


def test_it_is_named_and_the_others_are_served_until_it_answers_again(
    server: RabbitmqServer, queue: RabbitTaskQueue, consume_rabbitmq: Consume, silenced: Callable[[TaskAddress], str]
) -> None:
    name = silenced(ADDRESS)
    consumer = consume_rabbitmq(queue)
    assert consumer.mute() == frozenset()
    held = next_of_both(consumer)
    assert held.address == OTHER
    assert becomes_true(lambda: consumer.take([ADDRESS]) is None and consumer.mute() == {ADDRESS})

    # it is asked again and again, which costs nothing that is held, and keeps nobody waiting
    until = time.monotonic() + 6
    while time.monotonic() < until:
        started = time.monotonic()
        assert consumer.take([ADDRESS]) is None
        assert time.monotonic() - started < 5
        time.sleep(0.1)
    assert consumer.holds(held)
    another = next_of_both(consumer)
    assert another.address == OTHER
    assert consumer.acknowledge(held)
    assert consumer.acknowledge(another)

    server.give_voice(name)
    back = next_of_both(consumer)
    assert (back.address, back.task) == (ADDRESS, make_task())
    assert consumer.mute() == frozenset()
    assert consumer.acknowledge(back)


def test_a_task_that_cannot_be_put_back_into_it_does_not_stop_the_consumer(
    queue: RabbitTaskQueue, consume_rabbitmq: Consume, silenced: Callable[[TaskAddress], str]
) -> None:
    consumer = consume_rabbitmq(queue)
    held = taken(consumer, ADDRESS)
    silenced(ADDRESS)
    started = time.monotonic()
    assert not consumer.requeue(held)
    assert time.monotonic() - started < 5
    assert next_of_both(consumer).address == OTHER


def test_dead_letters_that_cannot_be_written_keep_nobody_from_tasks(
    server: RabbitmqServer,
    queue: RabbitTaskQueue,
    rabbitmq_topology: Topology,
    consume_rabbitmq: Consume,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.adapters.rabbitmq.consumer._DEAD_PAUSE_SECONDS", 10.0)
    consumer = consume_rabbitmq(queue)
    assert consumer.acknowledge(taken(consumer, ADDRESS))
    with channel_to(server.url) as channel:
        channel.basic_publish("", rabbitmq_topology.queue_of(ADDRESS), b"no task")
    server.silence(rabbitmq_topology.dead_queue)
    held = next_of_both(consumer)
    assert consumer.take([ADDRESS]) is None  # what is no task is at the end of its queue again
    assert consumer.holds(held)
    assert consumer.acknowledge(held)
    assert consumer.acknowledge(next_of_both(consumer))
    assert becomes(queue, ADDRESS, ready=1)
    server.give_voice(rabbitmq_topology.dead_queue)
    assert becomes_true(lambda: consumer.take([ADDRESS]) is None and queue.status([ADDRESS]).dead)


def test_removing_it_takes_some_seconds_and_keeps_no_other_question_waiting(
    queue: RabbitTaskQueue, silenced: Callable[[TaskAddress], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    silenced(ADDRESS)
    with monkeypatch.context() as patched:
        patched.setattr("shared.adapters.rabbitmq.queue._REMOVE_SECONDS", 2.0)
        started = time.monotonic()
        with pytest.raises(ServiceUnavailable, match="it does not answer"):  # the broker itself gives it 5 s
            queue.remove(ADDRESS)
        assert queue.status([OTHER]).ready == 2
        assert time.monotonic() - started < 5
    assert becomes_true(lambda: queue.remove(ADDRESS))
    assert queue.status([ADDRESS]).missing == (ADDRESS,)


def test_the_broker_counts_it_all_the_same(queue: RabbitTaskQueue, silenced: Callable[[TaskAddress], str]) -> None:
    silenced(ADDRESS)
    started = time.monotonic()
    status = queue.status([ADDRESS, OTHER])  # so that its silence must come from who takes tasks
    assert (status.ready_by_sweep[OTHER.sweep_id], status.missing) == (2, ())
    assert time.monotonic() - started < 5


def test_resuming_its_sweep_evaluates_what_is_missing_once_and_a_worker_removes_it_later(
    server: RabbitmqServer,
    queue: RabbitTaskQueue,
    rabbitmq_topology: Topology,
    consume_rabbitmq: Consume,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = InMemoryStore()
    store_named("diabetes", store)
    dataset = DatasetRef(name="diabetes", target="target", task=TaskType.REGRESSION)
    sweep = launch(make_spec(dataset=dataset, param_grid={"learning_rate": [0.1, 0.2]}), store, queue)
    server.silence(rabbitmq_topology.queue_of(sweep.address))
    with monkeypatch.context() as patched:
        patched.setattr("shared.adapters.rabbitmq.queue._REMOVE_SECONDS", 2.0)
        started = time.monotonic()
        again = resume(sweep.sweep_id, store, queue)
        assert time.monotonic() - started < 10
    assert (again.epoch, again.published, store.left_queues()) == (2, True, [sweep.address])

    delivery = taken(consume_rabbitmq(queue), again.address)
    assert delivery.task.epoch == 2
    ends = QueueEnds(store, queue, time.monotonic)
    assert becomes_true(lambda: ends.look(store.queued_sweeps(), (), ()) or not store.left_queues())
    assert queue.status([sweep.address, again.address]).missing == (sweep.address,)
    queue.remove(again.address)


def test_deleting_its_sweep_leaves_it_to_a_worker_too(
    server: RabbitmqServer, queue: RabbitTaskQueue, rabbitmq_topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = InMemoryStore()
    sweep = make_sweep(ADDRESS.sweep_id, queued=True)
    store.save_sweep(sweep)
    server.silence(rabbitmq_topology.queue_of(sweep.address))
    with monkeypatch.context() as patched:
        patched.setattr("shared.adapters.rabbitmq.queue._REMOVE_SECONDS", 2.0)
        delete(sweep.sweep_id, store, queue)
    assert (store.summaries(), store.left_queues()) == ([], [sweep.address])
    ends = QueueEnds(store, queue, time.monotonic)
    assert becomes_true(lambda: ends.look([], (), ()) or not store.left_queues())
    assert queue.status([sweep.address]).missing == (sweep.address,)
