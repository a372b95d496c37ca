"""A trial's outcome, made of what its folds gave; by the engine that had them all, or the parent that had the last one.

Means and standard deviations are numpy's to the bit, without numpy, which a parent does not import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from math import sqrt
from operator import add
from typing import Any

from shared.catalog import Metric, ParamValue, metric_info
from shared.domain import FoldResult, MetricScore, RoundsCurve, Seconds, TrialOutcome, TrialState


def succeeded(results: Sequence[FoldResult], params: dict[str, ParamValue], ranking: Metric) -> TrialOutcome:
    """Return the success that the results of all folds, in their order, make."""
    curve: dict[int, list[float]] = {}
    for result in results:
        for count, score in result.curve.items():
            curve.setdefault(count, []).append(score)
    return TrialOutcome(
        state=TrialState.SUCCEEDED,
        params=params,
        scores={metric: _summary(scores) for metric, scores in _complete(results).items()},
        incomplete_scores=_incomplete(results),
        rounds_curve=summarise(ranking, curve, len(results)),
        **_common(results),
    )


def dropped(results: Sequence[FoldResult], params: dict[str, ParamValue]) -> TrialOutcome:
    """Return the drop after those first folds."""
    return TrialOutcome(
        state=TrialState.DROPPED,
        params=params,
        partial_scores={metric: tuple(scores) for metric, scores in _complete(results).items()},
        incomplete_scores=_incomplete(results),
        **_common(results),
    )


def summarise(metric: Metric, scores: Mapping[int, Sequence[float]], folds: int) -> RoundsCurve | None:
    """Return the curve over the counts that have a score of every fold, or None where there is none."""
    counts = sorted(count for count, found in scores.items() if len(found) == folds)
    if not counts:
        return None
    means = [mean(scores[count]) for count in counts]
    return RoundsCurve(
        rounds=tuple(counts),
        mean_scores=tuple(means),
        std_scores=tuple(std(scores[count]) for count in counts),
        best_rounds=counts[means.index(metric_info(metric).best(means))],
    )


def mean(values: Sequence[float]) -> float:
    """Return numpy.mean of up to 128 values."""
    return _sum(values) / len(values)


def std(values: Sequence[float]) -> float:
    """Return numpy.std of up to 128 values: the population's."""
    centre = mean(values)
    return sqrt(mean([(value - centre) * (value - centre) for value in values]))


def _sum(values: Sequence[float]) -> float:
    """Return the sum in numpy's order: eight interleaved sums, added in pairs, then what is left over."""
    whole = len(values) // 8 * 8
    total = 0.0
    if whole:
        a, b, c, d, e, f, g, h = (reduce(add, values[lane:whole:8]) for lane in range(8))
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    return reduce(add, values[whole:], total)  # not sum: since Python 3.12 that compensates its rounding


def _common(results: Sequence[FoldResult]) -> dict[str, Any]:
    last = results[-1]
    return {
        "trial_id": last.trial_id,
        "fit_seconds": _total([result.fit_seconds for result in results]),
        "score_seconds": _total([result.score_seconds for result in results]),
        "fit_shared_by": max(result.fit_shared_by for result in results),
        "rounds": tuple(result.rounds for result in results),
        "threads": last.threads,
        "versions": last.versions,
        "worker": ", ".join(sorted({result.worker for result in results} - {""})),
        "pod": ", ".join(sorted({result.pod for result in results if result.pod})) or None,
        "attempts": max(result.attempts for result in results),
        "started_at": min(result.started_at for result in results),
        "finished_at": max(result.finished_at for result in results),
    }


def _scores(results: Sequence[FoldResult]) -> dict[Metric, tuple[float | None, ...]]:
    """Return the scores of each metric fold by fold, None where the fold does not define it."""
    metrics = dict.fromkeys(metric for result in results for metric in result.scores)
    return {metric: tuple(result.scores.get(metric) for result in results) for metric in metrics}


def _complete(results: Sequence[FoldResult]) -> dict[Metric, list[float]]:
    found = {metric: [each for each in scores if each is not None] for metric, scores in _scores(results).items()}
    return {metric: scores for metric, scores in found.items() if len(scores) == len(results)}


def _incomplete(results: Sequence[FoldResult]) -> dict[Metric, tuple[float | None, ...]]:
    return {metric: scores for metric, scores in _scores(results).items() if None in scores}


def _summary(scores: list[float]) -> MetricScore:
    return MetricScore(fold_scores=tuple(scores), mean_score=mean(scores), std_score=std(scores))


def _total(seconds: Sequence[Seconds]) -> Seconds:
    return Seconds(wall=sum(each.wall for each in seconds), cpu=sum(each.cpu for each in seconds))
