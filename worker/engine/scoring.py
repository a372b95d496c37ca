"""Metrics of one fold, computed as scikit-learn's scorers compute them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.catalog import Metric, TaskType, metric_info
from shared.errors import BoostgridError
from worker.engine import metrics
from worker.engine.libraries.base import Predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray


class UndefinedScore(BoostgridError):
    """Raised when a prediction or a score is NaN or infinite, or a score has no meaning."""


_FUNCTIONS: Mapping[Metric, Callable[[NDArray[Any], NDArray[Any]], float]] = {
    Metric.RMSE: metrics.root_mean_squared_error,
    Metric.MAE: metrics.mean_absolute_error,
    Metric.MAPE: metrics.mean_absolute_percentage_error,
    Metric.R2: metrics.r2,
    Metric.LOG_LOSS: metrics.log_loss,
    Metric.ACCURACY: metrics.accuracy,
    Metric.ROC_AUC: metrics.roc_auc,
}
#: of class 1 of two, else the mean over the classes
_OF_CLASSES: Mapping[Metric, Callable[[NDArray[Any], NDArray[Any], bool], float]] = {
    Metric.F1: metrics.f1,
    Metric.PRECISION: metrics.precision,
    Metric.RECALL: metrics.recall,
}
#: by a ranking of the rows, of two classes
_BY_RANKING: Mapping[Metric, Callable[[NDArray[Any], NDArray[Any]], float]] = {
    Metric.ROC_AUC: metrics.roc_auc,
    Metric.AVERAGE_PRECISION: metrics.average_precision,
}


def scores_of(
    wanted: Sequence[Metric], task: TaskType, y: NDArray[Any], predictions: Predictions
) -> dict[Metric, float]:
    """Return each metric that these rows define. Raises UndefinedScore where the first, which ranks, is not defined."""
    values = predictions.values
    if not np.isfinite(values).all():
        raise UndefinedScore("the model predicts NaN or infinity; a smaller learning rate often helps")
    scores = {}
    for metric in wanted:
        try:
            scores[metric] = _score(metric, task, y, predictions)
        except UndefinedScore:
            if metric is wanted[0]:
                raise
    return scores


def _score(metric: Metric, task: TaskType, y: NDArray[Any], predictions: Predictions) -> float:
    score = _computed(metric, task, y, predictions)
    if not np.isfinite(score):
        raise UndefinedScore(f"{metric_info(metric).label} is {score}; use fewer folds, or rank by another metric")
    return score


def _computed(metric: Metric, task: TaskType, y: NDArray[Any], predictions: Predictions) -> float:
    values, info = predictions.values, metric_info(metric)
    if info.needs_probabilities and not np.bincount(y, minlength=values.shape[1]).all():
        raise UndefinedScore(f"{info.label} is not defined where a class has no row in the fold; use fewer folds")
    if metric in _BY_RANKING and task is TaskType.BINARY:
        return _BY_RANKING[metric](y, values[:, 1] if predictions.margins is None else predictions.margins)
    if task is TaskType.REGRESSION:
        return _FUNCTIONS[metric](*metrics.alike(y, values))
    if info.needs_probabilities:
        return _FUNCTIONS[metric](y, values)
    classes = values.argmax(axis=1) if predictions.classes is None else predictions.classes
    if metric in _OF_CLASSES:
        return _OF_CLASSES[metric](y, classes, task is TaskType.BINARY)
    return _FUNCTIONS[metric](y, classes)
