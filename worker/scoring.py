"""Metrics of one fold, computed as scikit-learn's scorers compute them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn
from sklearn import metrics

from shared.catalog import Metric, TaskType, metric_info
from shared.errors import BoostgridError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class NonFiniteScore(BoostgridError):  # noqa: N818 - named as the rest of the tree
    """Raised when a prediction or a score is NaN or infinite."""


Score = Callable[["NDArray[Any]", "NDArray[Any]"], float]

#: from the target and the predicted values, classes or, where the metric asks for them, probabilities
_FUNCTIONS: Mapping[Metric, Score] = {
    Metric.RMSE: metrics.root_mean_squared_error,
    Metric.MAE: metrics.mean_absolute_error,
    Metric.R2: metrics.r2_score,
    Metric.MAPE: metrics.mean_absolute_percentage_error,
    Metric.LOG_LOSS: metrics.log_loss,
    Metric.ACCURACY: metrics.accuracy_score,
}


def scores_of(
    wanted: Sequence[Metric], task: TaskType, y: NDArray[Any], predictions: NDArray[Any]
) -> dict[Metric, float]:
    """Return each metric of (rows,) values or, for classification, (rows, classes) probabilities.

    Raises NonFiniteScore, or what scikit-learn raises where a metric is not defined on these rows.
    """
    if not np.isfinite(predictions).all():
        raise NonFiniteScore("the model predicts NaN or infinity; a smaller learning rate often helps")
    classes = None if task is TaskType.REGRESSION else predictions.argmax(axis=1)
    scores = {}
    with sklearn.config_context(skip_parameter_validation=True, assume_finite=True):
        for metric in wanted:
            argument = predictions if classes is None or metric_info(metric).needs_probabilities else classes
            scores[metric] = score = float(_function(metric, task)(y, argument))
            if not np.isfinite(score):
                raise NonFiniteScore(f"{metric_info(metric).label} is {score}")
    return scores


def _function(metric: Metric, task: TaskType) -> Score:
    binary = task is TaskType.BINARY
    match metric:
        case Metric.F1:
            return lambda y, classes: metrics.f1_score(y, classes, average="binary" if binary else "macro")
        case Metric.ROC_AUC:
            if binary:
                return lambda y, probabilities: metrics.roc_auc_score(y, probabilities[:, 1])
            return lambda y, probabilities: metrics.roc_auc_score(y, probabilities, multi_class="ovr")
        case _:
            return _FUNCTIONS[metric]
