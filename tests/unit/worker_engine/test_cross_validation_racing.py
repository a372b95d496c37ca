"""What an evaluation does with trials that lose a race."""

from __future__ import annotations

import pytest

from shared.catalog import Library, Metric, TaskType
from shared.domain import ErrorCause, TrialState
from tests.support.evaluating import evaluated, make_request, numeric_frame
from worker.racing import Rival

pytestmark = pytest.mark.slow

#: the first two share a fit; one round learns next to nothing
WEAK, STRONG, ALONE = (
    {"n_estimators": 1, "learning_rate": 0.1},
    {"n_estimators": 40, "learning_rate": 0.1},
    {"n_estimators": 1, "learning_rate": 0.05},
)
POINTS = (WEAK, STRONG, ALONE)


@pytest.fixture
def request_of(tmp_path):
    """Return a function that makes a request on the diabetes data, over five folds."""

    def make(points=POINTS, **changes):
        data = numeric_frame(TaskType.REGRESSION)
        changes = {"folds": 5, "metrics": [Metric.RMSE, Metric.R2]} | changes
        return make_request(tmp_path / "data.parquet", data, points=points, **changes)

    return make


@pytest.fixture
def strong(request_of):
    """The strong trial as the rival: the weak ones lose to it by far."""
    (outcome,) = evaluated(request_of([STRONG]))
    return Rival(fold_scores=outcome.scores[Metric.RMSE].fold_scores, noise=1.0)


def with_rival(request, rival):
    return request.model_copy(update={"rival": rival})


def test_losers_end_after_two_folds_and_the_others_are_scored_as_without_a_race(request_of, strong):
    plain = evaluated(request_of())
    raced = evaluated(with_rival(request_of(), strong))

    assert [outcome.state for outcome in raced] == [TrialState.DROPPED, TrialState.SUCCEEDED, TrialState.DROPPED]
    assert raced[1].scores == plain[1].scores
    assert raced[1].rounds == plain[1].rounds
    for number in (0, 2):
        assert raced[number].partial_scores == {
            metric: score.fold_scores[:2] for metric, score in plain[number].scores.items()
        }


def test_a_dropped_trial_tells_what_was_done_and_has_no_mean(request_of, strong):
    loser = evaluated(with_rival(request_of(rounds_curve=True), strong))[0]

    assert loser.scores == {}
    assert loser.rounds_curve is None
    assert loser.error is None
    assert loser.rounds == (1, 1)
    assert loser.fit_shared_by == 2
    assert loser.fit_seconds.wall > 0
    assert loser.score_seconds.wall > 0
    assert loser.started_at <= loser.finished_at
    assert not loser.is_final_everywhere


@pytest.mark.parametrize("library", Library)
def test_what_is_left_of_a_shared_fit_has_the_scores_of_a_fit_of_its_own(tmp_path, library):
    counts = [{"n_estimators": count, "learning_rate": 0.1} for count in (2, 40, 43)]
    if library is Library.CATBOOST:
        counts = [{"iterations": each["n_estimators"], "learning_rate": 0.1} for each in counts]
    data = numeric_frame(TaskType.REGRESSION)
    request = make_request(tmp_path / "data.parquet", data, library, points=counts, folds=5, metrics=[Metric.RMSE])
    plain = evaluated(request)
    best = Rival(fold_scores=plain[1].scores[Metric.RMSE].fold_scores, noise=1.0)

    raced = evaluated(with_rival(request, best))

    assert raced[0].state is TrialState.DROPPED
    for one, other in zip(raced[1:], plain[1:], strict=True):
        assert one.state is TrialState.SUCCEEDED
        scores = (each.scores[Metric.RMSE].fold_scores for each in (one, other))
        assert next(scores) == next(scores)


def test_when_the_longest_of_a_shared_fit_loses_the_shorter_one_goes_on_alike(request_of):
    points = [{"n_estimators": count, "learning_rate": 1.0, "max_depth": 8} for count in (1, 60)]
    plain = evaluated(request_of(points))
    shorter = Rival(fold_scores=plain[0].scores[Metric.RMSE].fold_scores, noise=0.01)

    raced = evaluated(with_rival(request_of(points), shorter))

    assert [outcome.state for outcome in raced] == [TrialState.SUCCEEDED, TrialState.DROPPED]
    assert raced[0].scores == plain[0].scores


def test_the_metric_that_ranks_decides_by_its_direction(request_of):
    points = [{"n_estimators": 40, "learning_rate": 0.1}, {"n_estimators": 1, "learning_rate": 0.1}]
    request = request_of(points, metrics=[Metric.R2, Metric.RMSE])
    good, bad = (Rival(fold_scores=each.scores[Metric.R2].fold_scores, noise=1e-4) for each in evaluated(request))

    assert [each.state for each in evaluated(with_rival(request, good))] == [TrialState.SUCCEEDED, TrialState.DROPPED]
    assert {each.state for each in evaluated(with_rival(request, bad))} == {TrialState.SUCCEEDED}


def test_a_trial_that_fails_is_a_failure_and_no_loser(request_of, strong):
    failing = {"n_estimators": 5, "max_depth": 0, "grow_policy": "depthwise", "max_leaves": 0, "tree_method": "exact"}
    raced = evaluated(with_rival(request_of([failing, STRONG]), strong))

    assert raced[0].state is TrialState.FAILED
    assert raced[0].error.cause is ErrorCause.EVALUATION
    assert raced[1].state is TrialState.SUCCEEDED


def test_two_folds_leave_nothing_to_save(request_of):
    unbeatable = Rival(fold_scores=(0.0, 0.0), noise=1e-6)
    assert {each.state for each in evaluated(with_rival(request_of(folds=2), unbeatable))} == {TrialState.SUCCEEDED}
