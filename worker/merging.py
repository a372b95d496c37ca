"""A trial's outcome, made of what its folds gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shared.catalog import Metric, ParamValue
from shared.trial import FoldResult, MetricScore, Seconds, TrialOutcome, TrialState
from worker.rounds_curve import summarise


def succeeded(results: Sequence[FoldResult], params: dict[str, ParamValue], ranking: Metric) -> TrialOutcome:
    """Return the success that the results of all folds, in their order, make."""
    curve: dict[int, list[float]] = {}
    for result in results:
        for count, score in result.curve.items():
            curve.setdefault(count, []).append(score)
    return TrialOutcome(
        state=TrialState.SUCCEEDED,
        params=params,
        scores={metric: _summary(scores) for metric, scores in _scores(results).items()},
        rounds_curve=summarise(ranking, curve, len(results)),
        **_common(results),
    )


def dropped(results: Sequence[FoldResult], params: dict[str, ParamValue]) -> TrialOutcome:
    """Return the drop after those first folds."""
    return TrialOutcome(
        state=TrialState.DROPPED,
        params=params,
        partial_scores={metric: tuple(scores) for metric, scores in _scores(results).items()},
        **_common(results),
    )


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


def _scores(results: Sequence[FoldResult]) -> dict[Metric, list[float]]:
    return {metric: [result.scores[metric] for result in results] for metric in results[0].scores}


def _summary(scores: list[float]) -> MetricScore:
    return MetricScore(fold_scores=tuple(scores), mean_score=float(np.mean(scores)), std_score=float(np.std(scores)))


def _total(seconds: Sequence[Seconds]) -> Seconds:
    return Seconds(wall=sum(each.wall for each in seconds), cpu=sum(each.cpu for each in seconds))
