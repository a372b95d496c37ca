"""One grid through one tool, in a process of its own: `python -m benchmarks.contenders TOOL CASE.json OUT.json`.

CASE.json holds the case and the table's path; OUT.json gets the fold RMSE of every point.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import tree_cpu_seconds

SEED = 0
PROCESSES = 2

Scores = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """What a contender found, and what it took where only a part of its process counts."""

    scores: Scores
    wall_seconds: float | None = None
    cpu_seconds: float | None = None


def _estimator(library: str) -> Any:
    """Return the library's scikit-learn estimator, single-threaded as each peer's processes want it."""
    if library == "xgboost":
        from xgboost import XGBRegressor

        return XGBRegressor(random_state=SEED, n_jobs=1)
    if library == "lightgbm":
        from lightgbm import LGBMRegressor

        return LGBMRegressor(random_state=SEED, n_jobs=1, verbosity=-1)
    from catboost import CatBoostRegressor

    return CatBoostRegressor(random_seed=SEED, thread_count=1, verbose=False, allow_writing_files=False)


def _data(case: dict[str, Any]) -> tuple[Any, Any, Any]:
    import pandas as pd
    from sklearn.model_selection import KFold

    frame = pd.read_parquet(case["table"])
    splitter = KFold(case["folds"], shuffle=True, random_state=SEED)
    return frame.drop(columns="target").to_numpy(), frame["target"].to_numpy(), splitter


def scikit_learn(case: dict[str, Any]) -> Scores:
    """GridSearchCV with as many processes as Boostgrid has workers."""
    from sklearn.model_selection import GridSearchCV

    X, y, splitter = _data(case)
    search = GridSearchCV(
        _estimator(case["library"]),
        case["param_grid"],
        scoring="neg_root_mean_squared_error",
        cv=splitter,
        n_jobs=PROCESSES,
        refit=False,
    ).fit(X, y)
    results = search.cv_results_
    return [
        {
            "params": params,
            "fold_scores": [-float(results[f"split{fold}_test_score"][number]) for fold in range(case["folds"])],
        }
        for number, params in enumerate(results["params"])
    ]


def optuna(case: dict[str, Any]) -> Scores:
    """GridSampler over cross_val_score, with as many jobs as Boostgrid has workers."""
    import optuna as library
    from sklearn.model_selection import cross_val_score

    X, y, splitter = _data(case)
    grid = case["param_grid"]

    def objective(trial: Any) -> float:
        params = {name: trial.suggest_categorical(name, values) for name, values in grid.items()}
        estimator = _estimator(case["library"]).set_params(**params)
        scores = -cross_val_score(estimator, X, y, cv=splitter, scoring="neg_root_mean_squared_error")
        trial.set_user_attr("fold_scores", list(map(float, scores)))
        return float(scores.mean())

    library.logging.set_verbosity(library.logging.WARNING)
    study = library.create_study(sampler=library.samplers.GridSampler(grid, seed=SEED))
    study.optimize(objective, n_jobs=PROCESSES)
    return [{"params": trial.params, "fold_scores": trial.user_attrs["fold_scores"]} for trial in study.trials]


def dask(case: dict[str, Any]) -> Scores:
    """GridSearchCV on a local Dask cluster through joblib."""
    import joblib
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=PROCESSES, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        return scikit_learn(case)


def ray(case: dict[str, Any]) -> Scores:
    """Ray Tune's grid_search over cross_val_score."""
    import ray as library
    from ray import tune
    from sklearn.model_selection import cross_val_score

    X, y, splitter = _data(case)

    def trainable(params: dict[str, Any]) -> dict[str, Any]:
        estimator = _estimator(case["library"]).set_params(**params)
        scores = -cross_val_score(estimator, X, y, cv=splitter, scoring="neg_root_mean_squared_error")
        return {"rmse": float(scores.mean()), "fold_scores": list(map(float, scores))}

    space = {name: tune.grid_search(values) for name, values in case["param_grid"].items()}
    library.init(num_cpus=PROCESSES, include_dashboard=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            results = tune.Tuner(trainable, param_space=space, run_config=tune.RunConfig(storage_path=folder)).fit()
            return [{"params": each.config, "fold_scores": each.metrics["fold_scores"]} for each in results]
    finally:
        library.shutdown()


def boostgrid(case: dict[str, Any]) -> Scores:
    """The whole path on the embedded stack: store the table, launch, start a worker, work, read the results."""
    with _boostgrid() as run:
        return run(case, SEED)


def boostgrid_warm(case: dict[str, Any]) -> Run:
    """The same by a worker that has had work before: the grid with other folds. What it took is that of the second."""
    with _boostgrid() as run:
        run(case, SEED + 1)
        wall, cpu = time.perf_counter(), tree_cpu_seconds()
        scores = run(case, SEED)
        return Run(scores, wall_seconds=time.perf_counter() - wall, cpu_seconds=tree_cpu_seconds() - cpu)


@contextmanager
def _boostgrid() -> Iterator[Callable[[dict[str, Any], int], Scores]]:
    """Start a worker; yield what launches a case's grid, waits for its end and reads the scores."""
    from shared.backends import open_queue, open_store
    from shared.datasets import store_frame
    from shared.launching import follow, launch
    from shared.local_workers import LocalWorkers
    from shared.planning import identified_points
    from shared.settings import Settings
    from shared.sweep import SweepSpec

    def run(case: dict[str, Any], seed: int) -> Scores:
        import pandas as pd

        info = store_frame(pd.read_parquet(case["table"]), "benchmark", store)
        dataset = {"name": info.name, "content_hash": info.content_hash, "target": "target", "task": "regression"}
        declared = {name: case[name] for name in ("name", "library", "param_grid", "folds")}
        spec = SweepSpec.parse({**declared, "dataset": dataset, "metrics": ["rmse"], "seed": seed})
        sweep = launch(spec, store, queue)
        for _ in follow(sweep.sweep_id, store):
            pass
        outcomes = {outcome.trial_id: outcome for outcome in store.outcomes(sweep.sweep_id).outcomes}
        return [
            {"params": params, "fold_scores": outcomes[trial_id].scores["rmse"].fold_scores}
            for params, trial_id in identified_points(sweep.spec, sweep.library_version)
        ]

    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), log_level="WARNING")
        store, queue = open_store(settings), open_queue(settings)
        os.environ["BOOSTGRID_ENGINES"] = str(PROCESSES)
        with LocalWorkers(settings.home) as workers:
            workers.start(1)
            yield run


CONTENDERS: dict[str, Callable[[dict[str, Any]], Scores | Run]] = {
    each.__name__: each for each in (boostgrid, boostgrid_warm, scikit_learn, optuna, dask, ray)
}

if __name__ == "__main__":
    tool, source, target = sys.argv[1:]
    result = CONTENDERS[tool](json.loads(Path(source).read_text()))
    Path(target).write_text(json.dumps(asdict(result if isinstance(result, Run) else Run(result))))
