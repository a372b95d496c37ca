"""Planning and publishing large grids: messages a second and peak memory: `python -m benchmarks.publish`.

Publishes to the broker at RABBITMQ_URL, else to the embedded queue. A broker's queue is one of its own, deleted after.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.backends import open_queue, open_store
from shared.datasets import store_frame
from shared.launching import launch
from shared.ports import TaskQueue
from shared.rabbitmq import RabbitTaskQueue, Topology
from shared.settings import Settings
from shared.sweep import SweepSpec


def publish(points: int) -> dict[str, float]:
    """Launch one grid of about that many points, one trial a task; return what it took."""
    from benchmarks.cases import table

    each = round((points / 10) ** 0.5)
    with (
        tempfile.TemporaryDirectory() as home,
        _queue(settings := Settings(home=Path(home), log_level="WARNING")) as queue,
    ):
        store = open_store(settings)
        info = store_frame(table(), "made", store)
        dataset = {"name": "made", "content_hash": info.content_hash, "target": "target", "task": "regression"}
        grid = {
            "max_depth": list(range(2, 12)),
            "learning_rate": [number / 10_000 for number in range(1, each + 1)],
            "reg_lambda": [number / 100 for number in range(1, each + 1)],
        }
        spec = SweepSpec.parse(
            {"name": "large", "library": "xgboost", "dataset": dataset, "param_grid": grid, "metrics": ["rmse"]}
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        sweep = launch(spec, store, queue)
        seconds = time.perf_counter() - started
        store.delete_sweep(sweep.sweep_id)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "points": sweep.size,
        "points_a_second": round(sweep.size / seconds),
        "peak_rss_mb": round(peak / 1024),
        "rss_growth_mb": round((peak - before) / 1024),
    }


@contextmanager
def _queue(settings: Settings) -> Iterator[TaskQueue]:
    """Open the embedded queue, or one of its own at a broker, which is deleted at the end."""
    if settings.rabbitmq_url is None:
        yield open_queue(settings)
        return
    name = f"benchmark.{secrets.token_hex(4)}"
    topology = Topology(queue=name, dead_queue=f"{name}.dead", dead_exchange=f"{name}.dead")
    queue = RabbitTaskQueue(settings.rabbitmq_url.get_secret_value(), topology)
    try:
        yield queue
    finally:
        queue.delete()
        queue.close()


def main() -> None:
    """Measure each size in a process of its own and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, action="append", help="default: 10,000, 100,000 and 1,000,000")
    parser.add_argument("--json", type=Path, help="write the rows there too")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(publish(arguments.one)))
        return
    rows = []
    for points in arguments.points or [10_000, 100_000, 1_000_000]:
        command = [sys.executable, "-m", "benchmarks.publish", "--one", str(points)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(rows[-1], flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
