"""Whether a sweep's models learned anything."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from shared.catalog import Library, Metric, metric_info
from shared.domain import Sweep, TrialOutcome, TrialState
from shared.wording import counted

#: what a model gets that predicts the same for every row, where that is the same number for every table, in words
_WITHOUT_SKILL: dict[Metric, tuple[float, str]] = {
    Metric.R2: (0.0, "predicting the mean of the target for every row"),
    Metric.ROC_AUC: (0.5, "guessing"),
}
#: why a library may grow no tree at all
_NO_SPLIT: dict[Library, str] = {
    Library.LIGHTGBM: "LightGBM splits only where both sides keep min_child_samples rows, 20 unless it is set: on a "
    "small table that leaves no split. Lower min_child_samples, and min_data_in_bin with it.",
    Library.XGBOOST: "XGBoost splits only where both sides keep min_child_weight and the gain is above gamma.",
    Library.CATBOOST: "On a small or constant table CatBoost may find no split: look at the columns and the target.",
}
_CLOSE = 1e-12


def learned_nothing(sweep: Sweep, outcomes: Iterable[TrialOutcome]) -> str | None:
    """Return why a sweep's scores say nothing of its parameters, or None where they do.

    That is where every trial has the same score on every fold, or the best one is no better than without a model.
    """
    metric = sweep.spec.ranking_metric
    scored = [each for each in outcomes if each.state is TrialState.SUCCEEDED and metric in each.scores]
    if not scored:
        return None
    folds = np.array([each.scores[metric].fold_scores for each in scored], dtype=float)
    if len(scored) > 1 and np.allclose(folds, folds[0], rtol=_CLOSE, atol=0, equal_nan=True):
        return (
            f"All {counted(len(scored), 'trial')} scored the same on every fold: nothing that was varied made a "
            f"difference, and perhaps no tree was grown. {_NO_SPLIT[sweep.spec.library]}"
        )
    if metric in _WITHOUT_SKILL:
        without, what = _WITHOUT_SKILL[metric]
        best = metric_info(metric).best(each.scores[metric].mean_score for each in scored)
        if not metric_info(metric).is_better(best, without):
            return f"The best {metric_info(metric).label}, {best:.4g}, is no better than {what} ({without:g})."
    return None
