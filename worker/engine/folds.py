"""A data set's folds, ready for one library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.catalog import TaskType
from shared.errors import BoostgridError, DatasetError
from worker.engine.binned_cache import BinnedCache
from worker.engine.libraries.base import Binned, BoostingLibrary, NativeParams, Problem
from worker.engine.memory import give_back
from worker.engine.splitting import k_fold, stratified_k_fold
from worker.protocol import EvaluationRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.datasets import Table

#: test rows of a table that takes more bytes are made anew for each task: kept for every fold they would double it
_SMALL_TABLE = 2**24


class UnreadableCopy(BoostgridError):
    """Raised when the worker's copy of the table cannot be read: that is no trial's failure."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The test rows of a fold."""

    #: in the library's form
    rows: Any
    y: NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Data:
    """A table in a library's form, without the table itself."""

    features: Any
    y: NDArray[Any]


class Folds:
    """The folds that a request asks for; what is costly to make comes from the cache."""

    def __init__(self, library: BoostingLibrary, request: EvaluationRequest, threads: int, cache: BinnedCache) -> None:
        self._library, self._request, self._cache = library, request, cache
        data_key = (request.library, request.dataset_hash, request.target, request.task, request.positive_class)
        self._key = (*data_key, request.folds, request.seed)
        self._data: _Data = cache.get((*data_key, "data"), self._read)
        #: the fold in which each row is held out
        self._fold_of: NDArray[np.intp] = cache.get((*self._key, "fold_of"), self._split)
        classes = 0 if request.task is TaskType.REGRESSION else 1 + int(self._data.y.max())
        self.problem = Problem(request.task, classes, threads)
        self._last: tuple[int, HeldOut] | None = None

    def held_out(self, fold: int) -> HeldOut:
        """Return the test rows of a fold."""
        if self._last is None or self._last[0] != fold:
            is_small = self._data.features.nbytes <= _SMALL_TABLE
            key = (*self._key, fold, "held out")
            self._last = (
                fold,
                self._cache.get(key, lambda: self._hold_out(fold)) if is_small else self._hold_out(fold)[0],
            )
        return self._last[1]

    def binned(self, fold: int, params: NativeParams) -> Binned:
        """Return the training rows of a fold, binned as ``params`` ask."""
        key = self._library.bin_key(params)
        if key is None:
            return self._bin(fold, params)

        def make() -> tuple[Binned, int]:
            binned = self._bin(fold, params)
            return binned, binned.size_bytes

        return self._cache.get((*self._key, fold, key), make)

    def _bin(self, fold: int, params: NativeParams) -> Binned:
        data, rows = self._data, np.flatnonzero(self._fold_of != fold)
        binned = self._library.bin(data.features, rows, data.y[rows], params, self.problem)
        give_back()
        return binned

    def _hold_out(self, fold: int) -> tuple[HeldOut, int]:
        data, rows = self._data, np.flatnonzero(self._fold_of == fold)
        y = data.y[rows]
        return HeldOut(self._library.test_rows(data.features, rows, y), y), data.features.nbytes // self._request.folds

    def _read(self) -> tuple[_Data, int]:
        table = self._table()
        features = self._library.features(table)
        return _Data(features, table.y), features.nbytes + table.y.nbytes

    def _table(self) -> Table:
        from shared.datasets import read_table

        request = self._request
        try:
            return read_table(request.dataset_path, request.target, request.task, request.positive_class)
        except (DatasetError, ImportError, MemoryError):  # the first is of a table that could be read
            raise
        except Exception as error:  # pyarrow raises anything where a file is not whole
            raise UnreadableCopy(f"{request.dataset_path} cannot be read ({type(error).__name__}: {error})") from error

    def _split(self) -> tuple[NDArray[np.intp], int]:
        request, y = self._request, self._data.y
        if request.task is TaskType.REGRESSION:
            fold_of = k_fold(len(y), request.folds, request.seed)
        else:
            fold_of = stratified_k_fold(y, request.folds, request.seed)
        return fold_of, fold_of.nbytes
