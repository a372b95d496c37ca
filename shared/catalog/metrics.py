"""The metrics by which trials are scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from shared.catalog.model import TaskType


class Metric(StrEnum):
    """What is scored on each fold."""

    RMSE = "rmse"
    MAE = "mae"
    R2 = "r2"
    MAPE = "mape"
    LOG_LOSS = "log_loss"
    ACCURACY = "accuracy"
    F1 = "f1"
    ROC_AUC = "roc_auc"
    PRECISION = "precision"
    RECALL = "recall"
    AVERAGE_PRECISION = "average_precision"


class Direction(StrEnum):
    """Whether a larger score is better."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


_CLASSIFICATION = frozenset({TaskType.BINARY, TaskType.MULTICLASS})
_REGRESSION = frozenset({TaskType.REGRESSION})


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric's meaning."""

    label: str
    direction: Direction
    tasks: frozenset[TaskType]
    #: scikit-learn's scorer for each task; a name that starts with ``neg_`` has the opposite sign of ours
    scorers: dict[TaskType, str]
    #: whether it is computed from class probabilities
    needs_probabilities: bool
    help: str
    #: whether it speaks of one of two classes, the positive one
    of_one_class: bool = False

    @property
    def lower_is_better(self) -> bool:
        """Whether the smaller of two scores is the better one."""
        return self.direction is Direction.MINIMIZE

    @property
    def better(self) -> str:
        """Which scores are better, in a word."""
        return "lower" if self.lower_is_better else "higher"

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest score that there can be."""
        if self.lower_is_better:
            return 0.0, inf
        return -inf if TaskType.REGRESSION in self.tasks else 0.0, 1.0

    def loss(self, score: float) -> float:
        """Return the score so that less is better: what trials are sorted by."""
        return score if self.lower_is_better else -score

    def is_better(self, score: float, other: float) -> bool:
        """Whether the score beats the other; equals do not."""
        return self.loss(score) < self.loss(other)

    def best(self, scores: Iterable[float]) -> float:
        """Return the best of the scores. Raises ValueError where there is none."""
        return min(scores, key=self.loss)


def _regression(label: str, direction: Direction, scorer: str, text: str) -> MetricInfo:
    return MetricInfo(label, direction, _REGRESSION, {TaskType.REGRESSION: scorer}, False, text)


def _classification(
    label: str, direction: Direction, binary: str, multiclass: str, probabilities: bool, text: str, one: bool = False
) -> MetricInfo:
    scorers = {TaskType.BINARY: binary, TaskType.MULTICLASS: multiclass}
    return MetricInfo(label, direction, _CLASSIFICATION, scorers, probabilities, text, one)


_METRICS: dict[Metric, MetricInfo] = {
    Metric.RMSE: _regression(
        "RMSE", Direction.MINIMIZE, "neg_root_mean_squared_error", "Root mean squared error, in the target's unit."
    ),
    Metric.MAE: _regression(
        "MAE", Direction.MINIMIZE, "neg_mean_absolute_error", "Mean absolute error, in the target's unit."
    ),
    Metric.R2: _regression("R²", Direction.MAXIMIZE, "r2", "Share of the target's variance explained."),
    Metric.MAPE: _regression(
        "MAPE",
        Direction.MINIMIZE,
        "neg_mean_absolute_percentage_error",
        "Mean absolute error as a fraction of the target; huge where the target is near 0.",
    ),
    Metric.LOG_LOSS: _classification(
        "Log loss", Direction.MINIMIZE, "neg_log_loss", "neg_log_loss", True, "Negative mean log-likelihood."
    ),
    Metric.ACCURACY: _classification(
        "Accuracy", Direction.MAXIMIZE, "accuracy", "accuracy", False, "Share of rows classified correctly."
    ),
    Metric.F1: _classification(
        "F1",
        Direction.MAXIMIZE,
        "f1",
        "f1_macro",
        False,
        "F1 of the positive class; macro average for several.",
        one=True,
    ),
    Metric.ROC_AUC: _classification(
        "ROC AUC",
        Direction.MAXIMIZE,
        "roc_auc",
        "roc_auc_ovr",
        True,
        "Area under the ROC curve; one-vs-rest for several.",
    ),
    Metric.PRECISION: _classification(
        "Precision",
        Direction.MAXIMIZE,
        "precision",
        "precision_macro",
        False,
        "Share of the rows predicted as the positive class that are of it; macro average for several.",
        one=True,
    ),
    Metric.RECALL: _classification(
        "Recall",
        Direction.MAXIMIZE,
        "recall",
        "recall_macro",
        False,
        "Share of the rows of the positive class that are found; macro average for several.",
        one=True,
    ),
    Metric.AVERAGE_PRECISION: MetricInfo(
        "Average precision",
        Direction.MAXIMIZE,
        frozenset({TaskType.BINARY}),
        {TaskType.BINARY: "average_precision"},
        True,
        "Precision over the recall of the positive class, averaged: what ROC AUC hides where that class is rare.",
        True,
    ),
}


def metric_info(metric: Metric) -> MetricInfo:
    """Return what the metric means."""
    return _METRICS[metric]


def metrics_for(task: TaskType) -> tuple[Metric, ...]:
    """Return the metrics that score this task, the usual ranking metric first."""
    return tuple(metric for metric, info in _METRICS.items() if task in info.tasks)
