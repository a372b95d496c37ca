"""Marginal means where points are missing: least-squares means of an additive model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

#: with more effects than this nothing is estimated: solving for them would hold a page up
_MOST_EFFECTS = 400
#: scores for each effect, at least; below that an estimate is mostly noise
_SCORES_AN_EFFECT = 1.5
#: how far a sum of effects may be from what the scores tell before they do not tell it
_TOLERANCE = 1e-6
#: scores that differ by less, of their size, are equal
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class AdditiveModel:
    """A level and one effect for each value of each parameter, fitted to the scores that there are."""

    #: where the effects of each parameter begin; the level is at 0
    offsets: Mapping[str, int]
    effects: np.ndarray
    #: an orthonormal basis of what the scores tell of the effects, as columns
    known: np.ndarray
    #: how much the scores tell of each of these
    weights: np.ndarray
    #: how far the scores are from what the model says of them: parameters acting together, and noise
    deviation: float
    #: distinct trials beside those that the effects take
    spare: int
    #: points for each distinct trial: those of one trial tell no more than one of them
    repeats: float

    def row(self, codes: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return how often each effect comes in these points together, divided by their number."""
        size = len(next(iter(codes.values())))
        row = np.zeros(len(self.effects))
        row[0] = 1.0
        for name, found in codes.items():
            np.add.at(row, self.offsets[name] + found, 1 / size)
        return row

    def value(self, row: np.ndarray) -> float:
        """Return what the model says of such a mixture of points; NaN where the scores do not tell it."""
        if np.linalg.norm(row - self.known @ (self.known.T @ row)) > _TOLERANCE:
            return float("nan")
        return float(row @ self.effects)

    def error(self, row: np.ndarray) -> float:
        """Return how far the true mean of such a mixture may be from ``value``, in 19 of 20 cases.

        What parameters do together may shift all of the mixture alike, so its size makes the error no smaller.
        """
        leverage = self.repeats * float(np.sum((row @ self.known) ** 2 / self.weights))
        quantile = float(stdtrit(self.spare, 0.975)) if self.spare else float("inf")
        return quantile * self.deviation * float(np.sqrt(1 + leverage))


def fit(
    codes: Mapping[str, np.ndarray], levels: Mapping[str, int], scores: Sequence[float], trials: int
) -> AdditiveModel | None:
    """Return the model of least squares; None where there are too few scores, or too many effects.

    ``codes`` has the position of each score's value among the ``levels`` of each parameter. The scores are of so many
    distinct ``trials``: of points that are one trial each has its score.
    """
    offsets, size = {}, 1
    for name in codes:
        offsets[name] = size
        size += levels[name]
    y = np.asarray(scores, dtype=float)
    if size > _MOST_EFFECTS or not len(y):
        return None
    unit = float(np.abs(y).max()) or 1.0  # squares of scores such as 1e300 have no place in a float
    y = y / unit
    level = y.mean()
    columns = {"": (np.zeros(len(y), dtype=int), 0, 1)} | {n: (codes[n], offsets[n], levels[n]) for n in codes}
    normal, right = np.zeros((size, size)), np.zeros(size)
    for left, at, count in columns.values():
        right[at : at + count] = np.bincount(left, weights=y - level, minlength=count)
        for other, to, many in columns.values():
            both = np.bincount(left * many + other, minlength=count * many)
            normal[at : at + count, to : to + many] = both.reshape(count, many)
    eigenvalues, vectors = np.linalg.eigh(normal)
    is_known = eigenvalues > 1e-9 * eigenvalues[-1]
    if trials < _SCORES_AN_EFFECT * is_known.sum():
        return None
    known, weights = vectors[:, is_known], eigenvalues[is_known]
    effects = known @ ((known.T @ right) / weights)
    left_over = y - level - sum(effects[at + found] for found, at, _ in columns.values())
    spare, repeats = trials - int(is_known.sum()), len(y) / trials
    deviation = float(np.sqrt(np.sum(left_over**2) / repeats / spare)) if spare else float("inf")
    if deviation <= _ROUNDING:
        deviation = 0.0
    # the level comes back through the intercept, so that large scores cost no digits
    effects = (effects + np.eye(size)[0] * level) * unit
    return AdditiveModel(offsets, effects, known, weights, deviation * unit, spare, repeats)
