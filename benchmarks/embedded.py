"""Boostgrid on its embedded stack, with one worker, for as long as a measurement lasts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.measure import tree_cpu_seconds
from benchmarks.peers import PROCESSES, Scores
from shared.adapters.backends import open_queue, open_store
from shared.adapters.processes.local_workers import LocalWorker, LocalWorkers
from shared.domain import Sweep, SweepSpec
from shared.operations import follow, launch, store_frame
from shared.planning import identified_points
from shared.ports import Store, TaskQueue
from shared.settings import Settings


class NotSwept(Exception):
    """Raised when a sweep does not come to its end, or a trial of it fails."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A store, a queue and a worker."""

    store: Store
    queue: TaskQueue
    worker: LocalWorker

    def sweep(self, case: Case, seed: int, racing: bool = False) -> Sweep:
        """Store the case's table, launch its grid and wait for its end. Raises NotSwept."""
        import pandas as pd

        info = store_frame(pd.read_parquet(case.table), "benchmark", self.store)
        dataset = {"name": info.name, "content_hash": info.content_hash, "target": "target", "task": case.task}
        declared = {name: getattr(case, name) for name in ("name", "library", "param_grid", "folds")}
        spec = {**declared, "dataset": dataset, "metrics": [case.metric], "seed": seed, "racing": racing}
        sweep = launch(SweepSpec.parse(spec), self.store, self.queue)
        for summary in follow(sweep.sweep_id, self.store):
            if self.worker.poll() is not None:
                raise NotSwept(f"the worker ended: {self.worker.log.read_text()[-2000:]}")
            if summary.failed:
                outcomes = self.store.outcomes(sweep.sweep_id, limit=sweep.size).outcomes
                raise NotSwept(f"a trial failed: {next(each.error for each in outcomes if each.error)}")
        return sweep

    def scores(self, sweep: Sweep) -> Scores:
        """Return the fold scores of every point of a sweep that has ended."""
        page = self.store.outcomes(sweep.sweep_id, limit=sweep.size)
        metric = sweep.spec.ranking_metric
        found = {outcome.trial_id: outcome.scores[metric].fold_scores for outcome in page.outcomes}
        return [
            {"params": params, "fold_scores": found[trial_id]}
            for params, trial_id in identified_points(sweep.spec, sweep.library_version)
        ]

    def worker_cpu_seconds(self) -> float:
        """Return what the worker and its engines have taken since their start."""
        return tree_cpu_seconds(self.worker.pid)


@contextmanager
def embedded() -> Iterator[Stack]:
    """Start a worker with as many engines as the peers have processes, in a home of its own; stop it at the end."""
    for name in list(os.environ):  # a store with outcomes of another run would answer for it
        if name.startswith("BOOSTGRID_") or name in ("RABBITMQ_URL", "MONGODB_URL"):
            del os.environ[name]
    os.environ["BOOSTGRID_ENGINES"] = str(PROCESSES)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), log_level="WARNING")
        with (
            closing(open_store(settings)) as store,
            closing(open_queue(settings)) as queue,
            LocalWorkers(settings.home) as workers,
        ):
            yield Stack(store, queue, workers.start(1))
