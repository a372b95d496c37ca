import numpy as np
import pytest
from sklearn import metrics

from shared.catalog import Metric, TaskType
from worker.libraries.base import Predictions
from worker.scoring import NonFiniteScore, scores_of

REGRESSION = {
    Metric.RMSE: metrics.root_mean_squared_error,
    Metric.MAE: metrics.mean_absolute_error,
    Metric.MAPE: metrics.mean_absolute_percentage_error,
    Metric.R2: metrics.r2_score,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_regression_scores_are_scikit_learns_to_the_bit(dtype):
    random = np.random.default_rng(0)
    for rows in (2, 3, 7, 8, 9, 127, 128, 129, 1000, 4128, 20_640):
        y = np.round(random.normal(scale=10, size=rows))  # some are 0, which MAPE divides by
        predicted = (y + random.normal(size=rows)).astype(dtype)

        scores = scores_of(tuple(REGRESSION), TaskType.REGRESSION, y, Predictions(predicted))

        assert scores == {metric: function(y, predicted) for metric, function in REGRESSION.items()}


def test_a_prediction_that_is_no_number_is_said():
    with pytest.raises(NonFiniteScore, match="a smaller learning rate often helps"):
        scores_of((Metric.RMSE,), TaskType.REGRESSION, np.zeros(2), Predictions(np.array([0.0, np.nan])))


def test_a_score_that_overflows_is_named():
    y = np.array([0.0, 1.0])
    with np.errstate(over="ignore"), pytest.raises(NonFiniteScore, match="RMSE is inf"):
        scores_of((Metric.RMSE,), TaskType.REGRESSION, y, Predictions(np.array([1e200, -1e200])))
