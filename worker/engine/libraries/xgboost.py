"""XGBoost through its native API."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from xgboost.core import XGBoostError

from shared.catalog import TaskType
from worker.engine.early_stopping import StoppingPoint, Watch
from worker.engine.libraries.base import AfterRound, Binned, BoostingLibrary, Model, NativeParams, Predictions, Problem
from worker.engine.libraries.memory import memory_errors

if TYPE_CHECKING:
    from shared.datasets import Table

_OBJECTIVES = {
    TaskType.REGRESSION: "reg:squarederror",
    TaskType.BINARY: "binary:logistic",
    TaskType.MULTICLASS: "multi:softprob",
}

#: the library's own default, part of the bin key
_DEFAULT_MAX_BIN = 256


@dataclass(frozen=True, slots=True)
class _Features:
    #: (rows, features) float32, which is what XGBoost keeps; categories as their codes, missing as NaN
    matrix: NDArray[np.float32]
    #: XGBoost's letters: q for a quantity, c for a category
    types: list[str]

    @property
    def nbytes(self) -> int:
        return self.matrix.nbytes


class _XGBoost:
    def features(self, table: Table) -> _Features:
        matrix = np.ascontiguousarray(table.X, dtype=np.float32)
        return _Features(matrix, ["c" if i in table.categories else "q" for i in range(matrix.shape[1])])

    def test_rows(self, features: _Features, rows: NDArray[np.intp], y: NDArray[Any]) -> _Features:
        return _Features(features.matrix[rows], features.types)

    def bin_key(self, params: NativeParams) -> Hashable | None:
        if _uses_quantiles(params):
            return ("quantiles", params.get("max_bin", _DEFAULT_MAX_BIN))
        # approx bins anew by the first fit's sampled hessians and keeps that in the matrix
        return None if params.get("tree_method") == "approx" else "rows"

    @memory_errors(XGBoostError)
    def bin(
        self,
        features: _Features,
        rows: NDArray[np.intp],
        y: NDArray[Any],
        params: NativeParams,
        problem: Problem,
    ) -> Binned:
        matrix = features.matrix[rows]
        options = _matrix_options(features, y, problem)
        if not _uses_quantiles(params):
            # the values with their column numbers, and once more sorted by column
            return Binned(xgboost.DMatrix(matrix, **options), 16 * matrix.size)
        max_bin = params.get("max_bin", _DEFAULT_MAX_BIN)
        binned = xgboost.QuantileDMatrix(matrix, max_bin=max_bin, **options)
        cell = 1 if int(max_bin or 0) <= 256 else 2
        # bin numbers by row and again by column; where some are missing, those of a row in 4 bytes each
        missing = int(np.count_nonzero(np.isnan(matrix)))
        by_row = 4 * (matrix.size - missing) + 8 * len(rows) if missing else cell * matrix.size
        return Binned(binned, by_row + cell * matrix.size + 8 * len(rows))

    @memory_errors(XGBoostError)
    def fit(
        self,
        binned: Binned,
        params: NativeParams,
        problem: Problem,
        rounds: int,
        checkpoints: Collection[int],
        after_round: AfterRound,
        watch: Watch | None = None,
    ) -> Model:
        settings = {
            "objective": _OBJECTIVES[problem.task],
            "nthread": problem.threads,
            "verbosity": 0,
            **params,
        }
        if problem.task is TaskType.MULTICLASS:
            settings["num_class"] = problem.classes
        evals = [] if watch is None else [(_watched(binned, watch, params, problem), "held_out")]
        # xgboost.train does the same, then copies the model to free what goes with the booster anyway
        booster = xgboost.Booster(settings, [binned.data, *(rows for rows, _ in evals)])
        model = _Model(booster, settings)
        for number in range(rounds):
            booster.update(binned.data, number)
            after_round(number + 1, model)
            if watch is not None and watch.observe(number + 1, _metric(booster.eval_set(evals, number))):
                break
        return model


def _matrix_options(features: _Features, y: NDArray[Any], problem: Problem) -> dict[str, Any]:
    return {
        "label": y,
        "feature_types": features.types,
        "enable_categorical": "c" in features.types,
        "nthread": problem.threads,
    }


def _watched(binned: Binned, watch: Watch, params: NativeParams, problem: Problem) -> xgboost.DMatrix:
    """Return the rows as the estimator makes them of its eval_set: in the bins of the training rows, where it can."""
    options = _matrix_options(watch.rows, watch.y, problem)
    if not _uses_quantiles(params):
        return xgboost.DMatrix(watch.rows.matrix, **options)
    max_bin = params.get("max_bin", _DEFAULT_MAX_BIN)
    return xgboost.QuantileDMatrix(watch.rows.matrix, ref=binned.data, max_bin=max_bin, **options)


def _uses_quantiles(params: NativeParams) -> bool:
    return params.get("booster") != "gblinear" and params.get("tree_method", "auto") in ("auto", "hist")


def _metric(evaluation: str) -> float:
    """Return what ``[0]\theld_out-rmse:0.5`` says, as rounded as the library's own early stopping has it."""
    return float(evaluation.rpartition(":")[2])


class _Model:
    def __init__(self, booster: xgboost.Booster, settings: NativeParams) -> None:
        self._booster = booster
        self._kind = settings.get("booster", "gbtree")
        self._has_link = settings["objective"] != _OBJECTIVES[TaskType.REGRESSION]
        self._is_binary = settings["objective"] == _OBJECTIVES[TaskType.BINARY]

    def predict_prefixes(self, rows: _Features, counts: Sequence[int]) -> Iterator[Predictions]:
        margin, done = None, 0
        for count in counts:
            # only the new trees are walked; the sum is made in the same order and precision as in one go
            margin = self._predict(rows, (done, count), margin, output="margin")
            # a range without trees leaves just the link function, in the library's own arithmetic
            yield self._output(self._predict(rows, (count, count), margin) if self._has_link else margin)
            done = count

    def predict(self, rows: _Features) -> Predictions:
        return self._output(self._predict(rows, (0, 0)))

    def rounds_after(self, count: int) -> int:
        return count

    def count_after(self, stop: StoppingPoint) -> int:
        return stop.best

    @memory_errors(XGBoostError)
    def _predict(
        self,
        rows: _Features,
        trees: tuple[int, int],
        margin: NDArray[Any] | None = None,
        output: str = "value",
    ) -> NDArray[Any]:
        if self._kind == "gblinear":
            matrix = xgboost.DMatrix(rows.matrix, feature_types=rows.types, enable_categorical="c" in rows.types)
            return np.asarray(self._booster.predict(matrix, validate_features=False))
        return np.asarray(
            self._booster.inplace_predict(
                rows.matrix,
                iteration_range=trees,
                predict_type=output,
                base_margin=margin,
                validate_features=False,
            )
        )

    def _output(self, prediction: NDArray[Any]) -> Predictions:
        return Predictions(np.column_stack((1.0 - prediction, prediction)) if self._is_binary else prediction)


ADAPTER: BoostingLibrary = _XGBoost()
