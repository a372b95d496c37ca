"""CatBoost through its native API."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import catboost
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.catalog import TaskType
from worker.engine.early_stopping import StoppingPoint, Watch
from worker.engine.libraries.base import AfterRound, Binned, BoostingLibrary, Model, NativeParams, Predictions, Problem

_LOSSES = {TaskType.REGRESSION: "RMSE", TaskType.BINARY: "Logloss", TaskType.MULTICLASS: "MultiClass"}

#: what quantization reads of what the catalog offers; a quantized pool ignores a fit's other wish without a word
_QUANTIZED_BY = ("border_count", "feature_border_type", "nan_mode")

if TYPE_CHECKING:
    from shared.datasets import Table

#: rows above which borders are made from a sample of them. A fit draws it in a way of its own, which quantizing
#: beforehand does not repeat
_ROWS_FOR_BORDERS = 200_000

#: probabilities that differ by less may be in another order than what they are made from
_ROUNDING = 1e-12

#: the category of a missing value; CatBoost takes text only
MISSING = "nan"


class _Features:
    """Numbers as float32, which is what CatBoost keeps, in a matrix; with categories a frame, these as text."""

    def __init__(self, table: Table) -> None:
        self.categorical = list(table.categories)
        if not table.categories:
            self.rows: Any = np.ascontiguousarray(table.X, dtype=np.float32)
            self.nbytes = self.rows.nbytes
            return
        columns = {}
        for i, column in enumerate(table.X.T):
            if i in table.categories:
                labels = np.array([*table.categories[i], MISSING], dtype=object)
                codes = np.where(np.isnan(column), -1, column).astype(np.intp)
                columns[f"x{i}"] = pd.Series(labels[codes], dtype=object)
            else:
                columns[f"x{i}"] = pd.Series(column, dtype=np.float32)
        self.rows = pd.DataFrame(columns)
        self.nbytes = int(self.rows.memory_usage(deep=True).sum())

    def take(self, rows: NDArray[np.intp]) -> Any:
        return self.rows[rows] if isinstance(self.rows, np.ndarray) else self.rows.iloc[rows]


class _CatBoost:
    def features(self, table: Table) -> _Features:
        return _Features(table)

    def test_rows(self, features: _Features, rows: NDArray[np.intp], y: NDArray[Any]) -> catboost.Pool:
        return catboost.Pool(features.take(rows), y, cat_features=features.categorical or None, thread_count=1)

    def bin_key(self, params: NativeParams) -> Hashable | None:
        return tuple(params.get(name) for name in _QUANTIZED_BY)

    def bin(
        self,
        features: _Features,
        rows: NDArray[np.intp],
        y: NDArray[Any],
        params: NativeParams,
        problem: Problem,
    ) -> Binned:
        pool = catboost.Pool(
            features.take(rows), y, cat_features=features.categorical or None, thread_count=problem.threads
        )
        cells = len(rows) * pool.num_col()
        # quantizing decides which categories are one-hot encoded, and takes no one_hot_max_size
        if features.categorical or len(rows) > _ROWS_FOR_BORDERS:
            return Binned(pool, 4 * cells)
        # as Pool.quantize does it, which takes no number of threads and so uses every core of the host
        pool._quantize({"thread_count": problem.threads, **{k: params[k] for k in _QUANTIZED_BY if k in params}})
        return Binned(pool, cells * (1 if int(params.get("border_count") or 254) <= 255 else 2) + 8 * len(rows))

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
        if watch is None:
            evaluation: dict[str, Any] = {"metric_period": rounds}  # nobody reads the training loss of each round
        else:  # the automatic learning rate depends on whether the best model is kept, as an estimator keeps it
            evaluation = {"use_best_model": not watch.has_prefixes}
        booster = _Booster(
            {
                "loss_function": _LOSSES[problem.task],
                "thread_count": problem.threads,
                "iterations": rounds,
                "allow_writing_files": False,
                "logging_level": "Silent",
                **evaluation,
                **params,
            }
        )
        model = _Model(booster, problem)
        progress = _AfterRound(after_round, model, watch, _LOSSES[problem.task])
        booster.fit(binned.data, eval_set=None if watch is None else watch.rows, callbacks=[progress])
        if progress.raised is not None:
            raise progress.raised
        return model


class _Booster(catboost.CatBoost):  # type: ignore[misc]
    def get_feature_importance(self, *arguments: Any, **options: Any) -> None:
        """Spare what every fit ends with, for a property that nobody reads here."""


class _AfterRound:
    """Carries what a callback raises around CatBoost, which would make a CatBoostError of it."""

    def __init__(self, after_round: AfterRound, model: _Model, watch: Watch | None, metric: str) -> None:
        self._after_round, self._model, self._watch, self._metric = after_round, model, watch, metric
        self.raised: BaseException | None = None

    def after_iteration(self, info: Any) -> bool:
        """Return whether to go on, as CatBoost asks after each round."""
        try:
            self._after_round(info.iteration, self._model)
        except BaseException as error:
            self.raised = error
            return False
        if self._watch is None:
            return True
        return not self._watch.observe(info.iteration, info.metrics["validation"][self._metric][-1])


class _Model:
    def __init__(self, booster: catboost.CatBoost, problem: Problem) -> None:
        self._booster, self._problem = booster, problem

    def predict_prefixes(self, rows: catboost.Pool, counts: Sequence[int]) -> Iterator[Predictions]:
        for count in counts:
            yield self._predict(rows, self.rounds_after(count))

    def predict(self, rows: catboost.Pool) -> Predictions:
        return self._predict(rows, 0)

    def rounds_after(self, count: int) -> int:
        return min(count, int(self._booster.tree_count_))

    def count_after(self, stop: StoppingPoint) -> int:
        return stop.best

    def _predict(self, rows: catboost.Pool, rounds: int) -> Predictions:
        if self._problem.task is TaskType.REGRESSION:
            return Predictions(self._values(rows, rounds, "RawFormulaVal"))
        probabilities = self._values(rows, rounds, "Probability")
        # classes are those of the largest raw value, and close ones may be one probability
        second, first = np.partition(probabilities, -2, axis=1)[:, -2:].T
        if (first - second).min() > _ROUNDING:
            return Predictions(probabilities)
        return Predictions(probabilities, classes=self._values(rows, rounds, "Class").ravel().astype(np.int64))

    def _values(self, rows: catboost.Pool, rounds: int, kind: str) -> NDArray[Any]:
        threads = self._problem.threads
        return np.asarray(self._booster.predict(rows, prediction_type=kind, ntree_end=rounds, thread_count=threads))


ADAPTER: BoostingLibrary = _CatBoost()
