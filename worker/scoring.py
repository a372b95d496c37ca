"""Metrics of one fold, computed as scikit-learn's scorers compute them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn
from sklearn import metrics

from shared.catalog import Metric, TaskType, metric_info
from shared.errors import BoostgridError
from worker.libraries.base import Predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray


class NonFiniteScore(BoostgridError):
    """Raised when a prediction or a score is NaN or infinite."""


Score = Callable[["NDArray[Any]", "NDArray[Any]"], float]


def _root_mean_squared_error(y: NDArray[Any], predicted: NDArray[Any]) -> float:
    return float(np.sqrt(np.average((y - predicted) ** 2)))


def _mean_absolute_error(y: NDArray[Any], predicted: NDArray[Any]) -> float:
    return float(np.average(np.abs(predicted - y)))


def _mean_absolute_percentage_error(y: NDArray[Any], predicted: NDArray[Any]) -> float:
    return float(np.average(np.abs(predicted - y) / np.maximum(np.abs(y), np.finfo(np.float64).eps)))


_FUNCTIONS: Mapping[Metric, Score] = {
    # scikit-learn's arithmetic without its checks, which take as long as a small fit
    Metric.RMSE: _root_mean_squared_error,
    Metric.MAE: _mean_absolute_error,
    Metric.MAPE: _mean_absolute_percentage_error,
    Metric.R2: metrics.r2_score,
    Metric.LOG_LOSS: metrics.log_loss,
    Metric.ACCURACY: metrics.accuracy_score,
}


def scores_of(
    wanted: Sequence[Metric], task: TaskType, y: NDArray[Any], predictions: Predictions
) -> dict[Metric, float]:
    """Return each metric. Raises NonFiniteScore, or what scikit-learn raises where these rows do not define it."""
    values = predictions.values
    if not np.isfinite(values).all():
        raise NonFiniteScore("the model predicts NaN or infinity; a smaller learning rate often helps")
    classes = None if task is TaskType.REGRESSION else values.argmax(axis=1)
    scores = {}
    with sklearn.config_context(skip_parameter_validation=True, assume_finite=True):
        for metric in wanted:
            argument = values if classes is None or metric_info(metric).needs_probabilities else classes
            if metric is Metric.ROC_AUC and task is TaskType.BINARY:
                argument = values[:, 1] if predictions.margins is None else predictions.margins
            scores[metric] = score = float(_function(metric, task)(y, argument))
            if not np.isfinite(score):
                raise NonFiniteScore(f"{metric_info(metric).label} is {score}")
    return scores


def _function(metric: Metric, task: TaskType) -> Score:
    if metric is Metric.F1:
        average = "binary" if task is TaskType.BINARY else "macro"
        return lambda y, classes: metrics.f1_score(y, classes, average=average)
    if metric is Metric.ROC_AUC:
        return lambda y, ranking: metrics.roc_auc_score(y, ranking, multi_class="ovr")
    return _FUNCTIONS[metric]
