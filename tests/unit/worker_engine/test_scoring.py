import numpy as np
import pytest
from sklearn import metrics

from shared.catalog import Metric, TaskType
from worker.engine.libraries.base import Predictions
from worker.engine.scoring import UndefinedScore, scores_of

SIZES = (6, 7, 8, 9, 127, 128, 129, 1000, 4128, 20_640)

REGRESSION = {
    Metric.RMSE: metrics.root_mean_squared_error,
    Metric.MAE: metrics.mean_absolute_error,
    Metric.MAPE: metrics.mean_absolute_percentage_error,
    Metric.R2: metrics.r2_score,
}


@pytest.mark.parametrize("of_target", [np.int64, np.float32, np.float64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_regression_scores_are_scikit_learns_to_the_bit(dtype, of_target):
    random = np.random.default_rng(0)
    for rows in (2, 3, *SIZES):
        y = np.round(random.normal(scale=1e4, size=rows)).astype(of_target)
        y[0] = 0  # which MAPE divides by
        predicted = (y + random.normal(size=rows)).astype(dtype)

        scores = scores_of(tuple(REGRESSION), TaskType.REGRESSION, y, Predictions(predicted))

        assert scores == {metric: function(y, predicted) for metric, function in REGRESSION.items()}


@pytest.mark.parametrize(("y", "predicted"), [([1.0, 2.0], [1.0, 2.0]), ([1.0, 1.0], [1.0, 1.0]), ([1.0, 1.0], [0, 1])])
def test_r2_of_what_leaves_nothing_to_explain_is_scikit_learns(y, predicted):
    scores = scores_of((Metric.R2,), TaskType.REGRESSION, np.array(y), Predictions(np.array(predicted, np.float64)))
    assert scores == {Metric.R2: metrics.r2_score(y, predicted)}


def probabilities(random, y, classes, dtype, parts):
    """Return what favours the true class, in few ``parts`` of the whole, so that many rows tie, and reach 0 and 1."""
    chances = random.dirichlet(np.ones(classes), size=len(y)) + random.uniform() * np.eye(classes)[y]
    return (random.multinomial(parts, chances / chances.sum(axis=1, keepdims=True)) / parts).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("parts", [4, 100, 10**9])
def test_scores_of_two_classes_are_scikit_learns_to_the_bit(dtype, parts):
    random = np.random.default_rng(parts)
    for rows in SIZES:
        y = np.append([0, 1], random.integers(0, 2, rows - 2))
        likely = probabilities(random, y, 2, dtype, parts)
        classes = likely.argmax(axis=1)
        ranked = (Metric.ROC_AUC, Metric.AVERAGE_PRECISION)
        wanted = (Metric.LOG_LOSS, Metric.ACCURACY, Metric.F1, Metric.PRECISION, Metric.RECALL, *ranked)

        scores = scores_of(wanted, TaskType.BINARY, y, Predictions(likely))
        margins = scores_of(ranked, TaskType.BINARY, y, Predictions(likely, margins=likely[:, 0]))

        assert scores == {
            Metric.LOG_LOSS: metrics.log_loss(y, likely),
            Metric.ACCURACY: metrics.accuracy_score(y, classes),
            Metric.F1: metrics.f1_score(y, classes),
            Metric.PRECISION: metrics.precision_score(y, classes, zero_division=0),
            Metric.RECALL: metrics.recall_score(y, classes),
            Metric.ROC_AUC: metrics.roc_auc_score(y, likely[:, 1]),
            Metric.AVERAGE_PRECISION: metrics.average_precision_score(y, likely[:, 1]),
        }
        assert margins == {
            Metric.ROC_AUC: metrics.roc_auc_score(y, likely[:, 0]),
            Metric.AVERAGE_PRECISION: metrics.average_precision_score(y, likely[:, 0]),
        }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [3, 10])
def test_scores_of_several_classes_are_scikit_learns_to_the_bit(dtype, classes):
    random = np.random.default_rng(classes)
    for rows in SIZES:
        y = np.append(np.arange(classes), random.integers(0, classes, max(0, rows - classes)))
        likely = probabilities(random, y, classes, dtype, 100)
        wanted = (Metric.LOG_LOSS, Metric.ACCURACY, Metric.F1, Metric.PRECISION, Metric.RECALL, Metric.ROC_AUC)

        scores = scores_of(wanted, TaskType.MULTICLASS, y, Predictions(likely))

        assert scores == {
            Metric.LOG_LOSS: metrics.log_loss(y, likely),
            Metric.ACCURACY: metrics.accuracy_score(y, likely.argmax(axis=1)),
            Metric.F1: metrics.f1_score(y, likely.argmax(axis=1), average="macro"),
            Metric.PRECISION: metrics.precision_score(y, likely.argmax(axis=1), average="macro", zero_division=0),
            Metric.RECALL: metrics.recall_score(y, likely.argmax(axis=1), average="macro", zero_division=0),
            Metric.ROC_AUC: metrics.roc_auc_score(y, likely, multi_class="ovr"),
        }


@pytest.mark.parametrize("predicted", [[0, 0, 0], [1, 1, 0]])
def test_scores_without_a_hit_are_scikit_learns(predicted):
    y = np.array([0, 0, 1])
    wanted = (Metric.F1, Metric.PRECISION, Metric.RECALL)
    scores = scores_of(wanted, TaskType.BINARY, y, Predictions(np.eye(2)[predicted]))
    assert scores == {
        Metric.F1: metrics.f1_score(y, predicted, zero_division=0),
        Metric.PRECISION: metrics.precision_score(y, predicted, zero_division=0),
        Metric.RECALL: metrics.recall_score(y, predicted, zero_division=0),
    }
    assert scores == dict.fromkeys(wanted, 0.0)


def test_a_class_that_is_never_predicted_and_never_there_does_not_count():
    y, predicted = np.array([0, 0, 2]), [0, 2, 2]
    wanted = (Metric.F1, Metric.PRECISION, Metric.RECALL)
    scores = scores_of(wanted, TaskType.MULTICLASS, y, Predictions(np.eye(4)[predicted]))
    assert scores == {
        Metric.F1: metrics.f1_score(y, predicted, average="macro"),
        Metric.PRECISION: metrics.precision_score(y, predicted, average="macro", zero_division=0),
        Metric.RECALL: metrics.recall_score(y, predicted, average="macro", zero_division=0),
    }


@pytest.mark.parametrize("y", [[0, 0], [1, 1]])
@pytest.mark.parametrize(("metric", "label"), [(Metric.ROC_AUC, "ROC AUC"), (Metric.LOG_LOSS, "Log loss")])
def test_probabilities_are_not_scored_where_a_class_has_no_row(y, metric, label):
    with pytest.raises(UndefinedScore, match=f"{label} is not defined where a class has no row in the fold"):
        scores_of((metric,), TaskType.BINARY, np.array(y), Predictions(np.eye(2)))


def test_r2_of_one_row_is_said():
    with pytest.raises(UndefinedScore, match="R² is nan; use fewer folds, or rank by another metric"):
        scores_of((Metric.R2,), TaskType.REGRESSION, np.zeros(1), Predictions(np.ones(1)))


def test_a_metric_that_is_not_defined_is_left_out_where_another_ranks():
    wanted = (Metric.RMSE, Metric.R2, Metric.MAE)
    scores = scores_of(wanted, TaskType.REGRESSION, np.zeros(1), Predictions(np.ones(1)))
    assert scores == {Metric.RMSE: 1.0, Metric.MAE: 1.0}


def test_a_prediction_that_is_no_number_is_said():
    with pytest.raises(UndefinedScore, match="a smaller learning rate often helps"):
        scores_of((Metric.RMSE,), TaskType.REGRESSION, np.zeros(2), Predictions(np.array([0.0, np.nan])))


def test_a_score_that_overflows_is_named():
    y = np.array([0.0, 1.0])
    with np.errstate(over="ignore"), pytest.raises(UndefinedScore, match="RMSE is inf"):
        scores_of((Metric.RMSE,), TaskType.REGRESSION, y, Predictions(np.array([1e200, -1e200])))
