from datetime import timedelta
from math import isnan

import pytest

from dashboard import analysis
from shared.catalog import Metric, TaskType
from shared.domain import ErrorCause, MetricScore, RoundsCurve, SweepSummary
from shared.testing import make_outcome, make_spec, make_sweep
from tests.support.analysed import START, scored


def progress_of(finished_seconds, now_seconds, size=100, failed=0, dropped=0, **changes):
    sweep = make_sweep(size=size, created_at=START, **changes)
    times = [START + timedelta(seconds=each) for each in finished_seconds]
    now = START + timedelta(seconds=now_seconds)
    succeeded = len(times) - failed - dropped
    summary = SweepSummary(sweep=sweep, succeeded=succeeded, failed=failed, dropped=dropped)
    return analysis.progress(summary, times, now=now)


def test_rate_and_eta_follow_from_the_recent_trials():
    now = progress_of(range(10, 51), 50)
    assert (now.done, now.open, now.fraction) == (41, 59, 0.41)
    assert now.trials_per_minute == pytest.approx(60)
    assert now.eta == timedelta(seconds=59)
    assert now.sentence() == "41 of 100 trials · 60 a minute · about 59 s left"


def test_dropped_trials_are_done_and_said():
    now = progress_of(range(10, 51), 50, failed=1, dropped=30)
    assert (now.succeeded, now.done, now.open) == (10, 41, 59)
    assert now.sentence() == "41 of 100 trials · 1 failed · 30 dropped · 60 a minute · about 59 s left"


def test_folds_of_open_trials_are_said_and_move_the_bar():
    summary = SweepSummary(sweep=make_sweep(size=4), succeeded=1, failed=0)
    folds = summary.sweep.spec.folds
    now = analysis.progress(summary, [], folds_of_open=2)
    assert now.fraction == pytest.approx((folds + 2) / (4 * folds))
    assert now.sentence() == f"1 of 4 trials · {folds + 2} of {4 * folds} folds"
    assert analysis.progress(summary, [], folds_of_open=0).sentence() == "1 of 4 trials"


def test_the_rate_forgets_what_is_long_ago():
    slow_then_fast = [*range(0, 6000, 60), *range(6000, 6121)]
    assert progress_of(slow_then_fast, 6120, size=1000).trials_per_minute == pytest.approx(60)


def test_the_rate_of_slow_trials_reaches_back_as_far_as_it_needs():
    assert progress_of(range(0, 6001, 600), 6000).trials_per_minute == pytest.approx(0.1)


def test_the_rate_falls_while_nothing_ends():
    assert progress_of(range(61), 180).trials_per_minute < progress_of(range(61), 60).trials_per_minute


def test_trials_that_end_at_one_moment_tell_no_rate_by_themselves():
    assert progress_of([5] * 16, 6).trials_per_minute is None
    assert progress_of([5] * 16 + [65] * 16, 65).trials_per_minute == pytest.approx(16)


@pytest.mark.parametrize("seconds", [[], [10], [-50, -40, -30]])
def test_there_is_no_rate_before_two_trials_of_this_sweep_have_ended(seconds):
    now = progress_of(seconds, 20)
    assert now.trials_per_minute is None
    assert now.eta is None


def test_nothing_is_left_to_predict_of_a_finished_or_a_cancelled_sweep():
    finished = progress_of(range(10), 20, size=10, failed=1)
    assert finished.trials_per_minute is None
    assert finished.sentence() == "10 of 10 trials · 1 failed"
    cancelled = progress_of(range(10), 20, cancelled=True)
    assert cancelled.eta is None
    assert cancelled.sentence() == "10 of 100 trials · 90 cancelled"


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (30, "about 30 s left"),
        (600, "about 10 min left"),
        (3660, "about 1 h 1 min left"),
        (7200, "about 2 h left"),
        (90000, "about 1 d 1 h left"),
        (172800, "about 2 d left"),
        (3599, "about 1 h left"),
    ],
)
def test_the_time_left_is_said_in_fitting_units(left, sentence):
    assert progress_of(range(61), 60, size=61 + left).sentence().endswith(sentence)


def test_the_best_score_so_far_follows_the_trials_as_they_ended():
    sweep = make_sweep()
    minutes = {"c": (3, 0.4), "a": (1, 0.5), "b": (2, 0.6)}
    outcomes = [
        scored(name * 64, {}, score, finished_at=START + timedelta(minutes=minute))
        for name, (minute, score) in minutes.items()
    ]
    outcomes.append(make_outcome(failed=ErrorCause.TIMEOUT, finished_at=START + timedelta(minutes=4)))
    table = analysis.best_so_far(sweep, outcomes)
    assert table["done"].tolist() == [1, 2, 3, 4]
    assert table["best"].tolist() == [0.5, 0.5, 0.4, 0.4]
    assert table["score"].tolist()[:3] == [0.5, 0.6, 0.4]
    assert isnan(table["score"][3])
    assert analysis.best_so_far(sweep, outcomes, Metric.R2)["best"].tolist() == [0.5, 0.5, 0.6, 0.6]


def test_before_the_first_success_there_is_no_best_score():
    assert analysis.best_so_far(make_sweep(), []).empty
    assert analysis.best_so_far(make_sweep(), [make_outcome(failed=ErrorCause.TIMEOUT)])["best"].isna().all()


def test_classification_is_analysed_alike():
    dataset = {"name": "wine", "content_hash": "b" * 64, "target": "target", "task": TaskType.MULTICLASS}
    spec = make_spec(dataset=dataset, metrics=(Metric.ACCURACY,), param_grid={"gamma": [0.0, 1.0]})
    sweep = make_sweep(spec=spec, size=2)
    outcomes = [
        make_outcome(
            trial_id=point.trial_id,
            params=point.params,
            scores={Metric.ACCURACY: MetricScore(fold_scores=(score,), mean_score=score, std_score=0.0)},
        )
        for point, score in zip(analysis.grid_points(sweep), (0.8, 0.9), strict=True)
    ]
    frame = analysis.trials_frame(sweep, outcomes, analysis.grid_points(sweep))
    assert dict(zip(frame["gamma"], frame["rank"], strict=True)) == {1.0: 1, 0.0: 2}


@pytest.mark.parametrize(
    ("metrics", "own", "is_better"),
    [((Metric.RMSE,), 0.5, True), ((Metric.RMSE,), 0.4, False), ((Metric.R2,), 0.3, True), ((Metric.R2,), 0.5, False)],
)
def test_a_curve_over_rounds_is_better_only_by_the_ranking_metrics_direction(metrics, own, is_better):
    curve = RoundsCurve(rounds=(5, 10), mean_scores=(0.4, own), std_scores=(0.0, 0.0), best_rounds=5)
    sweep, outcome = make_sweep(spec=make_spec(metrics=metrics)), make_outcome(score=own, rounds_curve=curve)
    assert analysis.better_rounds(sweep, outcome) == (curve if is_better else None)


def test_without_a_curve_no_count_is_better():
    assert analysis.better_rounds(make_sweep(), make_outcome()) is None
    assert analysis.better_rounds(make_sweep(), make_outcome(failed=ErrorCause.EVALUATION)) is None
