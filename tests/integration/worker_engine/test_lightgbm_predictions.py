"""LightGBM's prefixes are added up leaf by leaf: to the bit what the library predicts, in whatever pieces."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from shared.catalog import Library, TaskType
from tests.support.evaluating import evaluated, fold_scores, make_request, mixed_frame, numeric_frame
from worker.engine.libraries import lightgbm as adapter
from worker.engine.libraries import open_library
from worker.engine.libraries.base import Problem

pytestmark = pytest.mark.slow


def predictions(task: TaskType, classes: int, params: dict[str, Any], counts: list[int]) -> tuple[list[Any], list[Any]]:
    """Return what the adapter predicts after each count, and what a booster of the same settings does."""
    frame = numeric_frame(task)
    X, y = frame.drop(columns="target").to_numpy(float), frame["target"].to_numpy()
    library, problem = open_library(Library.LIGHTGBM), Problem(task, classes, 1)
    features = adapter._Features(X, [])
    binned = library.bin(features, np.arange(len(y)), y, params, problem)
    model = library.fit(binned, params, problem, counts[-1], counts, lambda count, model: None)
    objective = {"objective": adapter._OBJECTIVES[task], "num_threads": 1, "verbosity": -1}
    if classes > 2:
        objective["num_class"] = classes
    booster = lightgbm.train({**objective, **params}, lightgbm.Dataset(X, y), counts[-1])
    theirs = [booster.predict(X, num_iteration=count) for count in counts]
    ours = [each.values for each in model.predict_prefixes(X, counts)]
    return ours, [np.column_stack((1.0 - p, p)) if task is TaskType.BINARY else p for p in theirs]


@pytest.mark.parametrize(
    "params", [{}, {"learning_rate": 500.0, "min_sum_hessian_in_leaf": 0.0}], ids=["usual", "huge"]
)
@pytest.mark.parametrize(
    ("task", "classes"), [(TaskType.REGRESSION, 0), (TaskType.BINARY, 2), (TaskType.MULTICLASS, 3)]
)
def test_every_prefix_predicts_as_the_library_does(task, classes, params):
    ours, theirs = predictions(task, classes, params, [1, 4, 30])
    for one, other in zip(ours, theirs, strict=True):
        assert np.array_equal(one, other)


def test_margins_beyond_what_an_exponential_holds_are_certain_classes():
    assert adapter._exp(np.array([710.0, 709.0, -800.0])).tolist() == [np.inf, np.exp(709.0), 0.0]


@pytest.mark.parametrize(("name", "value"), [("_TREES_AT_ONCE", 7), ("_LEAVES_AT_ONCE", 1)])
@pytest.mark.parametrize("task", TaskType)
def test_the_pieces_in_which_trees_are_walked_change_nothing(tmp_path, monkeypatch, task, name, value):
    points = [{"n_estimators": count} for count in (3, 20)]
    request = make_request(tmp_path / "data.parquet", mixed_frame(task), Library.LIGHTGBM, task, points)
    expected = list(map(fold_scores, evaluated(request)))
    monkeypatch.setattr(adapter, name, value)
    assert list(map(fold_scores, evaluated(request))) == expected


@pytest.mark.parametrize("library", [Library.XGBOOST, Library.LIGHTGBM])
def test_lack_of_memory_while_predicting_is_left_to_the_process(tmp_path, monkeypatch, library):
    import xgboost

    def exhausted(*arguments: Any, **options: Any) -> None:
        raise (xgboost.core.XGBoostError if library is Library.XGBOOST else lightgbm.basic.LightGBMError)(
            "std::bad_alloc"
        )

    request = make_request(tmp_path / "data.parquet", numeric_frame(TaskType.REGRESSION), library)
    monkeypatch.setattr(xgboost.Booster, "inplace_predict", exhausted)
    monkeypatch.setattr(lightgbm.Booster, "predict", exhausted)
    with pytest.raises(MemoryError):
        evaluated(request)
