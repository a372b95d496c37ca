"""Which of two scores is better is the metric's to say."""

from __future__ import annotations

import pytest

from shared.catalog import Metric, metric_info


@pytest.mark.parametrize(
    ("metric", "best"), [(Metric.RMSE, 1.0), (Metric.LOG_LOSS, 1.0), (Metric.R2, 3.0), (Metric.ROC_AUC, 3.0)]
)
def test_the_best_of_scores_is_the_one_that_beats_the_others(metric, best):
    info, scores = metric_info(metric), [2.0, 1.0, 3.0]
    assert info.best(scores) == best
    assert all(info.is_better(best, other) for other in scores if other != best)
    assert sorted(scores, key=info.loss)[0] == best


@pytest.mark.parametrize("metric", list(Metric))
def test_equal_scores_do_not_beat_each_other(metric):
    assert not metric_info(metric).is_better(0.5, 0.5)


@pytest.mark.parametrize("metric", list(Metric))
def test_a_scorer_with_the_opposite_sign_is_one_of_a_loss(metric):
    info = metric_info(metric)
    assert info.lower_is_better == all(scorer.startswith("neg_") for scorer in info.scorers.values())


@pytest.mark.parametrize("metric", list(Metric))
def test_a_perfect_model_scores_one_of_the_limits(metric):
    lowest, highest = metric_info(metric).limits
    assert metric_info(metric).best([lowest, highest]) == (0.0 if metric_info(metric).lower_is_better else 1.0)


def test_only_r2_may_be_below_zero():
    assert [metric for metric in Metric if metric_info(metric).limits[0] < 0] == [Metric.R2]
