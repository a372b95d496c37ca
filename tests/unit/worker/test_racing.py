"""Which trials racing drops, and what that costs and saves over simulated sweeps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from shared.catalog import Metric
from worker.racing import BEST, Rival, is_clearly_worse, rival

LESS, MORE = Metric.RMSE, Metric.R2
#: five folds of different difficulty; differences to it vary by about 0.1
RIVAL = Rival(fold_scores=(5.0, 5.4, 4.8, 5.2, 5.1), noise=0.01)


def worse_by(*differences: float) -> list[float]:
    return [score + each for score, each in zip(RIVAL.fold_scores, differences, strict=False)]


def ten_best(random: np.random.Generator, noise: float = 0.1) -> list[list[float]]:
    return [list(RIVAL.fold_scores + random.normal(scale=noise, size=5)) for _ in range(BEST)]


# the rival


def test_nobody_races_before_there_are_ten():
    best = ten_best(np.random.default_rng(0))
    assert rival([]) is None
    assert rival(best[:9]) is None
    assert rival(best).fold_scores == tuple(best[9])


def test_the_noise_is_the_variance_of_the_most_varied_difference():
    copies = [[1.0, 2.0, 3.0]] * 7
    best = [*copies, [1.5, 2.5, 3.5], [1.0, 2.0, 3.3], [1.0, 2.0, 3.0]]
    assert rival(best).noise == pytest.approx(np.var([0, 0, 0.3], ddof=1))


@pytest.mark.parametrize("rounding", [0.0, 1e-13])
def test_nobody_races_where_the_ten_best_are_one_model(rounding):
    assert rival([[5.0, 5.4, 4.8 + number * rounding] for number in range(10)]) is None


# the rule


def test_a_trial_far_behind_is_dropped_after_two_folds():
    assert is_clearly_worse(worse_by(1.0, 1.1), RIVAL, LESS)


def test_a_trial_a_little_behind_stays():
    assert not is_clearly_worse(worse_by(0.1, 0.11), RIVAL, LESS)
    assert not is_clearly_worse(worse_by(0.1, 0.11, 0.1, 0.09), RIVAL, LESS)


def test_more_folds_tell_smaller_differences():
    assert not is_clearly_worse(worse_by(0.18, 0.18), RIVAL, LESS)
    assert is_clearly_worse(worse_by(0.18, 0.18, 0.18, 0.18), RIVAL, LESS)


def test_a_better_trial_stays_however_clearly_it_is_better():
    assert not is_clearly_worse(worse_by(-1.0, -1.1), RIVAL, LESS)
    assert not is_clearly_worse(worse_by(1.0, 1.1), RIVAL, MORE)


def test_the_metrics_direction_counts():
    assert is_clearly_worse(worse_by(-1.0, -1.1), RIVAL, MORE)


def test_a_trial_whose_own_folds_disagree_stays():
    assert is_clearly_worse(worse_by(0.3, 0.3), RIVAL, LESS)
    assert not is_clearly_worse(worse_by(-0.4, 1.0), RIVAL, LESS)


def test_equal_differences_are_no_infinite_evidence():
    assert not is_clearly_worse(worse_by(0.02, 0.02), RIVAL, LESS)


def test_the_rival_itself_stays():
    assert not is_clearly_worse(worse_by(0.0, 0.0, 0.0), RIVAL, LESS)


def test_nobody_is_dropped_after_one_fold_or_the_last():
    assert not is_clearly_worse(worse_by(9.0), RIVAL, LESS)
    assert not is_clearly_worse(worse_by(9.0, 9.0, 9.0, 9.0, 9.0), RIVAL, LESS)


# over whole sweeps


def sweeps(spread: float, size: int, copies: int) -> Iterator[np.ndarray]:
    """Yield the fold scores, [trial, fold], of sweeps whose noise from fold to fold is 1, in the order of evaluation.

    Neighbours come in groups of ``copies`` that are nearly the same on each fold, as models of neighbouring counts of
    trees are.
    """
    random = np.random.default_rng([spread, size, copies])
    for _ in range(25):
        groups = size // copies
        quality = np.repeat(spread * random.gamma(1.5, size=groups), copies) + random.normal(scale=0.1, size=size)
        noise = np.repeat(random.normal(size=(groups, 5)), copies, axis=0) + random.normal(scale=0.1, size=(size, 5))
        yield 50 + random.normal(scale=2, size=5) + quality[:, None] + noise


def raced(scores: np.ndarray) -> np.ndarray:
    """Return after how many folds each trial ended."""
    best: list[list[float]] = []
    against = None
    ends = []
    for trial in scores.tolist():
        lost = (n for n in range(2, 5) if against is not None and is_clearly_worse(trial[:n], against, LESS))
        ends.append(next(lost, 5))
        if ends[-1] == 5 and (len(best) < BEST or sum(trial) < sum(best[-1])):
            best = sorted([*best, trial], key=sum)[:BEST]
            against = rival(best)
    return np.array(ends)


@pytest.mark.parametrize(
    ("spread", "size", "copies", "least_saving"),
    [(1, 64, 1, 1.0), (10, 304, 1, 1.7), (1, 304, 4, 1.1), (10, 304, 4, 1.7), (30, 304, 16, 1.85)],
)
def test_the_ten_best_of_a_sweep_are_kept_and_work_is_saved(spread, size, copies, least_saving):
    complete, kept, work = [], [], []
    for scores in sweeps(spread, size, copies):
        ends = raced(scores)
        ten_best = scores.mean(axis=1).argsort()[:10]
        kept.append((ends[ten_best] == 5).mean())
        complete.append((ends[ten_best] == 5).all())
        work.append(ends.mean() / 5)
    assert np.mean(kept) >= 0.98
    # of sixteen near copies, which of them are the ten best is a matter of rounding, as it were
    assert copies == 16 or np.mean(complete) >= 0.98
    assert 1 / np.mean(work) >= least_saving
