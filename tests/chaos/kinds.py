"""The sweeps of a run as plain mappings, and their grids expanded without any of the product's code."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Point = tuple[Any, ...]


def _as_written(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return params


@dataclass(frozen=True)
class Kind:
    """One kind of sweep: what it declares, and what is known beforehand of its trials."""

    name: str
    spec: Mapping[str, Any]
    #: the parameters that tell its models apart, where that is not the point as it is written
    model: Callable[[Mapping[str, Any]], Mapping[str, Any]] = _as_written
    #: whether the point cannot be evaluated, whoever tries
    fails: Callable[[Mapping[str, Any]], bool] = field(default=lambda params: False)
    priority: str = "normal"
    #: by `python -m shared launch`, in a process of its own
    from_command_line: bool = False

    def document(self, turn: int) -> dict[str, Any]:
        """Return the spec of that turn: another seed makes it another sweep with trials of its own."""
        return {"name": f"{self.name} {turn}", "seed": turn, "folds": 3, **self.spec}

    def points(self) -> list[dict[str, Any]]:
        """Return every point of the grid as it is written."""
        grid = self.spec["param_grid"]
        return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]

    def key(self, params: Mapping[str, Any]) -> Point:
        """Return what tells the trial of these parameters from every other of the sweep."""
        told_apart = self.model(params)
        return tuple(told_apart[name] for name in sorted(self.spec["param_grid"]))

    def expected(self) -> dict[Point, bool]:
        """Return the trials that there must be, and whether each fails by itself."""
        return {self.key(point): self.fails(point) for point in self.points()}


def _data(name: str, task: str = "regression", target: str = "target") -> dict[str, str]:
    return {"name": name, "target": target, "task": task}


def _leaves_within_depth(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**params, "num_leaves": min(params["num_leaves"], 2 ** params["max_depth"])}


def _diverges(params: Mapping[str, Any]) -> bool:
    return bool(params["learning_rate"] > 1000)


XGBOOST = Kind(
    "xgboost regression",
    {
        "library": "xgboost",
        "dataset": _data("diabetes"),
        "metrics": ["rmse", "r2"],
        "param_grid": {
            "n_estimators": [20, 60],
            "max_depth": [2, 3, 5],
            "learning_rate": [0.05, 0.1, 0.3],
            "subsample": [0.7, 1.0],
        },
    },
)
MERGED = Kind(
    "lightgbm points of one model",
    {
        "library": "lightgbm",
        "dataset": _data("wine", "multiclass"),
        "metrics": ["log_loss", "accuracy"],
        "param_grid": {"num_leaves": [3, 4, 8, 31], "max_depth": [2, 3], "n_estimators": [10, 30, 50]},
    },
    model=_leaves_within_depth,
)
CATBOOST = Kind(
    "catboost regression",
    {
        "library": "catboost",
        "dataset": _data("diabetes"),
        "metrics": ["mae"],
        "param_grid": {"iterations": [30, 80], "depth": [2, 4, 6], "learning_rate": [0.05, 0.2], "l2_leaf_reg": [1, 3]},
    },
)
STOPPING = Kind(
    "early stopping",
    {
        "library": "xgboost",
        "dataset": _data("breast_cancer", "binary"),
        "metrics": ["roc_auc", "log_loss"],
        "param_grid": {"n_estimators": [100, 300], "early_stopping_rounds": [5, 15], "max_depth": [2, 4]},
    },
)
FOLD_TASKS = Kind(
    "a task a fold",
    {
        "library": "xgboost",
        "dataset": _data("digits", "multiclass"),
        "metrics": ["log_loss"],
        "folds": 4,
        "param_grid": {"n_estimators": [90], "max_depth": [4, 6], "learning_rate": [0.1, 0.3]},
    },
)
RACING = Kind(
    "racing",
    {
        "library": "lightgbm",
        "dataset": _data("diabetes"),
        "metrics": ["rmse"],
        "folds": 5,
        "racing": True,
        "param_grid": {"n_estimators": [25], "num_leaves": [3, 7, 15, 31], "learning_rate": [0.001, 0.01, 0.1, 0.3, 1]},
    },
)
FAILING = Kind(
    "failures of its own",
    {
        "library": "xgboost",
        "dataset": _data("diabetes"),
        "metrics": ["rmse"],
        "param_grid": {"n_estimators": [50], "max_depth": [2, 3, 4], "learning_rate": [0.1, 0.2, 1e10]},
    },
    fails=_diverges,
    from_command_line=True,
)
BIG = Kind(
    "big",
    {
        "library": "lightgbm",
        "dataset": _data("diabetes"),
        "metrics": ["rmse"],
        "param_grid": {
            "n_estimators": [15, 30],
            "num_leaves": [3, 7, 15, 31],
            "learning_rate": [0.03, 0.1, 0.3],
            "min_child_samples": [5, 10, 20, 40],
            "colsample_bytree": [0.6, 1.0],
        },
    },
    priority="low",
)
QUICK = Kind(
    "a quick look",
    {
        "library": "lightgbm",
        "dataset": _data("diabetes"),
        "metrics": ["rmse"],
        "folds": 2,
        "param_grid": {"n_estimators": [12], "num_leaves": [5, 9], "learning_rate": [0.07, 0.17]},
    },
    priority="high",
)
#: launched to be deleted
DOOMED = Kind(
    "doomed",
    {
        "library": "xgboost",
        "dataset": _data("wine", "multiclass"),
        "metrics": ["log_loss"],
        "param_grid": {"n_estimators": [33], "max_depth": [2, 3, 4, 5], "learning_rate": [0.05, 0.1, 0.2, 0.4, 0.6]},
    },
)

KINDS = (XGBOOST, FOLD_TASKS, BIG, QUICK, FAILING, MERGED, DOOMED, CATBOOST, RACING, STOPPING)
