"""Ways to queue the tasks of many sweeps, with 200 of them open: `python -m benchmarks.queues`.

Measures the embedded queue, and with --rabbitmq the broker there: a queue for each sweep that workers pull from, the
same queues with a subscription to each, and a queue for each library and priority. Queues are its own, deleted after.
"""

from __future__ import annotations

import argparse
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pika
import psutil

from benchmarks.options import json_file
from shared.adapters.embedded import EmbeddedTaskQueue
from shared.adapters.rabbitmq import RabbitTaskQueue, Topology
from shared.domain import PlannedTrial, Task, TaskAddress
from shared.ports import TaskQueue

SWEEPS = 200
#: a queue each, in the way that has a few: three libraries, three priorities
CLASSES = 9
#: of each open sweep but the large one
_TASKS_OF_A_SMALL_ONE = 5
#: taken and acknowledged to tell how many a second
_TRIVIAL = 2_000


def address(number: int) -> TaskAddress:
    """Return the queue of that sweep; the large one's number is 0."""
    return TaskAddress(sweep_id=f"sweep-{number:06}", epoch=1)


def tasks(of: TaskAddress, number: int) -> Iterator[Task]:
    """Yield that many small tasks of a sweep."""
    trial = PlannedTrial(trial_id="f" * 64, params={"learning_rate": 0.1, "max_depth": 6, "n_estimators": 100})
    for key in range(number):
        trials = (trial.model_copy(update={"trial_id": f"{key:064x}"}),)
        yield Task(sweep_id=of.sweep_id, epoch=of.epoch, spec_hash="e" * 64, trials=trials, cost=1.0)


def pulled(queue: TaskQueue, large: int) -> dict[str, Any]:
    """Measure a queue for each sweep, pulled from."""
    addresses = [address(number) for number in range(SWEEPS)]
    for each in addresses:
        queue.publish(each, tasks(each, large if each == addresses[0] else _TASKS_OF_A_SMALL_ONE))
    consumer = queue.consume()
    _until(lambda: consumer.take(addresses[:1]))

    quick = address(SWEEPS)
    started = time.perf_counter()
    queue.publish(quick, tasks(quick, 1))
    # it is new, so it is the next that a worker asks
    _until(lambda: consumer.take([quick, *addresses]))
    first_task = time.perf_counter() - started

    started = time.perf_counter()
    for _ in range(_TRIVIAL):
        consumer.acknowledge(_until(lambda: consumer.take(addresses)))
    rate = _TRIVIAL / (time.perf_counter() - started)

    started = time.perf_counter()
    queue.remove(addresses[0])
    cancelled = time.perf_counter() - started
    consumer.close()
    for each in (*addresses, quick):
        queue.remove(each)
    return _row("a queue a sweep, pulled", large, first_task, cancelled, 1, rate)


class Subscriber:
    """A worker with one engine that subscribes to queues and may hold one task of each."""

    def __init__(self, url: str, names: Sequence[str]) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.basic_qos(prefetch_count=1)
        self.inbox: list[tuple[int, bytes]] = []
        for name in names:
            self._channel.basic_consume(name, lambda _, how, __, body: self.inbox.append((how.delivery_tag or 0, body)))

    def look(self) -> None:
        """Let deliveries come."""
        self._connection.process_data_events(time_limit=0.01)

    def settle(self) -> bytes | None:
        """Acknowledge the one that came first, if any did, and return it."""
        if not self.inbox:
            self.look()
            return None
        tag, body = self.inbox.pop(0)
        self._channel.basic_ack(tag)
        return body

    def close(self) -> None:
        """Leave."""
        self._connection.close()


def subscribed(url: str, queue: RabbitTaskQueue, topology: Topology, large: int, classes: int) -> dict[str, Any]:
    """Measure subscriptions with a prefetch of one: to a queue for each sweep, or to so many that sweeps share."""
    addresses = [address(number) for number in range(classes or SWEEPS)]
    for number in range(SWEEPS):
        each = addresses[number % len(addresses)]
        queue.publish(each, tasks(address(number), _TASKS_OF_A_SMALL_ONE if number else large))
    worker = Subscriber(url, [topology.queue_of(each) for each in addresses])
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        worker.look()
    held = len(worker.inbox)

    started = time.perf_counter()
    for _ in range(_TRIVIAL):
        _until(worker.settle)
    rate = _TRIVIAL / (time.perf_counter() - started)

    quick = address(SWEEPS)
    where = addresses[0] if classes else quick
    started = time.perf_counter()
    queue.publish(where, tasks(quick, 1))
    if classes:  # behind all that is left of the large one, at the rate of trivial tasks
        first_task = cancelled = queue.status([where]).ready / rate
    else:
        newcomer = Subscriber(url, [topology.queue_of(quick)])
        _until(newcomer.settle)
        first_task = time.perf_counter() - started
        newcomer.close()
        started = time.perf_counter()
        queue.remove(addresses[0])
        cancelled = time.perf_counter() - started
    worker.close()
    for each in (*addresses, quick):
        queue.remove(each)
    way = f"{classes} queues by library and priority" if classes else "a queue a sweep, subscribed to"
    return _row(way, large, first_task, cancelled, held, rate)


def footprint(url: str, queue: RabbitTaskQueue) -> dict[str, Any]:
    """Return what the broker has more of with 200 queues of 5 tasks than with none, if it runs on this machine."""
    process = _broker(url)
    if process is None:
        return {}
    before, files = process.memory_info().rss, process.num_fds()
    addresses = [address(number) for number in range(SWEEPS)]
    for each in addresses:
        queue.publish(each, tasks(each, _TASKS_OF_A_SMALL_ONE))
    time.sleep(5)
    memory = process.memory_info().rss - before
    grown = {"queues": SWEEPS, "memory_mb": round(memory / 2**20), "open_files": process.num_fds() - files}
    started = time.perf_counter()
    queue.status(addresses)
    grown["status_ms"] = round(1_000 * (time.perf_counter() - started))
    for each in addresses:
        queue.remove(each)
    return grown


def _broker(url: str) -> psutil.Process | None:
    port = urlsplit(url).port or 5672
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.pid and connection.laddr[1:] == (port,):
            return psutil.Process(connection.pid)
    return None


def _until(ask: Callable[[], Any]) -> Any:
    while (answer := ask()) is None:
        time.sleep(0.001)
    return answer


def _row(way: str, large: int, first_task: float, cancelled: float, held: int, rate: float) -> dict[str, Any]:
    return {
        "way": way,
        "large_sweep": large,
        "quick_look_s": round(first_task, 3),
        "cancel_s": round(cancelled, 2),
        "held_by_one_engine": held,
        "trivial_tasks_a_second": round(rate),
    }


@contextmanager
def _rabbitmq(url: str) -> Iterator[tuple[RabbitTaskQueue, Topology]]:
    """Open queues of its own at a broker; the dead letters' is deleted at the end."""
    name = f"benchmark.{secrets.token_hex(4)}"
    topology = Topology(prefix=name, dead_queue=f"{name}.dead", dead_exchange=f"{name}.dead")
    with closing(RabbitTaskQueue(url, topology)) as queue:
        try:
            yield queue, topology
        finally:
            queue.delete(address(number) for number in range(SWEEPS + 1))


def main() -> None:
    """Measure each way and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", type=int, default=1_000_000, help="tasks of the large sweep")
    parser.add_argument("--rabbitmq", metavar="URL", help="a broker to measure too")
    parser.add_argument("--json", type=json_file, help="write the rows there too")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as home, closing(EmbeddedTaskQueue(Path(home) / "queue.sqlite")) as embedded:
        rows.append({"queue": "embedded", **pulled(embedded, arguments.large)})
        print(rows[-1], flush=True)
    if url := arguments.rabbitmq:
        with _rabbitmq(url) as (queue, topology):
            print(footprint(url, queue) or "the broker runs elsewhere: its memory is not measured", flush=True)
            rows.append({"queue": "rabbitmq", **pulled(queue, arguments.large)})
            print(rows[-1], flush=True)
            for classes in (0, CLASSES):
                rows.append({"queue": "rabbitmq", **subscribed(url, queue, topology, arguments.large, classes)})
                print(rows[-1], flush=True)
    print(pd.DataFrame(rows).to_string(index=False))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
