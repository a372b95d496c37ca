"""Tasks of single folds: several of them are about the same trials, and each is a task of its own."""

from __future__ import annotations

from collections.abc import Callable

from shared.domain import Task
from shared.ports import TaskConsumer, TaskQueue
from shared.testing import make_task
from tests.support.task_queues import ADDRESS, Adapter, becomes, gets_nothing, taken

FOLDS = 3


def fold_tasks(*keys: object) -> list[Task]:
    """Return a task for each fold of the same two trials, for each key."""
    return [make_task(key, trials=2, fold=fold) for key in keys for fold in range(FOLDS)]


def test_a_consumer_gets_every_fold_of_the_same_trials(queue: TaskQueue, consume: Callable[[], TaskConsumer]) -> None:
    tasks = fold_tasks("a", "b")
    queue.publish(ADDRESS, tasks)
    consumer = consume()

    held = [taken(consumer) for _ in tasks]

    assert [delivery.task for delivery in held] == tasks
    assert all(consumer.acknowledge(delivery) for delivery in held)
    assert becomes(queue, ready=0, dead=0)


def test_a_fold_that_is_not_settled_is_still_there_when_another_fold_is_acknowledged(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    queue.publish(ADDRESS, fold_tasks("a")[:2])
    leaving = consume()
    first, second = taken(leaving), taken(leaving)

    assert leaving.acknowledge(first)
    leaving.close()

    other = consume()
    again = taken(other)
    assert again.task == second.task
    assert again.redelivered
    assert gets_nothing(other)


def test_folds_that_come_back_are_delivered_each(
    queue_adapter: Adapter, queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    tasks = fold_tasks("a")
    queue.publish(ADDRESS, tasks)
    unlucky = queue_adapter.consume()
    for _ in tasks:
        taken(unlucky)
    queue_adapter.lose()

    other = consume()
    again = [taken(other) for _ in tasks]

    assert sorted((delivery.task for delivery in again), key=tasks.index) == tasks
    assert all(other.acknowledge(delivery) for delivery in again)
    assert becomes(queue, ready=0, dead=0)


def test_each_fold_is_handed_back_and_rejected_on_its_own(
    queue: TaskQueue, consume: Callable[[], TaskConsumer]
) -> None:
    tasks = fold_tasks("a")
    queue.publish(ADDRESS, tasks)
    consumer = consume()
    first, second, third = (taken(consumer) for _ in tasks)

    assert consumer.requeue(first)
    assert consumer.reject(second, "it is wrong")
    again = taken(consumer)

    assert again.task == first.task
    assert not again.redelivered
    assert [Task.decode(letter.body.encode()).fold for letter in queue.dead_letters()] == [second.task.fold]
    assert consumer.acknowledge(again)
    assert consumer.acknowledge(third)
    assert becomes(queue, ready=0, dead=1)
