"""EmbeddedTaskQueue when processes die and time passes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.embedded.queue import EmbeddedTaskQueue
from shared.errors import ServiceUnavailable
from shared.ports import Delivery
from shared.testing import make_task
from tests.support import ROOT
from tests.support.task_queues import ADDRESS, OTHER

_DEADLINE_SECONDS = 20.0

_PUBLISH_FOR_EVER = """
import itertools, sys
from pathlib import Path
from shared.adapters.embedded.queue import EmbeddedTaskQueue
from shared.testing import make_task
task = make_task()
EmbeddedTaskQueue(Path(sys.argv[1])).publish(
    task.address,
    (task.model_copy(update={"epoch": number}) for number in itertools.count()),
    lambda confirmed: print(confirmed, flush=True),
)
"""

_ACKNOWLEDGE_HALF = """
import sys
from pathlib import Path
from shared.adapters.embedded.queue import EmbeddedTaskQueue
from shared.testing import make_task
consumer = EmbeddedTaskQueue(Path(sys.argv[1]), lease_seconds=float(sys.argv[2])).consume()
for number in range(100):
    delivery = consumer.take([make_task().address])
    if number % 2:
        consumer.acknowledge(delivery)
        print(delivery.task.epoch, flush=True)
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "boostgrid.sqlite"


def child(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


@pytest.fixture
def killed() -> Iterator[list[subprocess.Popen[str]]]:
    """Children that the test started; killed at its end at the latest."""
    children: list[subprocess.Popen[str]] = []
    yield children
    for each in children:
        each.kill()
        each.communicate()


def taken(queue: EmbeddedTaskQueue, count: int) -> list[Delivery]:
    """Return the next deliveries, however long a lease must run out for them."""
    consumer = queue.consume()
    deliveries: list[Delivery] = []
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while len(deliveries) < count and time.monotonic() < deadline:
        if (delivery := consumer.take([ADDRESS])) is None:
            time.sleep(0.05)
        else:
            deliveries.append(delivery)
    return deliveries


def test_a_publisher_that_is_killed_loses_nothing_that_it_confirmed(
    path: Path, killed: list[subprocess.Popen[str]]
) -> None:
    publisher = child(_PUBLISH_FOR_EVER, path)
    killed.append(publisher)
    assert publisher.stdout is not None
    confirmed = [int(publisher.stdout.readline()) for _ in range(5)]

    publisher.kill()
    confirmed += map(int, publisher.communicate()[0].split())

    queue = EmbeddedTaskQueue(path)
    ready = queue.status([ADDRESS]).ready
    assert ready >= confirmed[-1]
    epochs = [delivery.task.epoch for delivery in taken(queue, 100)]
    assert epochs == list(range(100))
    queue.close()


@pytest.mark.slow
def test_a_consumer_that_is_killed_loses_nothing_and_repeats_nothing_acknowledged(
    path: Path, killed: list[subprocess.Popen[str]]
) -> None:
    queue = EmbeddedTaskQueue(path, lease_seconds=2)
    task = make_task()
    queue.publish(ADDRESS, (task.model_copy(update={"epoch": number}) for number in range(100)))
    consumer = child(_ACKNOWLEDGE_HALF, path, 2)
    killed.append(consumer)
    assert consumer.stdout is not None
    *acknowledged, _ = [line.strip() for line in iter(consumer.stdout.readline, "done\n")] + ["done"]

    consumer.kill()

    rest = taken(queue, 50)
    assert all(delivery.redelivered for delivery in rest)
    assert {delivery.task.epoch for delivery in rest} | set(map(int, acknowledged)) == set(range(100))
    assert queue.status([ADDRESS]).ready == 0
    queue.close()


@pytest.mark.slow
def test_a_renewed_lease_outlasts_its_first_time(path: Path) -> None:
    queue = EmbeddedTaskQueue(path, lease_seconds=2)
    queue.publish(ADDRESS, [make_task()])
    holder, other = queue.consume(), queue.consume()
    held = holder.take([ADDRESS])
    assert held is not None

    until = time.monotonic() + 5
    while time.monotonic() < until:
        holder.renew_leases()
        assert other.take([ADDRESS]) is None
        time.sleep(0.05)

    assert holder.acknowledge(held)
    queue.close()


def test_a_lease_that_ran_out_is_kept_as_long_as_nobody_took_the_task(path: Path) -> None:
    queue = EmbeddedTaskQueue(path, lease_seconds=0.1)
    queue.publish(ADDRESS, [make_task()])
    consumer = queue.consume()
    held = consumer.take([ADDRESS])
    assert held is not None

    time.sleep(0.3)  # as on a laptop that slept

    assert queue.status([ADDRESS]).ready == 1
    assert consumer.take([ADDRESS]) is None, "it is this consumer's still"
    assert consumer.acknowledge(held)
    assert queue.status([ADDRESS]).ready == 0
    queue.close()


def test_no_step_reads_the_whole_queue(path: Path) -> None:
    queue = EmbeddedTaskQueue(path)
    queue.publish(ADDRESS, (make_task(key) for key in range(3)))
    statements: list[str] = []
    consumer = queue.consume()
    connection = consumer._database.connection()
    connection.set_trace_callback(statements.append)

    held = [consumer.take([ADDRESS]) for _ in range(3)]
    consumer.renew_leases()
    for delivery, settle in zip(held, (consumer.acknowledge, consumer.requeue), strict=False):
        assert delivery is not None
        assert settle(delivery)
    assert held[2] is not None
    assert consumer.reject(held[2], "it is wrong")
    consumer.close()
    queue._database.connection().set_trace_callback(statements.append)
    assert queue.status([ADDRESS]).ready == 1
    assert not queue.remove(ADDRESS, if_empty=True)
    assert queue.remove(ADDRESS)
    queue._database.connection().set_trace_callback(None)

    about_tasks = [statement for statement in statements if "queued_tasks" in statement]
    plans = [
        row["detail"]
        for each in about_tasks
        for row in queue._database.connection().execute(f"EXPLAIN QUERY PLAN {each}")
    ]
    assert len(plans) >= len(about_tasks) > 10
    assert [plan for plan in plans if plan.startswith("SCAN queued_tasks")] == []
    queue.close()


def test_a_place_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    queue = EmbeddedTaskQueue(tmp_path / "file" / "boostgrid.sqlite")

    for ask in (lambda: queue.status([ADDRESS]), lambda: queue.publish(ADDRESS, [make_task()]), queue.consume):
        with pytest.raises(ServiceUnavailable, match=r"Check that .* is writable"):
            ask()


def test_what_a_removal_left_when_it_was_killed_goes_with_the_next(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = EmbeddedTaskQueue(path)
    queue.publish(ADDRESS, [make_task()])
    with monkeypatch.context() as patch:
        patch.setattr(queue, "_purge", lambda: None)  # as if the process had died there
        queue.remove(ADDRESS)
    assert queue.status([ADDRESS]).ready == 0
    assert queue.consume().take([ADDRESS]) is None

    queue.remove(make_task(sweep_id="another").address)

    rows = queue._database.connection().execute("SELECT * FROM queued_tasks").fetchall()
    assert rows == queue._database.connection().execute("SELECT * FROM queues").fetchall() == []
    queue.close()


@pytest.mark.slow
def test_others_can_write_while_a_large_queue_is_removed(path: Path) -> None:
    queue, other = EmbeddedTaskQueue(path), EmbeddedTaskQueue(path)
    task = make_task()
    queue.publish(ADDRESS, (task for _ in range(50_000)))
    removal = threading.Thread(target=queue.remove, args=(ADDRESS,))
    longest = 0.0
    removal.start()

    while removal.is_alive():
        started = time.monotonic()
        other.publish(OTHER, [task])
        longest = max(longest, time.monotonic() - started)
    removal.join()

    assert queue.status([ADDRESS]).ready == 0
    assert 0 < longest < 5
    queue.close()
    other.close()
