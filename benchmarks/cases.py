"""The grids and tables that are run through every contender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

#: rows and features of California housing, which the made table is shaped like
ROWS = 20_640

#: by task, what is scored and the name of scikit-learn's scorer; one that starts with ``neg_`` has the opposite sign
METRICS = {
    "regression": ("rmse", "neg_root_mean_squared_error"),
    "binary": ("roc_auc", "roc_auc"),
    "multiclass": ("log_loss", "neg_log_loss"),
}

#: classes of the made table of each kind, about as many rows in each
_CLASSES = {"binary": 2, "multiclass": 3}


@dataclass(frozen=True, slots=True)
class Case:
    """One grid for one library."""

    name: str
    library: str
    param_grid: dict[str, list[Any]]
    task: str = "regression"
    folds: int = 5
    #: whether Boostgrid's worker has had work before, as on a cluster; else its start counts too
    warm: bool = False
    #: the path of a Parquet file with numbers and a column ``target``
    table: str = ""

    @property
    def metric(self) -> str:
        """What its task is scored by."""
        return METRICS[self.task][0]


_TREES = {"few": [100, 200, 400, 800], "many": list(range(50, 801, 50)), "none": [100]}
_CATBOOST_TREES = {"few": [50, 100, 200, 400], "many": list(range(50, 801, 50)), "none": [100]}


def cases(kind: str) -> list[Case]:
    """Return the kind's case for each library: ``few`` or ``many`` tree counts, or ``none`` to share."""
    rates = [0.05, 0.1, 0.2]
    grids: dict[str, dict[str, list[Any]]] = {
        "xgboost": {"n_estimators": _TREES[kind], "max_depth": [4, 6, 8], "learning_rate": rates},
        "lightgbm": {"n_estimators": _TREES[kind], "num_leaves": [15, 31, 63], "learning_rate": rates},
        "catboost": {"iterations": _CATBOOST_TREES[kind], "depth": [4, 6, 8], "learning_rate": rates},
    }
    return [Case(kind, library, grid, warm=kind == "none") for library, grid in grids.items()]


def race() -> Case:
    """Return 120 points of XGBoost, each a fit of its own, from what learns too little to what learns too much."""
    return Case(
        "race",
        "xgboost",
        {
            "n_estimators": [200],
            "max_depth": [2, 4, 6, 8],
            "learning_rate": [0.01, 0.03, 0.1, 0.2, 0.4],
            "min_child_weight": [1, 10, 50],
            "subsample": [0.6, 1.0],
        },
    )


def table(rows: int = ROWS, seed: int = 0, task: str = "regression") -> pd.DataFrame:
    """Return a table of 8 float features and ``target``, made from a seed; classes are equal parts of a quantity."""
    random = np.random.default_rng(seed)
    features = random.lognormal(size=(rows, 8))
    features[:, 6:] = random.uniform(-1, 1, size=(rows, 2))
    target = (
        np.log1p(features[:, 0])
        + np.sin(3 * features[:, 6]) * features[:, 7]
        + 0.3 * np.sqrt(features[:, 1]) * (features[:, 2] > 1)
        + 0.2 * random.normal(size=rows)
    )
    frame = pd.DataFrame(features, columns=[f"x{number}" for number in range(8)])
    classes = _CLASSES.get(task)
    frame["target"] = target if classes is None else np.argsort(np.argsort(target)) * classes // rows
    return frame
