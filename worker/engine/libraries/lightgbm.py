"""LightGBM through its native API."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import lightgbm
import numpy as np
from numpy.typing import NDArray

from shared.catalog import ParamValue, TaskType
from worker.engine.early_stopping import StoppingPoint, Watch
from worker.engine.libraries.base import AfterRound, Binned, BoostingLibrary, Model, NativeParams, Predictions, Problem
from worker.engine.libraries.memory import memory_errors

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
_TREES_AT_ONCE = 50
#: leaves that one call names at most, rows × trees: 12 bytes each
_LEAVES_AT_ONCE = 2**21
#: what the exponential of is still a number
_LARGEST_EXPONENT = math.log(sys.float_info.max)


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
        # ordered categories are numbers to LightGBM: their codes
        return _Features(table.X, [i for i in table.categories if i not in table.ordered])

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
        self._is_linear = bool(params.get("linear_tree"))
        #: how many trees a round grows
        self._trees = problem.classes if problem.task is TaskType.MULTICLASS else 1
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
        # tree by tree, in the library's own order: sums made in another one would part rows that tie
        sums, done = np.zeros((self._trees, len(rows))), 0
        for count in counts:
            end = self._rounds_after[count]
            for values in self._values(rows, done, end):
                sums += values
            done = end
            yield self._output(sums, end)

    def predict(self, rows: NDArray[np.float64]) -> Predictions:
        rounds = self._booster.current_iteration()
        return self._output(self._predict(rows, 0, rounds, raw_score=True).reshape(len(rows), -1).T, rounds)

    def _values(self, rows: NDArray[np.float64], start: int, end: int) -> Iterator[NDArray[np.float64]]:
        """Yield what each of the rounds adds to each row's sums: (trees of a round, rows)."""
        if self._is_linear:
            for number in range(start, end):
                yield self._predict(rows, number, 1, raw_score=True).reshape(len(rows), -1).T
            return
        step = max(1, min(_TREES_AT_ONCE, _LEAVES_AT_ONCE // len(rows)) // self._trees)
        for first in range(start, end, step):
            leaves = self._predict(rows, first, min(step, end - first), pred_leaf=True).reshape(len(rows), -1).T
            of_rounds = np.ascontiguousarray(leaves).reshape(-1, self._trees, len(rows))
            for number, of_round in enumerate(of_rounds, first):
                yield np.array([self._leaf_values(number * self._trees + k, each) for k, each in enumerate(of_round)])

    def _leaf_values(self, tree: int, leaves: NDArray[np.int32]) -> NDArray[np.float64]:
        values = [self._booster.get_leaf_output(tree, leaf) for leaf in range(leaves.max() + 1)]
        return np.array(values)[leaves]

    @memory_errors(lightgbm.basic.LightGBMError)
    def _predict(self, rows: NDArray[np.float64], start: int, rounds: int, **kind: bool) -> NDArray[Any]:
        return np.asarray(
            self._booster.predict(
                rows, start_iteration=start, num_iteration=rounds, num_threads=self._problem.threads, **kind
            )
        )

    def _output(self, sums: NDArray[np.float64], rounds: int) -> Predictions:
        """Return what the library makes of the sums over so many rounds: (trees of a round, rows)."""
        scores = sums / (rounds if self._is_forest else 1)  # a copy
        match self._problem.task:
            case TaskType.REGRESSION:
                return Predictions(scores[0])
            case TaskType.BINARY:
                likely = 1.0 / (1.0 + _exp(-scores[0]))
                return Predictions(np.column_stack((1.0 - likely, likely)), margins=sums[0].copy())
            case TaskType.MULTICLASS:
                scores -= scores.max(axis=0)
                for of_class in scores:
                    of_class[:] = _exp(of_class)
                scores /= sum(scores)
                return Predictions(scores.T)


def _exp(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the C library's exponential of (rows,) values, as LightGBM has it: numpy's differs in last bits."""
    powers = np.fromiter(map(math.exp, np.minimum(values, _LARGEST_EXPONENT)), np.float64, len(values))
    powers[values > _LARGEST_EXPONENT] = np.inf
    return powers


ADAPTER: BoostingLibrary = _LightGBM()
