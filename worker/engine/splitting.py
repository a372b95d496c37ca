"""Which rows each fold holds out: scikit-learn's KFold and StratifiedKFold, shuffled, without its import.

That takes longer than many a small grid. Arithmetic and random numbers are those of sklearn.model_selection
(BSD-3-Clause), to which a test compares them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def k_fold(rows: int, folds: int, seed: int) -> NDArray[np.intp]:
    """Return the fold, from 0, in which each of the rows is held out: (rows,).

    Raises ValueError if there are too few rows.
    """
    if rows < folds:
        raise ValueError(f"{rows} rows cannot be split into {folds} folds; use fewer folds")
    order = np.arange(rows)
    np.random.RandomState(seed).shuffle(order)
    fold_of = np.empty(rows, dtype=np.intp)
    for fold, held_out in enumerate(np.array_split(order, folds)):
        fold_of[held_out] = fold
    return fold_of


def stratified_k_fold(y: NDArray[Any], folds: int, seed: int) -> NDArray[np.intp]:
    """Return the fold, from 0, in which each row is held out, every class spread over them evenly: (rows,).

    Raises ValueError if every class has too few rows.
    """
    if np.bincount(y).max() < folds:
        raise ValueError(f"no class has as many rows as there are folds, which are {folds}; use fewer folds")
    random = np.random.RandomState(seed)
    _, first, classes = np.unique(y, return_index=True, return_inverse=True)
    classes = np.argsort(np.argsort(first))[classes]  # numbered as they appear
    ordered = np.sort(classes)
    share = np.array([np.bincount(ordered[fold::folds], minlength=len(first)) for fold in range(folds)])
    fold_of = np.empty(len(y), dtype=np.intp)
    for each in range(len(first)):
        of_class = np.arange(folds).repeat(share[:, each])
        random.shuffle(of_class)
        fold_of[classes == each] = of_class
    return fold_of
