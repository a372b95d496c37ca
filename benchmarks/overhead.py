"""What the platform itself costs: trivial trials a second, and CPU a trial: `python -m benchmarks.overhead`.

Each trial trains one stump a fold on 60 rows, and no two share a fit: what is measured is planning, queue, worker and
store. With RABBITMQ_URL or MONGODB_URL set, these are measured instead of the embedded ones.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.cases import table
from benchmarks.measure import measure
from benchmarks.options import json_file
from shared.adapters.backends import open_queue, open_store
from shared.adapters.processes.local_workers import LocalWorker, LocalWorkers
from shared.domain import Sweep, SweepSpec
from shared.operations import follow, launch, store_frame
from shared.ports import Store
from shared.settings import Settings


def work(trials: int, workers: int, result: Path) -> None:
    """Launch the trivial sweep, wait for its end and write the rate and the CPU that evaluation took."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), log_level="WARNING")
        store, queue = open_store(settings), open_queue(settings)
        info = store_frame(table(60), "trivial", store)
        spec = SweepSpec.parse(
            {
                "name": "trivial",
                "library": "xgboost",
                "dataset": {
                    "name": "trivial",
                    "content_hash": info.content_hash,
                    "target": "target",
                    "task": "regression",
                },
                "param_grid": {
                    "n_estimators": [1],
                    "max_depth": [1],
                    "reg_lambda": [number / 1000 for number in range(1, trials + 1)],
                },
                "metrics": ["rmse"],
                "folds": 2,
                # a real store may have outcomes of a run that was cut short, and would answer with them
                "seed": secrets.randbelow(2**31),
            }
        )
        with LocalWorkers(settings.home) as local:
            started_workers = [local.start(number) for number in range(1, workers + 1)]
            # the engines' imports are not part of the rate
            warm_up = launch(spec.model_copy(update={"param_grid": ({"max_depth": (1,)},)}), store, queue)
            _finish(warm_up, store, started_workers)
            store.delete_sweep(warm_up.sweep_id)
            started = time.perf_counter()
            sweep = launch(spec, store, queue)
            done = _finish(sweep, store, started_workers)
            seconds = time.perf_counter() - started
        evaluation = sum(
            outcome.fit_seconds.cpu + outcome.score_seconds.cpu
            for outcome in store.outcomes(sweep.sweep_id, limit=trials).outcomes
            if outcome.fit_seconds and outcome.score_seconds
        )
        result.write_text(json.dumps({"done": done, "seconds": seconds, "evaluation_cpu": evaluation}))
        store.delete_sweep(sweep.sweep_id)


def _finish(sweep: Sweep, store: Store, workers: list[LocalWorker]) -> int:
    """Wait for the sweep's end and return how many trials succeeded."""
    done = 0
    for summary in follow(sweep.sweep_id, store, poll_seconds=0.1):
        done = summary.succeeded
        for worker in workers:
            if worker.poll() is not None:
                raise SystemExit(f"a worker ended: {worker.log.read_text()[-2000:]}")
    return done


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=json_file, help="write the result there too")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.trials, arguments.workers, arguments.work)
        return
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        options = ["--trials", str(arguments.trials), "--workers", str(arguments.workers), "--work", str(result)]
        cost = measure([sys.executable, "-m", "benchmarks.overhead", *options])
        measured = json.loads(result.read_text())
    row = {
        "trials": measured["done"],
        "workers": arguments.workers,
        "trials_a_second": round(measured["done"] / measured["seconds"]),
        "evaluation_ms_a_trial": round(1000 * measured["evaluation_cpu"] / measured["done"], 2),
        # everything but training and scoring, the interpreters' starts included
        "platform_cpu_ms_a_trial": round(1000 * (cost.cpu_seconds - measured["evaluation_cpu"]) / measured["done"], 2),
        "peak_rss_mb": round(cost.peak_rss_mb),
    }
    print("\n".join(f"{name:24} {value}" for name, value in row.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(row, indent=1))


if __name__ == "__main__":
    main()
