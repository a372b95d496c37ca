"""Whatever the frame's dtypes and whatever the parameters: fold scores are, to the bit, those of cross_validate.

A few frames by default; BOOSTGRID_TEST_EXAMPLES says how many for each library, for a run through the night.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate
from sklearn.preprocessing import LabelEncoder

from shared.catalog import Library, Parameter, TaskType, library_catalog, metric_info, metrics_for
from shared.catalog.model import EARLY_STOPPING, ParameterKind
from shared.catalog.validation import check_grid, check_value
from shared.datasets import describe
from shared.domain import PlannedTrial, TrialOutcome
from shared.planning.versions import installed_version
from tests.integration.worker_engine.test_scores_equal_scikit_learn import ESTIMATORS, SEED
from tests.support.evaluating import evaluated
from worker.protocol import EvaluationRequest

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("BOOSTGRID_TEST_EXAMPLES", "12"))

NUMBERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float16", "float32", "float64", "bool")
#: with missing values
GAPPED = ("float32", "float64", "Int64", "UInt8", "Float32", "Float64", "boolean", "bool as object")
CATEGORIES = ("text", "category", "ordered category", "category of numbers")
TARGETS = {
    TaskType.REGRESSION: ("int32", "int64", "uint8", "float16", "float32", "float64", "bool", "Int64"),
    TaskType.BINARY: ("int64", "uint8", "bool", "float64", "text", "category", "category of numbers"),
    TaskType.MULTICLASS: ("int64", "float32", "text", "category", "ordered category", "category of numbers"),
}


def column(random: np.random.Generator, signal: np.ndarray, dtype: str, gaps: bool) -> pd.Series:
    """Return a column of that dtype that says something of the signal."""
    noisy = signal + random.normal(scale=0.5, size=len(signal))
    missing = random.random(len(signal)) < 0.15 if gaps else np.zeros(len(signal), dtype=bool)
    if dtype in CATEGORIES:
        count = int(random.integers(2, 9))
        codes = np.clip(np.digitize(noisy, np.linspace(-1.5, 1.5, count - 1)), 0, count - 1)
        labels: Any = (
            list("qazwsxedc")[:count] if dtype != "category of numbers" else [10, 9, 8, 25, 3, 1, 7, 2, 0][:count]
        )
        values = pd.Series([None if gap else labels[code] for code, gap in zip(codes, missing, strict=True)])
        if dtype == "text":
            return values
        order = [*labels, "unused"] if dtype != "category of numbers" else [*labels, 77]
        random.shuffle(order)
        return values.astype(pd.CategoricalDtype(order, ordered=dtype == "ordered category"))
    if dtype in ("bool", "boolean", "bool as object"):
        values = pd.Series(noisy > 0)
        if dtype == "bool":
            return values
        return values.astype("boolean" if dtype == "boolean" else object).mask(missing)
    scaled = np.round(noisy * 10) + 60 if "int" in dtype.lower() else noisy * 10
    values = pd.Series(np.clip(scaled, 0, 120)).astype(dtype)
    return values.mask(missing) if gaps else values


def target(random: np.random.Generator, signal: np.ndarray, task: TaskType, dtype: str) -> pd.Series:
    """Return a target of that dtype, each of its classes often enough for three folds."""
    if task is TaskType.REGRESSION:
        return column(random, signal * 3, dtype, False)
    count = 2 if task is TaskType.BINARY else int(random.integers(3, 5))
    ranks = np.argsort(np.argsort(signal + random.normal(scale=0.3, size=len(signal))))
    codes = ranks * count // len(signal)
    if dtype in CATEGORIES:
        labels: Any = [10, 9, 8, 25][:count] if dtype == "category of numbers" else ["m", "b", "x", "a"][:count]
        values = pd.Series([labels[code] for code in codes])
        is_ordered = dtype == "ordered category"
        return values if dtype == "text" else values.astype(pd.CategoricalDtype(labels, ordered=is_ordered))
    return pd.Series(codes).astype(dtype)


def values_of(parameter: Parameter) -> list[Any]:
    found = [parameter.default, *parameter.choices, *parameter.suggested]
    number = int if parameter.kind is ParameterKind.INT else float
    found += [number(each) for each in (parameter.low, parameter.high) if each is not None and abs(each) <= 70_000]
    return [each for each in dict.fromkeys(found) if each is not None and check_value(parameter, each) is None]


@st.composite
def cases(draw: st.DrawFn, library: Library) -> tuple[TaskType, pd.DataFrame, dict[str, Any], int]:
    catalog = library_catalog(library)
    task = draw(st.sampled_from(list(TaskType)))
    offered = [each for each in catalog.parameters if task in each.tasks and each.name != EARLY_STOPPING]
    chosen = draw(st.lists(st.sampled_from(offered), max_size=5, unique_by=lambda each: each.name))
    params = {each.name: draw(st.sampled_from(values_of(each))) for each in chosen}
    params[catalog.rounds_parameter] = draw(st.integers(1, 6))
    for name in ("depth", "num_parallel_tree"):
        if name in params:
            params[name] = min(params[name], 8)
    rows = draw(st.integers(40, 160))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    signal = random.normal(size=rows)
    takes_categories = params.get("booster") != "gblinear" and params.get("tree_method") != "exact"
    kinds = st.one_of(
        st.tuples(st.sampled_from(NUMBERS), st.just(False)),
        st.tuples(st.sampled_from(GAPPED), st.just(True)),
        *([st.tuples(st.sampled_from(CATEGORIES), st.booleans())] if takes_categories else []),
    )
    columns = draw(st.lists(kinds, min_size=1, max_size=5))
    frame = pd.DataFrame({f"f{i}": column(random, signal, *kind) for i, kind in enumerate(columns)})
    frame.insert(
        draw(st.integers(0, len(columns))), "target", target(random, signal, task, draw(st.sampled_from(TARGETS[task])))
    )
    return task, frame, params, draw(st.integers(2, 3))


def our_scores(path: Path, library: Library, task: TaskType, frame: pd.DataFrame, params: dict[str, Any], folds: int):
    info, parquet = describe(frame, "any frame", "target", task)
    path.write_bytes(parquet)
    request = EvaluationRequest.model_validate(
        {
            "library": library,
            "library_version": installed_version(library),
            "dataset_path": path,
            "dataset_hash": info.content_hash,
            "target": "target",
            "task": task,
            "folds": folds,
            "seed": SEED,
            "metrics": metrics_for(task),
            "trials": [PlannedTrial(trial_id="a" * 64, params=params)],
        }
    )
    return evaluated(request)[0]


def their_scores(library: Library, task: TaskType, frame: pd.DataFrame, params: dict[str, Any], folds: int):
    """Return cross_validate's scores, None where every fit fails; text made categories, missing ones text."""
    X, y = frame.drop(columns="target"), frame["target"]
    text = {
        name: "category" for name in X if X[name].dtype != "category" and pd.api.types.is_string_dtype(X[name].dropna())
    }
    X = X.astype(text)
    booleans = {name: "boolean" for name in X if X[name].dtype == object}
    X = X.astype(booleans)  # no estimator takes True beside None
    categorical = [name for name in X if X[name].dtype == "category"]
    regressor, classifier, options = ESTIMATORS[library]
    fit: dict[str, Any] = {}
    if library is Library.XGBOOST:
        options = options | {"enable_categorical": bool(categorical)}
    if library is Library.CATBOOST:
        numbers = {
            name: "float64"
            for name in X
            if pd.api.types.is_extension_array_dtype(X[name].dtype) and name not in categorical
        }
        X = X.astype(numbers)
        X = X.assign(**{name: X[name].astype(object).where(X[name].notna(), "nan") for name in categorical})
        fit = {"cat_features": categorical} if categorical else {}
    is_regression = task is TaskType.REGRESSION
    target = y.to_numpy(dtype=y.dtype.numpy_dtype) if hasattr(y.dtype, "numpy_dtype") else y.to_numpy()
    names = {metric: metric_info(metric).scorers[task] for metric in metrics_for(task)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            scores = cross_validate(
                (regressor if is_regression else classifier)(**options | params),
                X,
                target if is_regression else LabelEncoder().fit_transform(np.asarray(y)),
                cv=(KFold if is_regression else StratifiedKFold)(folds, shuffle=True, random_state=SEED),
                scoring=list(names.values()),
                params=fit,
            )
        except ValueError as error:
            if "All the" in str(error):  # fits failed
                return None
            raise
    return {metric: scores[f"test_{name}"] * (-1 if name.startswith("neg_") else 1) for metric, name in names.items()}


def as_arrays(outcome: TrialOutcome) -> dict[Any, list[float]]:
    complete = {metric: list(score.fold_scores) for metric, score in outcome.scores.items()}
    gapped = {
        metric: [np.nan if each is None else each for each in scores]
        for metric, scores in outcome.incomplete_scores.items()
    }
    return complete | gapped


@pytest.mark.parametrize("library", Library)
@given(data=st.data())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
)
def test_the_scores_of_any_frame_and_any_parameters_are_those_of_cross_validate(tmp_path, library, data):
    task, frame, params, folds = data.draw(cases(library))
    if any(issue.is_error for issue in check_grid(library, task, [{name: (value,) for name, value in params.items()}])):
        return
    outcome = our_scores(tmp_path / "any.parquet", library, task, frame, params, folds)
    theirs = their_scores(library, task, frame, params, folds)
    if theirs is None:
        assert outcome.error is not None, params
        return
    ranking = next(iter(theirs))
    if not np.isfinite(theirs[ranking]).all():
        assert outcome.error is not None
        return
    assert outcome.error is None, outcome.error
    ours = as_arrays(outcome)
    for metric, scores in theirs.items():
        expected = np.where(np.isfinite(scores), scores, np.nan)
        np.testing.assert_array_equal(
            ours.get(metric, [np.nan] * folds), expected, err_msg=f"{metric} {params} {frame.dtypes}"
        )
