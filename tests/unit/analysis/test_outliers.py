import numpy as np
import pytest

from dashboard import analysis
from shared.catalog import Metric


@pytest.mark.parametrize(
    ("scores", "worst"),
    [
        ([0.5, 0.51, 0.52, 0.53, 0.54, 1e6], 0.54),
        ([0.5, 0.51, 0.52, 0.53, 1e6, 2e6, 3e6], 0.53),  # nearly half of them
        ([0.5, 0.51, 0.52, 0.53, 0.54, 0.55], None),
        ([0.5, 0.51, 0.52, 0.53, 0.54, 0.6], None),
        ([0.5, 0.5, 0.5, 0.5, 0.5, 0.5], None),
        ([0.5, 0.51, 1e6], None),  # too few to tell
        ([0.5, 0.51, np.nan, 0.52, 0.53, 0.54, np.inf, 1e6], 0.54),
        ([], None),
    ],
)
def test_an_axis_ends_before_scores_that_would_flatten_it(scores, worst):
    assert analysis.worst_shown(np.array(scores), Metric.RMSE) == (None if worst is None else pytest.approx(worst))


def test_where_higher_is_better_the_outliers_are_low():
    assert analysis.worst_shown(np.array([0.9, 0.8, 0.7, 0.85, -1e3]), Metric.R2) == pytest.approx(0.7)


def test_the_best_is_never_left_out():
    assert analysis.worst_shown(np.array([5.0, 5.1, 5.2, 5.15, 5.05, 0.1]), Metric.RMSE) is None
