"""The ranking metric over boosting rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shared.catalog import Direction, Metric, metric_info
from shared.trial import RoundsCurve

#: counts of rounds at which one trial's curve is scored, at most
_MOST_COUNTS = 100


def curve_counts(rounds: int) -> tuple[int, ...]:
    """Return the ascending counts for a trial of so many rounds: evenly spread, and its own at the end.

    They depend on nothing else, since a trial has one outcome whatever shares its fit. The steps are powers of two,
    so that most counts of one trial are counts of the others too and are scored once; and so that the folds of one
    that stops early have most counts in common.
    """
    step = 1
    while rounds > _MOST_COUNTS * step:
        step *= 2
    return (*range(step, rounds, step), rounds)


def summarise(metric: Metric, scores: Mapping[int, Sequence[float]], folds: int) -> RoundsCurve | None:
    """Return the curve over the counts that have a score of every fold, or None where there is none."""
    counts = sorted(count for count, found in scores.items() if len(found) == folds)
    if not counts:
        return None
    means = [float(np.mean(scores[count])) for count in counts]
    best = max(means) if metric_info(metric).direction is Direction.MAXIMIZE else min(means)
    return RoundsCurve(
        rounds=tuple(counts),
        mean_scores=tuple(means),
        std_scores=tuple(float(np.std(scores[count])) for count in counts),
        best_rounds=counts[means.index(best)],
    )
