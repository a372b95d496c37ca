"""LightGBM through its native API."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import lightgbm
import numpy as np
from numpy.typing import NDArray

from shared.catalog import TaskType
from shared.datasets import Table
from worker.libraries.base import AfterRound, Binned, BoostingLibrary, Model, NativeParams, Problem
from worker.libraries.encoding import category_codes

_OBJECTIVES = {
    TaskType.REGRESSION: "regression",
    TaskType.BINARY: "binary",
    TaskType.MULTICLASS: "multiclass",
}

#: what binning reads. The last two are easily missed: min_data_in_leaf drops features that it makes useless, and the
#: seed chooses the rows that bins are made from when there are more than bin_construct_sample_cnt
_BINNED_BY = (
    "max_bin",
    "min_data_in_bin",
    "bin_construct_sample_cnt",
    "enable_bundle",
    "is_enable_sparse",
    "feature_pre_filter",
    "use_missing",
    "zero_as_missing",
    "linear_tree",
    "data_random_seed",
    "min_data_in_leaf",
    "seed",
)

#: trees that one call walks at most; more of them leave the processor's cache at every row, which doubles the time
_TREES_IN_CACHE = 50

#: with these, what is predicted is more than the sum of the trees put through the objective's usual link
_OWN_LINK = ("objective", "reg_sqrt", "sigmoid")


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
        return _Features(category_codes(table, np.float64), list(table.categorical))

    def test_rows(self, features: _Features, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return features.matrix[rows]

    def bin_key(self, params: NativeParams) -> Hashable | None:
        return tuple(params.get(name) for name in _BINNED_BY)

    def bin(
        self,
        features: _Features,
        rows: NDArray[np.intp],
        y: NDArray[Any],
        params: NativeParams,
        problem: Problem,
    ) -> Binned:
        settings = {name: params[name] for name in _BINNED_BY if name in params}
        dataset = lightgbm.Dataset(
            features.matrix[rows],
            y,
            categorical_feature=features.categorical,
            params=settings | {"num_threads": problem.threads, "verbosity": -1},
            free_raw_data=True,  # so that a fit which asks for other bins fails rather than bins anew
        ).construct()
        cells = len(rows) * features.matrix.shape[1]
        bin_bytes = 1 if int(params.get("max_bin") or 255) <= 256 else 2
        raw_bytes = 4 if params.get("linear_tree") else 0
        return Binned(dataset, cells * (bin_bytes + raw_bytes) + 8 * len(rows))

    def fit(
        self,
        binned: Binned,
        params: NativeParams,
        problem: Problem,
        rounds: int,
        checkpoints: Sequence[int],
        after_round: AfterRound,
    ) -> Model:
        settings: dict[str, Any] = {
            "objective": _OBJECTIVES[problem.task],
            "num_threads": problem.threads,
            "deterministic": problem.threads > 1,
            "metric": "None",
            "verbosity": -1,
            **params,
        }
        if problem.task is TaskType.MULTICLASS:
            settings["num_class"] = problem.classes
        progress = _AfterRound(after_round, params, problem, checkpoints)
        # keep_training_booster spares writing the trees as text and reading them again, a tenth of a fit
        lightgbm.train(settings, binned.data, rounds, callbacks=[progress], keep_training_booster=True)
        return progress.model


class _AfterRound:
    """LightGBM's callback."""

    #: the model in training
    model: _Model

    def __init__(
        self, after_round: AfterRound, params: NativeParams, problem: Problem, checkpoints: Sequence[int]
    ) -> None:
        self._after_round, self._params, self._problem = after_round, params, problem
        self._checkpoints = frozenset(checkpoints)

    def __call__(self, env: lightgbm.callback.CallbackEnv) -> None:
        if env.iteration == env.begin_iteration:
            self.model = _Model(cast(lightgbm.Booster, env.model), self._params, self._problem)
        rounds = env.iteration + 1
        if rounds in self._checkpoints:
            self.model.note(rounds)
        self._after_round(rounds, self.model)


class _Model:
    def __init__(self, booster: lightgbm.Booster, params: NativeParams, problem: Problem) -> None:
        self._booster, self._problem = booster, problem
        # a round that finds no split adds no tree, so that trees after a count of rounds may be fewer
        self._rounds_after: dict[int, int] = {}
        self._sums = params.get("boosting", "gbdt") in ("gbdt", "goss") and not any(
            name in params for name in _OWN_LINK
        )

    def note(self, count: int) -> None:
        self._rounds_after[count] = self._booster.current_iteration()

    def rounds_after(self, count: int) -> int:
        return self._rounds_after[count]

    def predict_prefixes(self, rows: NDArray[np.float64], counts: Sequence[int]) -> Iterator[NDArray[Any]]:
        if not self._sums:
            for count in counts:
                yield self._output(self._predict(rows, 0, self._rounds_after[count]))
            return
        step = max(1, _TREES_IN_CACHE // max(1, self._problem.classes))
        raw: NDArray[Any] = np.zeros(())
        done = 0
        for count in counts:
            end = self._rounds_after[count]
            while done < end:
                trees = min(step, end - done)
                raw = raw + self._predict(rows, done, trees, raw_score=True)
                done += trees
            yield self._link(raw)

    def predict(self, rows: NDArray[np.float64]) -> NDArray[Any]:
        return self._output(self._predict(rows, 0, -1))

    def _predict(self, rows: NDArray[np.float64], start: int, trees: int, **options: bool) -> NDArray[Any]:
        return np.asarray(
            self._booster.predict(
                rows, start_iteration=start, num_iteration=trees, num_threads=self._problem.threads, **options
            )
        )

    def _link(self, raw: NDArray[Any]) -> NDArray[Any]:
        match self._problem.task:
            case TaskType.REGRESSION:
                return raw
            case TaskType.BINARY:
                return self._output(1.0 / (1.0 + np.exp(-raw)))
            case TaskType.MULTICLASS:
                powers: NDArray[Any] = np.exp(raw - raw.max(axis=1, keepdims=True))
                return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def _output(self, prediction: NDArray[Any]) -> NDArray[Any]:
        if self._problem.task is TaskType.BINARY:
            return np.column_stack((1.0 - prediction, prediction))
        return prediction


ADAPTER: BoostingLibrary = _LightGBM()
