"""Whether a sweep's models learned anything."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from shared.catalog import Library, Metric, metric_info
from shared.domain import MetricScore, Sweep, TrialOutcome, TrialState
from shared.ports import TrialResults
from shared.wording import counted, number

#: what a model gets that predicts the same for every row, where that is the same number for every table, in words
_WITHOUT_SKILL: dict[Metric, tuple[float, str]] = {
    Metric.R2: (0.0, "predicting the mean of the target for every row"),
    Metric.ROC_AUC: (0.5, "guessing"),
}
#: why a library may grow no tree at all
_NO_SPLIT: dict[Library, str] = {
    Library.LIGHTGBM: "LightGBM splits only where both sides keep min_child_samples rows, 20 unless it is set: on a "
    "small table that leaves no split. Lower min_child_samples, and min_data_in_bin with it.",
    Library.XGBOOST: "XGBoost splits only where both sides keep min_child_weight and the gain is above gamma and"
    " 0.000001: multiply a target of small numbers by a power of ten.",
    Library.CATBOOST: "On a small or constant table CatBoost may find no split: look at the columns and the target.",
}
_CLOSE = 1e-12


def learned_nothing(sweep: Sweep, outcomes: Iterable[TrialOutcome]) -> str | None:
    """Return why a sweep's scores say nothing of its parameters, or None where they do.

    That is where every trial has the same score on every fold, or the best one is no better than without a model.
    It stops reading as soon as neither is so.
    """
    metric = sweep.spec.ranking_metric
    info, (without, what) = metric_info(metric), _WITHOUT_SKILL.get(metric, (None, ""))
    first: MetricScore | None = None
    scored, differ, best = 0, False, math.nan
    for each in outcomes:
        if each.state is not TrialState.SUCCEEDED or metric not in each.scores:
            continue
        score, scored = each.scores[metric], scored + 1
        first = first or score
        differ = differ or not _alike(score.fold_scores, first.fold_scores)
        best = score.mean_score if scored == 1 else info.best((best, score.mean_score))
        if differ and (without is None or info.is_better(best, without)):
            return None
    if scored > 1 and not differ:
        return (
            f"All {counted(scored, 'trial')} scored the same on every fold: nothing that was varied made a "
            f"difference, and perhaps no tree was grown. {_NO_SPLIT[sweep.spec.library]}"
        )
    if scored and without is not None and not info.is_better(best, without):
        return f"The best {info.label}, {number(best, 4)}, is no better than {what} ({without:g})."
    return None


def _alike(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(
        math.isclose(a, b, rel_tol=_CLOSE) or (math.isnan(a) and math.isnan(b)) for a, b in zip(one, other, strict=True)
    )


def outcomes_of(sweep: Sweep, results: TrialResults) -> Iterator[TrialOutcome]:
    """Yield the sweep's outcomes, read as they are wanted."""
    page = results.outcomes(sweep.sweep_id)
    while page.outcomes:
        yield from page.outcomes
        page = results.outcomes(sweep.sweep_id, after=page.cursor)
