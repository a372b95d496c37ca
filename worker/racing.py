"""Racing: which trials are dropped after some folds, since they are clearly worse than the tenth best so far."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean

from shared.catalog import Metric, metric_info
from shared.domain import Record

#: a trial is compared with the last of so many that are the best so far; none is dropped before there are so many
BEST = 10
#: the least number of folds after which a trial may be dropped
FEWEST_FOLDS = 2
#: how many standard errors its mean must be worse
_Z = 3.0
#: how many folds' worth of evidence the noise among the best is, beside what the trial's own folds say of it
_NOISE_WEIGHT = 4.0
#: differences below this share of a score are rounding
_ROUNDING = 1e-9


class Rival(Record):
    """The tenth best trial of a sweep, as the others are compared with it."""

    #: of the ranking metric, of every fold
    fold_scores: tuple[float, ...]
    #: variance, from fold to fold, of the difference between the scores of two good trials
    noise: float


def rival(best: Sequence[Sequence[float]]) -> Rival | None:
    """Return the rival among the fold scores of the best trials, best first; None while too little is known.

    Too little: fewer than ten trials, or ten that score the same on every fold, so that there is no noise to judge by.
    Several of the ten are often near copies, such as one model at neighbouring counts of trees, and differences between
    those say little of the noise. So the noise is that of the one which differs from the rival in the most varied way.
    """
    if len(best) < BEST:
        return None
    scores = best[BEST - 1]
    noise = max(_variance(_differences(other, scores)) for other in best[: BEST - 1])
    if sqrt(noise) <= _ROUNDING * max(map(abs, scores)):
        return None
    return Rival(fold_scores=tuple(scores), noise=noise)


def is_clearly_worse(fold_scores: Sequence[float], rival: Rival, metric: Metric) -> bool:
    """Whether a trial with those scores of the first folds is to be dropped. Never after one fold, or the last.

    A paired test: the mean of the differences to the rival's scores of the same folds must be worse than 0 by more than
    z = 3 standard errors. Their variance as such is no basis: of two folds it has one degree of freedom, so that z > 3
    comes by chance in one of ten trials that are as good as the rival; and where both differences are equal, as they
    often are with a metric of few values, z is infinite. Over the folds of real sweeps that lost one of the ten best in
    up to 40 % of the sweeps; Student's threshold instead of 3 lost fewer and saved half as much. So the variance is
    moderated, as usual where many like things are measured a few times each: it is a weighted mean of the trial's own
    and of the noise among the best of the sweep. That kept at least 99.7 % of the ten best of every real sweep.
    """
    folds = len(fold_scores)
    if not FEWEST_FOLDS <= folds < len(rival.fold_scores):
        return False
    loss = metric_info(metric).loss
    differences = [loss(each) for each in _differences(fold_scores, rival.fold_scores)]
    own = _variance(differences)
    variance = (_NOISE_WEIGHT * rival.noise + (folds - 1) * own) / (_NOISE_WEIGHT + folds - 1)
    return fmean(differences) * sqrt(folds) > _Z * sqrt(variance)


def _differences(scores: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return the differences on the folds that both have."""
    return [score - other for score, other in zip(scores, others, strict=False)]


def _variance(values: Sequence[float]) -> float:
    mean = fmean(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)
