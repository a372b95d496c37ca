"""A quick look behind a sweep of a million trials, and that sweep's cancelling: `python -m benchmarks.large`.

One worker runs. With RABBITMQ_URL or MONGODB_URL set, these are measured instead of the embedded ones.
"""

from __future__ import annotations

import argparse
import json
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.cases import table
from benchmarks.options import json_file
from shared.adapters.backends import open_queue, open_store
from shared.adapters.processes.local_workers import LocalWorkers
from shared.domain import DatasetInfo, SweepSpec
from shared.operations import cancel, launch, store_frame
from shared.settings import Settings

#: how long anything here may take, in seconds
_PATIENCE = 600.0


def trivial_spec(name: str, info: DatasetInfo, points: int) -> SweepSpec:
    """Return a sweep of that many stumps on 60 rows, no two of which share a fit."""
    side = round(points**0.5)
    return SweepSpec.parse(
        {
            "name": name,
            "library": "xgboost",
            "dataset": {"name": "trivial", "content_hash": info.content_hash, "target": "target", "task": "regression"},
            "param_grid": {
                "n_estimators": [1],
                "max_depth": [1],
                "reg_lambda": [number / 1000 for number in range(1, side + 1)],
                "reg_alpha": [number / 1000 for number in range(1, side + 1)],
            },
            "metrics": ["rmse"],
            "folds": 2,
            "seed": secrets.randbelow(2**31),
        }
    )


def seconds_until(condition: Callable[[], Any], since: float) -> float:
    """Wait until it holds and return how long after ``since`` that was."""
    while not condition():
        if time.perf_counter() - since > _PATIENCE:
            raise SystemExit("it never came true")
        time.sleep(0.02)
    return round(time.perf_counter() - since, 2)


def measure(points: int) -> dict[str, Any]:
    """Launch the large sweep and the quick one, cancel the large one, and return what each took."""
    with tempfile.TemporaryDirectory() as home, LocalWorkers(Path(home)) as local:
        settings = Settings(home=Path(home), log_level="WARNING")
        store, queue = open_store(settings), open_queue(settings)
        info = store_frame(table(60), "trivial", store)
        local.start(1)

        def succeeded(sweep_id: str) -> int:
            return sum(each.succeeded for each in store.summaries([sweep_id]))

        warm_up = launch(trivial_spec("warm up", info, 1), store, queue)
        seconds_until(lambda: succeeded(warm_up.sweep_id), time.perf_counter())

        started = time.perf_counter()
        large = launch(trivial_spec("large", info, points), store, queue)
        published = time.perf_counter() - started
        memory = psutil.Process().memory_info().rss / 2**20

        started = time.perf_counter()
        quick = launch(trivial_spec("quick look", info, 9), store, queue)
        launched = round(time.perf_counter() - started, 2)
        first_result = seconds_until(lambda: succeeded(quick.sweep_id), started)

        done = succeeded(large.sweep_id)
        waiting = queue.status([large.address]).ready
        started = time.perf_counter()
        cancel(large.sweep_id, store, queue)
        cancelled = round(time.perf_counter() - started, 2)
        left = queue.status([large.address])
        # another sweep is the worker's next: nothing of the large one is waded through
        after = launch(trivial_spec("after it", info, 9), store, queue)
        next_result = seconds_until(lambda: succeeded(after.sweep_id), started)
        for sweep in (large, quick, after, warm_up):
            cancel(sweep.sweep_id, store, queue)
        row = {
            "trials": large.size,
            "published_a_second": round(large.size / published),
            "launcher_mb": round(memory),
            "quick_look_launched_s": launched,
            "quick_look_first_result_s": first_result,
            "large_done_meanwhile": done,
            "tasks_waiting_at_the_cancel": waiting,
            "cancel_s": cancelled,
            "tasks_left": left.ready + (left.unacknowledged or 0),
            "next_sweeps_first_result_after_the_cancel_s": next_result,
        }
        for sweep in (large, quick, after, warm_up):
            store.delete_sweep(sweep.sweep_id)
        queue.close()
        store.close()
    return row


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000, help="of the large sweep; a square number")
    parser.add_argument("--json", type=json_file, help="write the result there too")
    arguments = parser.parse_args()
    row = measure(arguments.points)
    print("\n".join(f"{name:44} {value}" for name, value in row.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(row, indent=1))


if __name__ == "__main__":
    main()
