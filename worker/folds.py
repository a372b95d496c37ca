"""A data set's folds, ready for one library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.catalog import TaskType
from worker.binned_cache import BinnedCache
from worker.libraries.base import Binned, BoostingLibrary, NativeParams, Problem
from worker.protocol import EvaluationRequest
from worker.splitting import k_fold, stratified_k_fold

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class _Split:
    train: NDArray[np.intp]
    y_train: NDArray[Any]
    y_test: NDArray[Any]
    #: the library's form of the fold's test rows
    test_rows: Any


@dataclass(frozen=True, slots=True)
class _Data:
    """A table in a library's form, without the table itself."""

    features: Any
    y: NDArray[Any]


class Folds:
    """The folds that a request asks for; what is costly to make comes from the cache."""

    def __init__(self, library: BoostingLibrary, request: EvaluationRequest, threads: int, cache: BinnedCache) -> None:
        self._library, self._request, self._cache = library, request, cache
        self._data_key = (request.library, request.dataset_hash, request.target, request.task)
        self._folds_key = (*self._data_key, request.folds, request.seed)
        self._splits: Sequence[_Split] = cache.get((*self._folds_key, "splits"), self._split)
        is_regression, first = request.task is TaskType.REGRESSION, self._splits[0]
        classes = 0 if is_regression else 1 + int(max(first.y_train.max(), first.y_test.max()))
        self.problem = Problem(request.task, classes, threads)

    def test_rows(self, fold: int) -> Any:
        """Return the test rows of a fold, in the library's form."""
        return self._splits[fold].test_rows

    def y_test(self, fold: int) -> NDArray[Any]:
        """Return the targets of a fold's test rows."""
        return self._splits[fold].y_test

    def binned(self, fold: int, params: NativeParams) -> Binned:
        """Return the training rows of a fold, binned as ``params`` ask."""
        key = self._library.bin_key(params)
        if key is None:
            return self._bin(fold, params)

        def make() -> tuple[Binned, int]:
            binned = self._bin(fold, params)
            return binned, binned.size_bytes

        return self._cache.get((*self._folds_key, fold, key), make)

    def _bin(self, fold: int, params: NativeParams) -> Binned:
        split = self._splits[fold]
        return self._library.bin(self._data().features, split.train, split.y_train, params, self.problem)

    def _data(self) -> _Data:
        return self._cache.get((*self._data_key, "data"), self._read)

    def _read(self) -> tuple[_Data, int]:
        from shared.datasets import read_table

        table = read_table(self._request.dataset_path, self._request.target, self._request.task)
        features = self._library.features(table)
        return _Data(features, table.y), features.nbytes + table.y.nbytes

    def _split(self) -> tuple[tuple[_Split, ...], int]:
        request, data = self._request, self._data()
        if request.task is TaskType.REGRESSION:
            fold_of = k_fold(len(data.y), request.folds, request.seed)
        else:
            fold_of = stratified_k_fold(data.y, request.folds, request.seed)
        pairs = ((np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(request.folds))
        splits = tuple(
            _Split(train, data.y[train], data.y[test], self._library.test_rows(data.features, test, data.y[test]))
            for train, test in pairs
        )
        rows = sum(split.train.nbytes + split.y_train.nbytes for split in splits)
        return splits, rows + data.y.nbytes + data.features.nbytes
