"""What a trial's outcome tells of its folds, wherever and whenever they were evaluated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from shared.catalog import Metric
from shared.domain import Seconds, TrialState
from shared.testing import make_fold_result
from shared.testing.factories import fake_trial_id
from worker.merging import dropped, mean, std, succeeded

PARAMS = {"n_estimators": 10}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def merge_succeeded(results):
    return succeeded(results, PARAMS, Metric.RMSE)


def merge_dropped(results):
    return dropped(results, PARAMS)


@pytest.fixture(params=[merge_succeeded, merge_dropped], ids=["success", "drop"])
def merged(request):
    """Return a function that makes a success, or a drop, of folds that differ in these fields."""

    def merge(**values):
        rows = (dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True))
        return request.param([make_fold_result("a trial", fold, **row) for fold, row in enumerate(rows)])

    return merge


def test_an_outcome_began_with_its_first_fold_and_ended_with_its_last(merged):
    minutes = [NOON + timedelta(minutes=number) for number in range(4)]
    outcome = merged(started_at=[minutes[1], minutes[0], minutes[2]], finished_at=[minutes[2], minutes[3], minutes[2]])
    assert (outcome.started_at, outcome.finished_at) == (minutes[0], minutes[3])


def test_an_outcome_took_the_time_of_all_its_folds(merged):
    seconds = [Seconds(wall=wall, cpu=2 * wall) for wall in (1.0, 2.0, 4.0)]
    outcome = merged(fit_seconds=seconds, score_seconds=seconds[::-1])
    assert outcome.fit_seconds == outcome.score_seconds == Seconds(wall=7.0, cpu=14.0)


def test_an_outcome_had_as_many_attempts_as_the_fold_that_had_most(merged):
    assert merged(attempts=[1, 3, 2]).attempts == 3


def test_an_outcome_shared_its_fits_with_as_many_as_the_fold_that_had_most(merged):
    assert merged(fit_shared_by=[2, 5, 1]).fit_shared_by == 5


def test_an_outcome_names_each_worker_and_pod_that_had_a_fold_once(merged):
    outcome = merged(worker=["worker-b", "worker-a", "", "worker-b"], pod=["pod-2", "pod-1", None, "pod-2"])
    assert outcome.worker == "worker-a, worker-b"
    assert outcome.pod == "pod-1, pod-2"


def test_an_outcome_of_unsigned_folds_names_no_worker_and_no_pod(merged):
    outcome = merged(worker=["", ""], pod=[None, None])
    assert (outcome.worker, outcome.pod) == ("", None)


def test_an_outcome_has_the_rounds_of_every_fold_in_order(merged):
    assert merged(rounds=[30, 10, 20]).rounds == (30, 10, 20)


def test_an_outcome_is_of_the_trial_whose_folds_they_are(merged):
    versions = {"xgboost": "3.2.0", "python": "3.11"}
    outcome = merged(threads=[2, 2], versions=[versions, versions])
    assert outcome.trial_id == fake_trial_id("a trial")
    assert outcome.params == PARAMS
    assert (outcome.threads, outcome.versions) == (2, versions)


def test_a_success_has_the_mean_and_the_population_deviation_of_its_folds():
    outcome = merge_succeeded([make_fold_result(fold=fold, score=score) for fold, score in enumerate((1.0, 2.0, 6.0))])
    assert outcome.state is TrialState.SUCCEEDED
    score = outcome.scores[Metric.RMSE]
    assert (score.fold_scores, score.mean_score) == ((1.0, 2.0, 6.0), 3.0)
    assert score.std_score == pytest.approx((14 / 3) ** 0.5)


def test_a_drop_has_the_scores_of_the_folds_that_it_had_and_no_mean():
    outcome = merge_dropped([make_fold_result(fold=fold, score=fold) for fold in range(2)])
    assert outcome.state is TrialState.DROPPED
    assert outcome.partial_scores == dict.fromkeys((Metric.RMSE, Metric.R2), (0.0, 1.0))
    assert outcome.scores == {}


@pytest.mark.parametrize("folds", range(2, 51))
def test_means_and_deviations_are_numpys_to_the_bit(folds):
    random = np.random.default_rng(folds)
    for _ in range(50):
        scores = list(map(float, random.normal(size=folds) * 10.0 ** random.integers(-6, 6)))
        assert mean(scores) == np.mean(scores)
        assert std(scores) == np.std(scores)


def test_a_metric_that_a_fold_does_not_define_has_its_folds_and_no_mean(merged):
    both = {Metric.RMSE: 1.0, Metric.R2: 0.5}
    outcome = merged(scores=[both, {Metric.RMSE: 2.0}, both])
    assert Metric.R2 not in {**outcome.scores, **outcome.partial_scores}
    assert Metric.RMSE in {**outcome.scores, **outcome.partial_scores}
    assert outcome.incomplete_scores == {Metric.R2: (0.5, None, 0.5)}
