"""Valid domain objects; a test names only what it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.catalog import Library, Metric, ParamValue, TaskType
from shared.domain import (
    Attempt,
    AttemptCause,
    DatasetRef,
    ErrorCause,
    FoldResult,
    MetricScore,
    PlannedTrial,
    Seconds,
    Sweep,
    SweepSpec,
    Task,
    TrialError,
    TrialOutcome,
    TrialState,
)
from shared.planning import full_params
from shared.planning.trial_ids import TrialIds

DATASET_HASH = "d" * 64


def fake_trial_id(key: object) -> str:
    """Return an id shaped like a trial's."""
    return hashlib.sha256(repr(key).encode()).hexdigest()


def make_spec(**changes: Any) -> SweepSpec:
    """Return a small XGBoost regression spec on stored data."""
    spec = {
        "name": "A sweep",
        "library": Library.XGBOOST,
        "dataset": DatasetRef(name="diabetes", content_hash=DATASET_HASH, target="target", task=TaskType.REGRESSION),
        "param_grid": {"learning_rate": [0.1, 0.3], "n_estimators": [10, 20]},
        "metrics": (Metric.RMSE, Metric.R2),
        "folds": 3,
    }
    return SweepSpec.parse(spec | changes)


def make_sweep(sweep_id: str = "a-sweep-000000", **changes: Any) -> Sweep:
    """Return a published sweep of make_spec's spec."""
    sweep = {
        "sweep_id": sweep_id,
        "spec": make_spec(),
        "library_version": "3.2.0",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "size": 4,
        "published": True,
    }
    return Sweep.model_validate(sweep | changes)


def make_task(key: object = 0, sweep_id: str = "a-sweep-000000", trials: int = 1, **changes: Any) -> Task:
    """Return a task of ``trials`` trials whose ids follow from ``key``."""
    planned = tuple(
        PlannedTrial(trial_id=fake_trial_id((key, number)), params={"n_estimators": 10 + number})
        for number in range(trials)
    )
    task = {"sweep_id": sweep_id, "epoch": 1, "spec_hash": "e" * 64, "trials": planned}
    return Task.model_validate(task | changes)


#: what make_task_of takes from: learning rates, depths and rounds
_ROOM = tuple(number / 1_000 for number in range(1, 401)), tuple(range(1, 61)), tuple(range(10, 130))


def _roomy_names(library: Library) -> tuple[str, str, str]:
    if library is Library.CATBOOST:
        return "learning_rate", "depth", "iterations"
    return "learning_rate", "max_depth", "n_estimators"


def make_roomy_sweep(sweep_id: str = "a-sweep-000000", **changes: Any) -> Sweep:
    """Return a sweep of make_spec's spec, or that of the changes, with a grid that make_task_of takes from."""
    sweep = make_sweep(sweep_id, **changes)
    grid = dict(zip(_roomy_names(sweep.spec.library), _ROOM, strict=True))
    return sweep.model_copy(update={"spec": sweep.spec.model_copy(update={"param_grid": (grid,)})})


def make_task_of(sweep: Sweep, key: object = 0, trials: int = 1, rounds: Sequence[int] = (), **changes: Any) -> Task:
    """Return a task of trials of a roomy sweep that are ``key``'s; ``rounds`` is the number of rounds of each.

    The trials of one task may have equal rounds, those of two keys are never the same.
    """
    rate = key if isinstance(key, int) and 0 <= key < 100 else 100 + int(fake_trial_id(key)[:8], 16) % 300
    names, ids = _roomy_names(sweep.spec.library), TrialIds(sweep.spec, sweep.library_version)
    planned = []
    for number, each in enumerate(rounds or range(10, 10 + trials)):
        values: tuple[ParamValue, ...] = (_ROOM[0][rate], 1 + number if rounds else 6, each)
        params = dict(zip(names, values, strict=True))
        full = full_params(sweep.spec.library, params, sweep.spec.seed)
        planned.append(PlannedTrial(trial_id=ids.of(full), params=params))
    task = {"sweep_id": sweep.sweep_id, "epoch": sweep.epoch, "spec_hash": sweep.spec.spec_hash, "trials": planned}
    return Task.model_validate(task | changes)


def make_fold_result(key: object = 0, fold: int = 0, score: float = 0.5, **changes: Any) -> FoldResult:
    """Return what a fold gave: that RMSE and R²."""
    now = datetime.now(UTC)
    result: dict[str, Any] = {
        "trial_id": fake_trial_id(key),
        "fold": fold,
        "scores": dict.fromkeys((Metric.RMSE, Metric.R2), score),
        "rounds": 10,
        "fit_seconds": Seconds(wall=1.0, cpu=1.0),
        "score_seconds": Seconds(wall=0.1, cpu=0.1),
        "threads": 1,
        "started_at": now,
        "finished_at": now,
        "versions": {"xgboost": "3.2.0", "python": "3.11"},
        "worker": "worker-1",
    }
    return FoldResult.model_validate(result | changes)


def make_outcome(
    key: object = 0, score: float = 0.5, failed: ErrorCause | None = None, dropped_after: int = 0, **changes: Any
) -> TrialOutcome:
    """Return a success with that mean RMSE and R², a failure of the given cause, or a drop after so many folds."""
    now = datetime.now(UTC)
    outcome: dict[str, Any] = {
        "trial_id": fake_trial_id(key),
        "state": TrialState.SUCCEEDED,
        "params": {"learning_rate": 0.1, "n_estimators": 10},
        "started_at": now,
        "finished_at": now,
        "worker": "worker-1",
        "threads": 1,
        "versions": {"xgboost": "3.2.0", "python": "3.11"},
    }
    if failed is not None:
        error = TrialError(cause=failed, type="ValueError", message="it went wrong", traceback="Traceback ...")
        outcome |= {"state": TrialState.FAILED, "error": error}
        return TrialOutcome.model_validate(outcome | changes)
    outcome |= {"fit_seconds": Seconds(wall=1.0, cpu=1.0), "score_seconds": Seconds(wall=0.1, cpu=0.1)}
    if dropped_after:
        outcome |= {
            "state": TrialState.DROPPED,
            "partial_scores": dict.fromkeys((Metric.RMSE, Metric.R2), (score,) * dropped_after),
            "rounds": (10,) * dropped_after,
        }
    else:
        score_of = MetricScore(fold_scores=(score - 0.1, score, score + 0.1), mean_score=score, std_score=0.0816)
        outcome |= {"scores": {Metric.RMSE: score_of, Metric.R2: score_of}, "rounds": (10, 10, 10)}
    return TrialOutcome.model_validate(outcome | changes)


def make_attempt(
    key: object = 0, cause: AttemptCause = AttemptCause.CRASHED, trials: tuple[object, ...] = (0,), **changes: Any
) -> Attempt:
    """Return an attempt at the trials of those keys that ended by that cause; its id follows from ``key``."""
    now = datetime.now(UTC)
    attempt: dict[str, Any] = {
        "attempt_id": fake_trial_id(("attempt", key))[:24],
        "sweep_id": "a-sweep-000000",
        "epoch": 1,
        "trial_ids": tuple(map(fake_trial_id, trials)),
        "worker": "worker-1",
        "started_at": now,
        "ended_at": now,
        "cause": cause,
        "message": "it ended",
    }
    return Attempt.model_validate(attempt | changes)
