"""One grid through the tools that people would take otherwise: the same estimators, folds, seeds and scorer."""

from __future__ import annotations

import os
import secrets
import tempfile
from typing import Any

from benchmarks.cases import METRICS, Case

SEED = 0
#: that train at the same time, everywhere
PROCESSES = 2

#: by point, its ``params`` and ``fold_scores``
Scores = list[dict[str, Any]]


def estimator(case: Case) -> Any:
    """Return the library's scikit-learn estimator, single-threaded as each peer's processes want it."""
    is_regression = case.task == "regression"
    if case.library == "xgboost":
        from xgboost import XGBClassifier, XGBRegressor

        return (XGBRegressor if is_regression else XGBClassifier)(random_state=SEED, n_jobs=1)
    if case.library == "lightgbm":
        from lightgbm import LGBMClassifier, LGBMRegressor

        return (LGBMRegressor if is_regression else LGBMClassifier)(random_state=SEED, n_jobs=1, verbosity=-1)
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostRegressor if is_regression else CatBoostClassifier
    return kind(random_seed=SEED, thread_count=1, verbose=False, allow_writing_files=False)


def data(case: Case) -> tuple[Any, Any, Any]:
    """Return features, target (classes from 0 in sorted order) and splitter."""
    import numpy as np
    import pandas as pd
    from sklearn.model_selection import KFold, StratifiedKFold

    frame = pd.read_parquet(case.table)
    X, y = frame.drop(columns="target").to_numpy(), frame["target"].to_numpy()
    if case.task == "regression":
        return X, y, KFold(case.folds, shuffle=True, random_state=SEED)
    return X, np.unique(y, return_inverse=True)[1], StratifiedKFold(case.folds, shuffle=True, random_state=SEED)


def scorer(case: Case) -> tuple[str, int]:
    """Return the name of scikit-learn's scorer, and the sign that makes the metric of its scores."""
    _, name = METRICS[case.task]
    return name, -1 if name.startswith("neg_") else 1


def fold_scores(case: Case, params: dict[str, Any], X: Any, y: Any, splitter: Any) -> list[float]:
    """Return the metric on each fold of one point, by cross_val_score."""
    from sklearn.model_selection import cross_val_score

    name, sign = scorer(case)
    scores = cross_val_score(estimator(case).set_params(**params), X, y, cv=splitter, scoring=name, error_score="raise")
    return [sign * float(score) for score in scores]


def scikit_learn(case: Case) -> Scores:
    """GridSearchCV with as many processes as Boostgrid has engines."""
    from sklearn.model_selection import GridSearchCV

    X, y, splitter = data(case)
    name, sign = scorer(case)
    search = GridSearchCV(
        estimator(case),
        case.param_grid,
        scoring=name,
        cv=splitter,
        n_jobs=PROCESSES,
        refit=False,
        error_score="raise",
    ).fit(X, y)
    results = search.cv_results_
    return [
        {
            "params": params,
            "fold_scores": [sign * float(results[f"split{fold}_test_score"][number]) for fold in range(case.folds)],
        }
        for number, params in enumerate(results["params"])
    ]


def optuna(case: Case) -> Scores:
    """GridSampler over cross_val_score, with as many jobs as Boostgrid has engines."""
    import optuna as library

    folds = data(case)

    def objective(trial: Any) -> float:
        params = {name: trial.suggest_categorical(name, values) for name, values in case.param_grid.items()}
        scores = fold_scores(case, params, *folds)
        trial.set_user_attr("fold_scores", scores)
        return sum(scores) / len(scores)

    library.logging.set_verbosity(library.logging.WARNING)
    study = library.create_study(sampler=library.samplers.GridSampler(case.param_grid, seed=SEED))
    study.optimize(objective, n_jobs=PROCESSES)
    return [{"params": trial.params, "fold_scores": trial.user_attrs["fold_scores"]} for trial in study.trials]


def dask(case: Case) -> Scores:
    """GridSearchCV on a local Dask cluster through joblib."""
    import joblib
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=PROCESSES, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        return scikit_learn(case)


def ray(case: Case) -> Scores:
    """Ray Tune's grid_search over cross_val_score, with a CPU for each point."""
    import ray as library
    from ray import tune

    folds = data(case)

    def trainable(params: dict[str, Any]) -> dict[str, Any]:
        scores = fold_scores(case, params, *folds)
        return {"score": sum(scores) / len(scores), "fold_scores": scores}

    space = {name: tune.grid_search(values) for name, values in case.param_grid.items()}
    # a short path, as the names of its sockets are limited to 103 bytes
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        quiet: dict[str, Any] = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
        os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")  # which prints a box however quiet it is to be
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else it writes one into the home folder
        library.init("local", num_cpus=PROCESSES, _temp_dir=folder, **quiet)
        try:
            tuner = tune.Tuner(
                tune.with_resources(trainable, {"cpu": 1}),
                param_space=space,
                run_config=tune.RunConfig(storage_path=folder, verbose=0),
            )
            results = tuner.fit()
            if results.errors:
                raise results.errors[0]
            return [{"params": each.config, "fold_scores": each.metrics["fold_scores"]} for each in results]
        finally:
            library.shutdown()
