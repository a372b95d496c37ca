"""The arithmetic of scikit-learn's metrics, bit by bit, without its checks and its import.

These take longer than many a small fit does. Source: sklearn.metrics (BSD-3-Clause), to which a test compares each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def alike(y: NDArray[Any], predicted: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return both (rows,) arrays in the precision in which scikit-learn scores a regression.

    Whole numbers take that of the predictions, which is 32 bits for XGBoost; of two precisions the larger counts.
    """
    dtype = np.result_type(y, predicted) if np.issubdtype(y.dtype, np.floating) else predicted.dtype
    return y.astype(dtype, copy=False), predicted.astype(dtype, copy=False)


def root_mean_squared_error(y: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Return the root of the mean square of what the (rows,) predictions are off."""
    return float(np.sqrt(np.average((y - predicted) ** 2)))


def mean_absolute_error(y: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Return the mean of what the (rows,) predictions are off."""
    return float(np.average(np.abs(predicted - y)))


def mean_absolute_percentage_error(y: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Return the mean of what the (rows,) predictions are off, as a part of the value."""
    return float(np.average(np.abs(predicted - y) / np.maximum(np.abs(y), float(np.finfo(np.float64).eps))))


def r2(y: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Return the part of the variance that the (rows,) predictions explain; NaN for a single row."""
    if len(y) < 2:
        return float("nan")
    unexplained = np.sum((y - predicted) ** 2)
    total = np.sum((y - np.average(y)) ** 2)
    if not unexplained:
        return 1.0
    return float(1 - unexplained / total) if total else 0.0


def log_loss(y: NDArray[np.int64], probabilities: NDArray[Any]) -> float:
    """Return the mean negative log of what (rows, classes) probabilities give the true class."""
    eps = np.finfo(probabilities.dtype).eps
    likely = np.clip(probabilities, eps, 1 - eps)[np.arange(len(y)), y]
    return float(np.average(-np.log(likely)))


def accuracy(y: NDArray[np.int64], classes: NDArray[np.int64]) -> float:
    """Return the part of the (rows,) predicted classes that is right."""
    return float(np.average(y == classes))


def f1(y: NDArray[np.int64], classes: NDArray[np.int64], is_binary: bool) -> float:
    """Return F1 of class 1 of two, else the mean over the classes that occur; 0 for a class without a hit."""
    count = int(max(y.max(), classes.max())) + 1
    hits = np.bincount(y[y == classes], minlength=max(count, 2))
    both = np.bincount(y, minlength=len(hits)) + np.bincount(classes, minlength=len(hits))
    scores = 2.0 * hits / np.maximum(both, 1)
    return float(scores[1] if is_binary else np.average(scores[both > 0]))


def precision(y: NDArray[np.int64], classes: NDArray[np.int64], is_binary: bool) -> float:
    """Return what part of the rows that are taken for class 1 are of it, else the mean over the classes that occur."""
    hits, there, taken = _counts(y, classes)
    return _of_classes(hits, taken, there + taken > 0, is_binary)


def recall(y: NDArray[np.int64], classes: NDArray[np.int64], is_binary: bool) -> float:
    """Return what part of the rows of class 1 are taken for it, else the mean over the classes that occur."""
    hits, there, taken = _counts(y, classes)
    return _of_classes(hits, there, there + taken > 0, is_binary)


def _counts(y: NDArray[np.int64], classes: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return how many rows of each class are right, are there, and are taken for it; of two classes at least."""
    count = max(2, int(max(y.max(), classes.max())) + 1)
    right, there, taken = (np.bincount(each, minlength=count) for each in (y[y == classes], y, classes))
    return right, there, taken


def _of_classes(hits: NDArray[Any], rows: NDArray[Any], occurs: NDArray[np.bool_], is_binary: bool) -> float:
    scores = hits / np.maximum(rows, 1)  # 0 for a class without a row
    return float(scores[1] if is_binary else np.average(scores[occurs]))


def average_precision(y: NDArray[np.int64], ranking: NDArray[Any]) -> float:
    """Return the mean precision over the recall of class 1 by a (rows,) ranking. That class has a row."""
    order = np.argsort(ranking)[::-1]
    # one point of the curve for each value; between rows of one value there is no order
    last = np.append(np.flatnonzero(np.diff(ranking[order])), len(order) - 1)
    hits = np.cumsum(y[order] == 1, dtype=np.float64)[last]
    found = np.append((hits / hits[-1])[::-1], 0.0)
    return float(max(0.0, -np.sum(np.diff(found) * (hits / (1 + last))[::-1])))


def roc_auc(y: NDArray[np.int64], ranking: NDArray[Any]) -> float:
    """Return the area under the ROC curve: of class 1 by a (rows,) ranking, or the mean over (rows, classes).

    Every class has a row.
    """
    if ranking.ndim == 1:
        return _area(y == 1, ranking)
    return float(np.average([_area(y == each, column) for each, column in enumerate(ranking.T)]))


def _area(is_class: NDArray[np.bool_], ranking: NDArray[Any]) -> float:
    order = np.argsort(ranking)[::-1]
    # one point of the curve for each value; between rows of one value there is no order
    last = np.append(np.flatnonzero(np.diff(ranking[order])), len(order) - 1)
    hits = np.cumsum(is_class[order], dtype=np.float64)[last]
    misses = 1 + last - hits
    corners = np.ones(len(last), dtype=bool)
    corners[1:-1] = np.logical_or(np.diff(misses, 2), np.diff(hits, 2))
    height = np.append(0.0, hits[corners]) / hits[-1]
    width = np.append(0.0, misses[corners]) / misses[-1]
    return float(np.trapezoid(height, width))
