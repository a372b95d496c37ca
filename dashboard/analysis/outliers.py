"""Scores so much worse than the others that an axis that held them would show nothing else."""

from __future__ import annotations

import numpy as np

from shared.catalog import Metric, metric_info

#: with fewer scores than this none is an outlier
_FEWEST = 5
#: how many times the middle half's width beyond it a score is far out (Tukey)
_FAR_OUT = 3.0
#: how many times further from the best than the next better one the scores beyond a gap are
_GAP = 20.0
#: how many times longer than without them an axis has to be with them
_FLATTENS = 3.0


def worst_shown(scores: np.ndarray, metric: Metric) -> float | None:
    """Return the worst score that an axis should reach to, where it should leave worse ones out; else None.

    That is the worst one within Tukey's outer fence, or above a wide gap where up to half of them lie below it.
    """
    finite = scores[np.isfinite(scores)]
    if len(finite) < _FEWEST:
        return None
    lower_is_better = metric_info(metric).lower_is_better
    best = finite.min() if lower_is_better else finite.max()
    distances = np.sort(np.abs(finite - best))
    first, third = np.percentile(distances, [25, 75])
    kept = int(np.searchsorted(distances, third + _FAR_OUT * (third - first), side="right"))
    half = (len(distances) + 1) // 2
    wide = np.flatnonzero((distances[half:] > _GAP * distances[half - 1 : -1]) & (distances[half - 1 : -1] > 0))
    if len(wide):
        kept = min(kept, half + int(wide[0]))
    if kept == len(distances) or distances[-1] < _FLATTENS * distances[kept - 1]:
        return None
    worst = distances[kept - 1]
    return float(best + worst if lower_is_better else best - worst)
