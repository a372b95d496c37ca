"""LightGBM through its native API."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import lightgbm
import numpy as np
from numpy.typing import NDArray

from shared.catalog import ParamValue, TaskType
from worker.early_stopping import StoppingPoint, Watch
from worker.libraries.base import AfterRound, Binned, BoostingLibrary, Model, NativeParams, Predictions, Problem
from worker.libraries.memory import memory_errors

if TYPE_CHECKING:
    from shared.datasets import Table

_OBJECTIVES = {
    TaskType.REGRESSION: "regression",
    TaskType.BINARY: "binary",
    TaskType.MULTICLASS: "multiclass",
}

#: what binning reads of what the catalog offers. The last two are easily missed: min_data_in_leaf drops features that
#: it makes useless, and the seed chooses the rows that bins are made from when there are more than 200,000
_BINNED_BY = ("max_bin", "min_data_in_bin", "linear_tree", "min_data_in_leaf", "seed")

#: trees that one call walks at most; more of them leave the processor's cache at every row, which doubles the time
_TREES_IN_CACHE = 50


@dataclass(frozen=True, slots=True)
class _Features:
    #: (rows, features) float64; categories as their codes, missing as NaN
    matrix: NDArray[np.float64]
    categorical: list[int]

    @property
    def nbytes(self) -> int:
        return self.matrix.nbytes


class _LightGBM:
    def features(self, table: Table) -> _Features:
        return _Features(table.X, list(table.categories))

    def test_rows(self, features: _Features, rows: NDArray[np.intp], y: NDArray[Any]) -> NDArray[np.float64]:
        return features.matrix[rows]

    def bin_key(self, params: NativeParams) -> Hashable | None:
        return tuple(_binning(params).items())

    @memory_errors(lightgbm.basic.LightGBMError)
    def bin(
        self,
        features: _Features,
        rows: NDArray[np.intp],
        y: NDArray[Any],
        params: NativeParams,
        problem: Problem,
    ) -> Binned:
        dataset = lightgbm.Dataset(
            features.matrix[rows],
            y,
            categorical_feature=features.categorical,
            params=_binning(params) | {"num_threads": problem.threads, "verbosity": -1},
            free_raw_data=True,  # so that a fit which asks for other bins fails rather than bins anew
        ).construct()
        cells = len(rows) * features.matrix.shape[1]
        bin_bytes = 1 if int(params.get("max_bin") or 255) <= 256 else 2
        raw_bytes = 4 if params.get("linear_tree") else 0
        return Binned(dataset, cells * (bin_bytes + raw_bytes) + 8 * len(rows))

    @memory_errors(lightgbm.basic.LightGBMError)
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
        settings: dict[str, Any] = {
            "objective": _OBJECTIVES[problem.task],
            "num_threads": problem.threads,
            # two ways to build histograms differ in the last digits; by default a race chooses between them
            "deterministic": problem.threads > 1,
            "force_col_wise": problem.threads > 1,
            "verbosity": -1,
            **params,
        }
        if watch is None:
            settings["metric"] = "None"
        if problem.task is TaskType.MULTICLASS:
            settings["num_class"] = problem.classes
        progress = _AfterRound(after_round, params, problem, checkpoints, watch)
        lightgbm.train(
            settings,
            binned.data,
            rounds,
            valid_sets=None if watch is None else [binned.data.create_valid(watch.rows, watch.y)],
            callbacks=[progress],
            keep_training_booster=True,  # spares writing the trees as text and reading them again, a tenth of a fit
        )
        return progress.model


def _binning(params: NativeParams) -> dict[str, ParamValue]:
    binning = {name: params[name] for name in _BINNED_BY if name in params}
    rows = binning.get("min_data_in_leaf")
    if params.get("path_smooth") and rows is not None:
        binning["min_data_in_leaf"] = max(2, int(rows))  # as LightGBM raises it before it bins
    return binning


class _AfterRound:
    """LightGBM's callback."""

    #: the model in training
    model: _Model

    def __init__(
        self,
        after_round: AfterRound,
        params: NativeParams,
        problem: Problem,
        checkpoints: Collection[int],
        watch: Watch | None,
    ) -> None:
        self._after_round, self._params, self._problem, self._watch = after_round, params, problem, watch
        self._checkpoints = frozenset(checkpoints)

    def __call__(self, env: lightgbm.callback.CallbackEnv) -> None:
        if env.iteration == env.begin_iteration:
            self.model = _Model(cast(lightgbm.Booster, env.model), self._params, self._problem)
        rounds = env.iteration + 1
        if self._watch is not None or rounds in self._checkpoints:
            self.model.note(rounds)
        self._after_round(rounds, self.model)
        metrics = env.evaluation_result_list or []  # without a watched set there are none
        if self._watch is not None and self._watch.observe(rounds, metrics[0].metric_value):
            raise lightgbm.callback.EarlyStopException(env.iteration, metrics)


class _Model:
    def __init__(self, booster: lightgbm.Booster, params: NativeParams, problem: Problem) -> None:
        self._booster, self._problem = booster, problem
        self._is_forest = params.get("boosting") == "rf"
        # a round that finds no split adds no tree, so that the rounds of a model may be fewer than were asked for
        self._rounds_after: dict[int, int] = {}

    def note(self, count: int) -> None:
        """Remember how many rounds there are now that ``count`` were tried."""
        self._rounds_after[count] = self._booster.current_iteration()

    def rounds_after(self, count: int) -> int:
        return self._rounds_after[count]

    def count_after(self, stop: StoppingPoint) -> int:
        # LightGBM's best iteration counts the rounds that it tried, and predicts with as many trees if it has them
        trees = min(stop.best, self._rounds_after[stop.trained])
        return next(count for count, made in self._rounds_after.items() if made == trees)

    def predict_prefixes(self, rows: NDArray[np.float64], counts: Sequence[int]) -> Iterator[Predictions]:
        # rows that tie decide what ranks and classes score: sums made in another order would part them
        if self._is_forest or self._problem.task is not TaskType.REGRESSION:
            for count in counts:
                yield self._whole(rows, self._rounds_after[count])
            return
        raw: NDArray[Any] = np.zeros(())
        done = 0
        for count in counts:
            end = self._rounds_after[count]
            while done < end:
                rounds = min(_TREES_IN_CACHE, end - done)
                raw = raw + self._predict(rows, done, rounds)
                done += rounds
            yield self._output(raw, end)

    def predict(self, rows: NDArray[np.float64]) -> Predictions:
        rounds = self._booster.current_iteration()
        return self._whole(rows, rounds)

    def _whole(self, rows: NDArray[np.float64], rounds: int) -> Predictions:
        is_multiclass = self._problem.task is TaskType.MULTICLASS
        prediction = self._predict(rows, 0, rounds, raw_score=not is_multiclass)
        return Predictions(prediction) if is_multiclass else self._output(prediction, rounds)

    @memory_errors(lightgbm.basic.LightGBMError)
    def _predict(self, rows: NDArray[np.float64], start: int, rounds: int, raw_score: bool = True) -> NDArray[Any]:
        return np.asarray(
            self._booster.predict(
                rows,
                start_iteration=start,
                num_iteration=rounds,
                raw_score=raw_score,
                num_threads=self._problem.threads,
            )
        )

    def _output(self, raw: NDArray[Any], rounds: int) -> Predictions:
        score = raw / rounds if self._is_forest else raw
        if self._problem.task is TaskType.REGRESSION:
            return Predictions(score)
        likely = 1.0 / (1.0 + np.exp(-score))
        return Predictions(np.column_stack((1.0 - likely, likely)), margins=raw)


ADAPTER: BoostingLibrary = _LightGBM()
