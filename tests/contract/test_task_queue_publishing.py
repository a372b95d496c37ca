"""What every TaskQueue promises of publishing, over all three adapters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.domain import Task
from shared.ports import TaskQueue
from shared.testing import make_task
from tests.support.task_queues import (
    ADDRESS,
    Adapter,
    becomes,
    status,
)


def test_publishing_returns_how_many_tasks_were_published(queue: TaskQueue) -> None:
    assert queue.publish(ADDRESS, (make_task(key) for key in range(5))) == 5
    assert becomes(queue, ready=5, dead=0)


def test_publishing_nothing_is_no_error(queue: TaskQueue) -> None:
    assert queue.publish(ADDRESS, []) == 0
    assert status(queue).ready == 0


def test_progress_grows_to_the_number_of_tasks(queue: TaskQueue) -> None:
    progress: list[int] = []

    queue.publish(ADDRESS, (make_task(key) for key in range(3_000)), progress.append)

    assert progress[-1] == 3_000
    assert progress == sorted(progress)


def test_the_stream_is_pulled_no_further_than_a_window_ahead(queue: TaskQueue) -> None:
    pulled = 0
    ahead: list[int] = []

    def tasks() -> Iterator[Task]:
        nonlocal pulled
        for _ in range(5_000):
            pulled += 1
            yield task

    task = make_task()
    queue.publish(ADDRESS, tasks(), lambda confirmed: ahead.append(pulled - confirmed))

    assert max(ahead) <= 1_000


def test_an_error_of_the_stream_reaches_the_caller_and_leaves_the_queue_in_order(queue: TaskQueue) -> None:
    def tasks() -> Iterator[Task]:
        yield make_task()
        raise LookupError("the planner is wrong")

    with pytest.raises(LookupError, match="the planner is wrong"):
        queue.publish(ADDRESS, tasks())

    assert queue.publish(ADDRESS, [make_task()]) == 1


def test_an_error_of_the_progress_callback_reaches_the_caller(queue: TaskQueue) -> None:
    def stop(_: int) -> None:
        raise LookupError("the user left")

    with pytest.raises(LookupError, match="the user left"):
        queue.publish(ADDRESS, (make_task(key) for key in range(2_500)), stop)

    assert queue.publish(ADDRESS, [make_task()]) == 1


def test_tasks_outlast_the_instance_that_published_them(queue_adapter: Adapter) -> None:
    publisher = queue_adapter.open()
    publisher.publish(ADDRESS, (make_task(key) for key in range(3)))
    publisher.close()

    assert becomes(queue_adapter.open(), ready=3)
