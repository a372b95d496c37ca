"""What each field of a spec takes, in words, and what to write where it holds something else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from shared.catalog import Library, TaskType, library_catalog
from shared.domain.spec_metrics import wrong_metric
from shared.errors import FieldError
from shared.wording import closest, other_digits, shown

#: of more faults only so many are put into words: a name that was meant is looked for among all names
MOST_EXPLAINED = 500

#: field -> what to write there
EXPECTED = {
    "name": "a text of 1 to 100 characters, such as First look",
    "library": f"one of {', '.join(Library)}",
    "dataset": "a mapping, such as {name: diabetes, target: target, task: regression}",
    "dataset.name": "a text of 1 to 200 characters, such as diabetes or train.csv",
    "dataset.content_hash": "the 64 digits that `python -m shared datasets` lists, or leave it out",
    "dataset.target": "the name of the column to predict, in quotes if it looks like a number",
    "dataset.task": f"one of {', '.join(TaskType)}",
    "param_grid": "a mapping of parameters to lists of values, such as {n_estimators: [100, 200]}",
    "metrics": "a list of metrics, such as [rmse, r2]",
    "folds": "a whole number from 2 to 50",
    "seed": f"a whole number from 0 to {2**31 - 1}",
    "trial_timeout_seconds": "a number of seconds above 0, or null for no limit",
    "rounds_curve": "true or false",
    "racing": "true or false",
    "positive_class": "one of the target's two classes, or null for the one that sorts second",
}

_SHUFFLED = (
    "cannot be set: folds are shuffled rows, of equal shares of each class, and know neither groups nor time, so rows "
    "that belong together help to predict each other (docs/limits.md)"
)
_NUMBER_OF_FOLDS = "cannot be set: folds are shuffled rows; their number is called folds, such as folds: 5"

#: fields by which other programs split otherwise
_SPLITS = (
    *("group", "groups", "group_column", "group_col", "group_by", "time", "time_column", "time_col", "date_column"),
    *("splitter", "split", "shuffle", "stratify", "stratified", "fold", "fold_column", "fold_ids"),
)
_COUNTED_ALIKE = "cannot be set: every row counts alike; scale_pos_weight in the grid weighs the positive class"

#: fields that other programs have -> what to do
_ELSEWHERE = {
    **dict.fromkeys(_SPLITS, _SHUFFLED),
    **dict.fromkeys(("cv", "n_splits", "n_folds", "nfold", "k", "test_size", "validation_split"), _NUMBER_OF_FOLDS),
    **dict.fromkeys(("weight", "weights", "sample_weight", "weight_column"), _COUNTED_ALIKE),
    **dict.fromkeys(
        ("direction", "goal", "maximize", "minimize"), "cannot be set: it follows from the metric; remove it"
    ),
    **dict.fromkeys(
        ("n_trials", "max_trials", "n_iter", "max_evals"), "cannot be set: every point of the grid is a trial"
    ),
    **dict.fromkeys(("random_state", "random_seed"), "is not a field of a spec; write seed"),
    **dict.fromkeys(("scoring", "metric", "scorer"), "is not a field of a spec; write metrics"),
    **dict.fromkeys(("timeout", "time_limit"), "is not a field of a spec; write trial_timeout_seconds"),
    **dict.fromkeys(("model", "estimator", "algorithm"), "is not a field of a spec; write library"),
    **dict.fromkeys(("grid", "params", "parameters", "search_space"), "is not a field of a spec; write param_grid"),
    **dict.fromkeys(("pos_label", "positive_label", "positive"), "is not a field of a spec; write positive_class"),
    **dict.fromkeys(("target", "task", "content_hash"), "is a field of the data set; write it inside dataset: {...}"),
}

#: libraries as other programs call them
_LIBRARIES_ELSEWHERE = {
    **dict.fromkeys(("xgb", "xgbregressor", "xgbclassifier"), "xgboost"),
    **dict.fromkeys(("lgb", "lgbm", "light_gbm", "lgbmregressor", "lgbmclassifier"), "lightgbm"),
    **dict.fromkeys(("cat", "cb", "catboostregressor", "catboostclassifier"), "catboost"),
}

#: tasks as other programs call them
_TASKS_ELSEWHERE = {
    **dict.fromkeys(("classification", "classifier", "class"), "binary for two classes, multiclass for more"),
    **dict.fromkeys(("binary_classification", "binary classification"), "binary"),
    **dict.fromkeys(("multiclass_classification", "multiclass classification", "multi"), "multiclass"),
    **dict.fromkeys(("regressor", "reg"), "regression"),
}


def explain(errors: Iterable[Any], told: Collection[str] = (), task: TaskType | None = None) -> list[FieldError]:
    """Return in words of our own what pydantic found wrong, and what to write; nothing of the fields ``told`` of.

    Of metrics those of the ``task`` are listed, where it is known.
    """
    found = [_explain(each, task) for each in islice(errors, MOST_EXPLAINED)]
    of_parts = {each.field.rpartition(".")[0] for each in found}
    # where a part of a list is wrong, pydantic finds the list without it too short
    return [each for each in found if each.field not in told and each.field not in of_parts]


def _explain(error: Any, task: TaskType | None) -> FieldError:
    loc = [part for part in error["loc"] if part != "[key]"]
    place = ".".join(part if isinstance(part, str) else str(part) for part in loc) or "spec"
    field = ".".join(part for part in loc if isinstance(part, str))
    known = field if field in EXPECTED else field.partition(".")[0]
    expected = EXPECTED.get(known, "a field of a spec")
    if error["type"] == "extra_forbidden":
        return FieldError(place, _unknown(str(loc[-1]), str(loc[0]) if len(loc) > 1 else ""))
    if error["type"] == "missing":
        return FieldError(place, f"is missing; write {expected}")
    if error["type"] == "invalid_key":
        key = None if loc[-1] == "None" else loc[-1]
        return FieldError("spec", f"{shown(key)} is not the name of a field; write one of {', '.join(_fields(''))}")
    return FieldError(place, _wrong(known, error["input"], expected, task))


def explain_number(text: str) -> str:
    """Return what is wrong with a text without quotes that YAML readers take for different numbers."""
    fault = "has colons" if ":" in text else "has a leading zero"
    return (
        f"{text} {fault}, and YAML readers differ on which number that is; write the number in decimal digits, "
        f"or '{text}' in quotes if it is a text"
    )


def _wrong(field: str, value: Any, expected: str, task: TaskType | None) -> str:
    if field == "metrics":
        return wrong_metric(value, expected, task)
    other_base = other_digits(value) if isinstance(value, str) and "whole number" in expected else None
    if other_base is not None:
        return f"{shown(value)} cannot be used; write {other_base}"
    if isinstance(value, str) and not value.strip():
        return f"is blank; write {expected}"
    if value is None:
        return f"is empty; write {expected}"
    if isinstance(value, str) and value.strip().casefold() in ("none", "null") and "null" in expected:
        return f"{shown(value)} is a text; write null"
    if field in ("library", "dataset.task") and isinstance(value, str):
        elsewhere = _LIBRARIES_ELSEWHERE if field == "library" else _TASKS_ELSEWHERE
        names = list(Library if field == "library" else TaskType)
        meant = elsewhere.get(value.strip().casefold()) or closest(value, names)
        if meant:
            return f"{shown(value)} cannot be used; write {meant}"
    return f"{shown(value)} cannot be used; write {expected}"


def _unknown(name: str, parent: str) -> str:
    fields = _fields(parent)
    if parent and name in _fields(""):
        return f"is a field of the spec, not of {parent}; write it beside {parent}, not inside"
    meant = closest(name, fields)
    if meant:
        return f"is not a field of a spec; did you mean {meant}?"
    if name.casefold() in (_SPLITS if parent else _ELSEWHERE):
        return _ELSEWHERE[name.casefold()]
    if not parent and any(library_catalog(library).parameter(name) for library in Library):
        return f"is a parameter; write it inside param_grid, such as param_grid: {{{name}: [...]}}"
    return f"is not a field of {'a data set' if parent else 'a spec'}; remove it, the fields are {', '.join(fields)}"


def _fields(parent: str) -> list[str]:
    prefix = f"{parent}." if parent else ""
    return [
        name.removeprefix(prefix)
        for name in EXPECTED
        if name.startswith(prefix) and "." not in name.removeprefix(prefix)
    ]
