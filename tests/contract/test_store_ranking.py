"""What every Store guarantees of the ranking, over all three adapters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.catalog import Metric
from shared.domain import ErrorCause, MetricScore, TrialState
from shared.ports import Store
from shared.testing import make_outcome, make_spec, make_sweep
from shared.testing.factories import fake_trial_id
from tests.support.stores import T0, A, B, ids


def test_failures_are_ranked_by_time(store: Store) -> None:
    task = [
        make_outcome(hours, failed=ErrorCause.EVALUATION, finished_at=T0 + timedelta(hours=hours))
        for hours in (3, 1, 2)
    ]
    store.record(A, [*task, make_outcome("good")])
    assert ids(store.ranked(A, TrialState.FAILED, 10)) == [fake_trial_id(hours) for hours in (1, 2, 3)]
    assert ids(store.ranked(A, TrialState.FAILED, 1)) == [fake_trial_id(1)]


def test_ranking_returns_the_best_up_to_the_limit(store: Store) -> None:
    scores = [0.3, -1.0, 2.5, 0.0, 7.0]
    store.record(A, [make_outcome(score, score) for score in scores])
    best = [fake_trial_id(score) for score in sorted(scores)]
    assert ids(store.ranked(A, TrialState.SUCCEEDED, 10)) == best
    assert ids(store.ranked(A, TrialState.SUCCEEDED, 3)) == best[:3]
    assert store.ranked(A, TrialState.PENDING, 3) == []
    assert store.ranked(B, TrialState.SUCCEEDED, 3) == []


def test_a_success_without_the_ranking_metric_has_no_rank(store: Store) -> None:
    store.save_sweep(make_sweep(A, spec=make_spec(metrics=(Metric.R2, Metric.RMSE))))
    scored = make_outcome(1, 0.5)
    rmse = {Metric.RMSE: scored.scores[Metric.RMSE]}
    unscored = make_outcome(2).model_copy(update={"scores": rmse, "incomplete_scores": {Metric.R2: (0.5, None, 0.25)}})
    store.record(A, [unscored])
    assert store.ranked(A, TrialState.SUCCEEDED, 10) == []
    assert (store.summaries([A])[0].succeeded, store.summaries([A])[0].best_score) == (1, None)
    store.record(A, [scored])
    assert store.ranked(A, TrialState.SUCCEEDED, 10) == [scored]
    assert (store.summaries([A])[0].succeeded, store.summaries([A])[0].best_trial_id) == (2, scored.trial_id)
    assert {each.trial_id: each for each in store.outcomes(A).outcomes}[unscored.trial_id] == unscored


@pytest.mark.parametrize("metrics", [(Metric.RMSE, Metric.R2), (Metric.R2, Metric.RMSE)], ids=["lower", "higher"])
def test_equals_are_ranked_by_trial_id(store: Store, metrics: tuple[Metric, ...]) -> None:
    store.save_sweep(make_sweep(A, spec=make_spec(metrics=metrics)))
    equals = [make_outcome(key, 0.5) for key in range(5)]
    store.record(A, equals)
    assert ids(store.ranked(A, TrialState.SUCCEEDED, 3)) == sorted(ids(equals))[:3]
    assert store.summaries([A])[0].best_trial_id == min(ids(equals))


def test_a_score_of_zero_that_is_maximized_is_not_minus_zero(store: Store) -> None:
    store.save_sweep(make_sweep(A, spec=make_spec(metrics=(Metric.R2,))))
    zero = MetricScore(fold_scores=(0.0, 0.0, 0.0), mean_score=0.0, std_score=0.0)
    store.record(A, [make_outcome(1).model_copy(update={"scores": {Metric.R2: zero}})])
    assert f"{store.summaries([A])[0].best_score:g}" == "0"
