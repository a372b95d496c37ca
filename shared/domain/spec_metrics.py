"""Metrics as other programs call them, and what to write instead."""

from __future__ import annotations

import re
from typing import Any

from shared.catalog import Metric, TaskType, metric_info, metrics_for
from shared.wording import closest, shown

#: other names of the very metric; scikit-learn's scorers are in the catalog
_SAME = {
    **dict.fromkeys(("rms", "root_mean_squared_error", "l2_root"), Metric.RMSE),
    **dict.fromkeys(("l1", "mean_absolute_error"), Metric.MAE),
    **dict.fromkeys(("r2_score", "r_squared"), Metric.R2),
    **dict.fromkeys(("mean_absolute_percentage_error",), Metric.MAPE),
    **dict.fromkeys(("logloss", "mlogloss", "binary_logloss", "multi_logloss", "cross_entropy"), Metric.LOG_LOSS),
    **dict.fromkeys(("acc", "accuracy_score"), Metric.ACCURACY),
    **dict.fromkeys(("auc", "rocauc", "roc_auc_score"), Metric.ROC_AUC),
    **dict.fromkeys(("f1_score",), Metric.F1),
    **dict.fromkeys(("precision_score", "ppv"), Metric.PRECISION),
    **dict.fromkeys(("recall_score", "sensitivity", "tpr"), Metric.RECALL),
    **dict.fromkeys(("ap", "aucpr", "pr_auc", "prauc", "average_precision_score"), Metric.AVERAGE_PRECISION),
}

#: other metrics -> the nearest of ours
_NEAREST = {
    **dict.fromkeys(("mse", "l2", "squared_error", "mean_squared_error", "rmspe", "d2", "huber", "huberloss"), "rmse"),
    **dict.fromkeys(("rmsle", "msle", "mean_squared_log_error", "root_mean_squared_log_error"), "rmse"),
    **dict.fromkeys(("poisson", "gamma", "tweedie", "mean_poisson_deviance", "mean_gamma_deviance"), "rmse"),
    **dict.fromkeys(("gamma_deviance", "max_error", "poisson_nloglik", "gamma_nloglik"), "rmse"),
    **dict.fromkeys(("medae", "median_absolute_error", "quantile", "fair", "logcosh", "log_cosh", "mase"), "mae"),
    **dict.fromkeys(("mphe", "smape", "wmape", "wape", "mdape", "mape_weighted"), "mape"),
    **dict.fromkeys(("explained_variance", "adjusted_r2", "adj_r2", "pearson", "spearman", "nse"), "r2"),
    **dict.fromkeys(("error", "merror", "binary_error", "multi_error", "zero_one_loss", "zerooneloss"), "accuracy"),
    **dict.fromkeys(("top_k_accuracy", "topk", "hammingloss", "hamming_loss"), "accuracy"),
    **dict.fromkeys(("balanced_accuracy", "balancedaccuracy", "bacc"), "f1"),
    **dict.fromkeys(("mcc", "matthews_corrcoef", "kappa", "wkappa", "cohen_kappa", "jaccard", "dice", "totalf1"), "f1"),
    **dict.fromkeys(("f1_macro", "f1_micro", "f1_weighted", "f1_samples", "fbeta", "f2"), "f1"),
    **dict.fromkeys(("brier", "brier_score", "brierscore", "brier_loss", "focal", "log_likelihood"), "log_loss"),
    **dict.fromkeys(("gini", "ks", "auc_mu", "normalizedgini", "ks_statistic"), "roc_auc"),
    **dict.fromkeys(("specificity", "tnr"), "recall"),
    **dict.fromkeys(("ndcg", "map", "average_precision_weighted"), "average_precision"),
}


def wrong_metric(value: Any, expected: str, task: TaskType | None) -> str:
    """Return what is wrong with a value of the metrics, or with one of them, and what to write."""
    usable = metrics_for(task) if task else tuple(Metric)
    names, example = ", ".join(usable), f"[{', '.join(usable[:1] if task else ('rmse', 'r2'))}]"
    if isinstance(value, str):
        words = [word for word in re.split(r"[\s,;|+]+", value.strip().strip("[]")) if word]
        if len(words) > 1 and all(word.casefold() in set(Metric) for word in words):
            return f"{shown(value)} is not a list; write [{', '.join(word.casefold() for word in words)}]"
        folded = re.sub(r"[\s-]+", "_", value.strip().casefold()).strip("_")
        if value in set(Metric):
            return f"{shown(value)} is not a list; write [{value}]"
        same = _same(folded, task)
        if same and same not in usable:
            return f"{shown(value)} scores no {task}; write one or more of {names}, such as {example}"
        if same:
            return f"{shown(value)} is not a metric; write {same}"
        nearest = _nearest(folded)
        if nearest and nearest in usable:
            return f"{shown(value)} is not offered; the nearest is {nearest}: write it, or another of {names}"
        meant = None if nearest else closest(folded, list(usable))
        if meant and not _says_another(folded, meant):
            return f"{shown(value)} is not a metric; write {meant}"
        return f"{shown(value)} is not offered; write one or more of {names}, such as {example}"
    if isinstance(value, list | tuple) and not value:
        return f"is empty; write {expected}"
    return f"{shown(value)} cannot be used; write a list of metrics, such as {example}, out of {names}"


def _nearest(folded: str) -> str | None:
    """Return the nearest of our metrics to another one."""
    plain = folded.partition("@")[0].removeprefix("neg_")
    of_another_task = _same(plain, None)
    return _NEAREST.get(folded) or _NEAREST.get(plain) or of_another_task


def _same(folded: str, task: TaskType | None) -> str | None:
    """Return our name of the metric that a word names in another way."""
    for metric in Metric:
        scorers = metric_info(metric).scorers
        theirs = [scorers[task]] if task in scorers else list(scorers.values()) if task is None else []
        if folded in (metric, f"neg_{metric}", *theirs):
            return metric
    return _SAME.get(folded) or _SAME.get(folded.removeprefix("neg_"))


def _says_another(word: str, meant: str) -> bool:
    """Whether a word has more or other letters than a slip of the finger makes of the metric."""
    return abs(len(word) - len(meant)) > 2 or not (set(meant) - {"_"}) <= set(word) | {meant[-1]}
