"""Planning and publishing large grids: points a second and peak memory: `python -m benchmarks.publish`.

The grids of XGBoost and LightGBM are one trial a fit; CatBoost's has five numbers of trees, which share one. Publishes
to the broker at RABBITMQ_URL, else to the embedded queue. A broker's queues are its own, deleted after.
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
from contextlib import closing, contextmanager
from math import prod
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.cases import table
from benchmarks.options import json_file
from shared.adapters.backends import open_queue, open_store
from shared.adapters.rabbitmq import RabbitTaskQueue, Topology
from shared.domain import SweepSpec, TaskAddress
from shared.operations import launch, store_frame
from shared.ports import TaskQueue
from shared.settings import Settings


def grid(library: str, points: int) -> dict[str, list[Any]]:
    """Return a grid of about that many points: two parameters are as long as it takes."""
    depths, trees = list(range(2, 12)), [100, 200, 300, 400, 500]
    first: dict[str, dict[str, list[Any]]] = {
        "xgboost": {"max_depth": depths},
        "lightgbm": {"num_leaves": [2**depth for depth in depths]},
        "catboost": {"depth": depths, "iterations": trees},
    }
    regularisation = {"xgboost": "reg_lambda", "lightgbm": "reg_lambda", "catboost": "l2_leaf_reg"}
    each = max(1, round((points / prod(map(len, first[library].values()))) ** 0.5))
    return {
        **first[library],
        "learning_rate": [number / 10_000 for number in range(1, each + 1)],
        regularisation[library]: [number / 100 for number in range(1, each + 1)],
    }


def publish(library: str, points: int) -> dict[str, Any]:
    """Launch one grid of about that many points; return what it took."""
    with (
        tempfile.TemporaryDirectory() as home,
        _queue(settings := Settings(home=Path(home), log_level="WARNING")) as queue,
        closing(open_store(settings)) as store,
    ):
        info = store_frame(table(), "made", store)
        dataset = {"name": "made", "content_hash": info.content_hash, "target": "target", "task": "regression"}
        declared = {"name": "large", "library": library, "param_grid": grid(library, points), "metrics": ["rmse"]}
        # a real store may have outcomes of this grid, and would answer with them
        spec = SweepSpec.parse({**declared, "dataset": dataset, "seed": secrets.randbelow(2**31)})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        sweep = launch(spec, store, queue)
        seconds = time.perf_counter() - started
        address = TaskAddress(sweep_id=sweep.sweep_id, epoch=sweep.epoch)
        tasks = queue.status([address]).ready
        queue.remove(address)
        store.delete_sweep(sweep.sweep_id)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "library": library,
        "points": sweep.size,
        "tasks": tasks,
        "points_a_second": round(sweep.size / seconds),
        "peak_rss_mb": round(peak / 1024),
        "rss_growth_mb": round((peak - before) / 1024),
    }


@contextmanager
def _queue(settings: Settings) -> Iterator[TaskQueue]:
    """Open the embedded queues, or some of its own at a broker, which are deleted at the end."""
    if settings.rabbitmq_url is None:
        yield open_queue(settings)
        return
    name = f"benchmark.{secrets.token_hex(4)}"
    topology = Topology(prefix=name, dead_queue=f"{name}.dead", dead_exchange=f"{name}.dead")
    queue = RabbitTaskQueue(settings.rabbitmq_url.get_secret_value(), topology)
    try:
        yield queue
    finally:
        queue.delete([])  # the sweep's own is removed
        queue.close()


def main() -> None:
    """Measure each size in a process of its own and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", choices=["xgboost", "lightgbm", "catboost"], default="xgboost")
    parser.add_argument("--points", type=int, action="append", help="default: 10,000, 100,000 and 1,000,000")
    parser.add_argument("--json", type=json_file, help="write the rows there too")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(publish(arguments.library, arguments.one)))
        return
    rows = []
    for points in arguments.points or [10_000, 100_000, 1_000_000]:
        options = ["--library", arguments.library, "--one", str(points)]
        command = [sys.executable, "-m", "benchmarks.publish", *options]
        rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
    print(pd.DataFrame(rows).to_string(index=False))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
