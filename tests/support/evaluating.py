"""Data sets and requests small enough to train on in a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from shared.catalog import Library, Metric, ParamValue, TaskType, metrics_for
from shared.domain import PlannedTrial, TrialOutcome
from shared.planning.versions import installed_version
from shared.testing.factories import fake_trial_id
from worker.engine.binned_cache import BinnedCache
from worker.engine.cross_validation import evaluate
from worker.protocol import EvaluationRequest

_LOADERS = {
    TaskType.REGRESSION: datasets.load_diabetes,
    TaskType.BINARY: datasets.load_breast_cancer,
    TaskType.MULTICLASS: datasets.load_wine,
}


def numeric_frame(task: TaskType, missing: float = 0.0) -> pd.DataFrame:
    """Return a few hundred rows of numbers, that share of them missing, with a column ``target``."""
    frame = _LOADERS[task](as_frame=True).frame
    holes = np.random.default_rng(7).random(frame.shape) < missing
    holes[:, frame.columns.get_loc("target")] = False
    return frame.mask(holes)


def mixed_frame(task: TaskType, rows: int = 400) -> pd.DataFrame:
    """Return numbers and categories, both with values missing, with a column ``target``."""
    random = np.random.default_rng(7)
    number = random.normal(size=rows)
    few = random.choice(["a", "b", "c"], size=rows)
    many = random.integers(0, 30, size=rows)
    signal = number + (few == "a") + many / 15 + random.normal(scale=0.3, size=rows)
    targets = {
        TaskType.REGRESSION: signal,
        TaskType.BINARY: (signal > 1).astype(int),
        TaskType.MULTICLASS: np.digitize(signal, [0.5, 1.5]),
    }
    frame = pd.DataFrame(
        {
            "number": np.where(random.random(rows) < 0.1, np.nan, number),
            "few": pd.Categorical(np.where(random.random(rows) < 0.1, None, few)),
            "many": pd.Categorical([f"m{value}" for value in many]),
            "count": random.integers(0, 9, size=rows),
        }
    )
    return frame.assign(target=targets[task])


def make_request(
    path: Path,
    frame: pd.DataFrame,
    library: Library = Library.XGBOOST,
    task: TaskType = TaskType.REGRESSION,
    points: Sequence[Mapping[str, ParamValue]] = ({},),
    metrics: Sequence[Metric] | None = None,
    **changes: Any,
) -> EvaluationRequest:
    """Return a request for those points of ``frame``, which is stored at ``path``."""
    frame.to_parquet(path)
    request: dict[str, Any] = {
        "library": library,
        "library_version": installed_version(library),
        "dataset_path": path,
        "dataset_hash": fake_trial_id(path),
        "target": "target",
        "task": task,
        "folds": 3,
        "seed": 3,
        "metrics": metrics or metrics_for(task),
        "trials": [PlannedTrial(trial_id=fake_trial_id(point), params=dict(point)) for point in points],
    }
    return EvaluationRequest.model_validate(request | changes)


def evaluated(
    request: EvaluationRequest, cache: BinnedCache | None = None, threads: int = 1
) -> tuple[TrialOutcome, ...]:
    """Return the outcomes, with a cache of its own unless one is given."""
    return evaluate(request, threads, lambda progress: None, BinnedCache(2**30) if cache is None else cache)


def fold_scores(outcome: TrialOutcome) -> dict[Metric, tuple[float, ...]]:
    """Return a success's fold scores."""
    assert outcome.error is None, outcome.error
    return {metric: score.fold_scores for metric, score in outcome.scores.items()}
