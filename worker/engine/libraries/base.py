"""What cross-validation asks of a library."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shared.catalog import ParamValue, TaskType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from shared.datasets import Table
    from worker.engine.early_stopping import StoppingPoint, Watch

#: what a trial sets, under the names of the library's native API, the seed among them and the rounds not
NativeParams = Mapping[str, ParamValue]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is trained for, and with how much."""

    task: TaskType
    #: number of classes; 0 for regression
    classes: int
    threads: int


@dataclass(frozen=True, slots=True)
class Binned:
    """One fold's training rows in the form that the library trains on; never changed by a fit."""

    data: Any
    #: an estimate of the memory that it holds
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Predictions:
    """What the library's scikit-learn estimator predicts, in its type and to the bit."""

    #: (rows,) values for regression, else (rows, classes) probabilities
    values: NDArray[Any]
    #: (rows,) what ranks rows by how likely they are of the second of two classes: margins where the estimator has a
    #: ``decision_function``, whose ties are fewer than those of probabilities; else None
    margins: NDArray[Any] | None = None
    #: (rows,) the classes, where the estimator does not take the first of the largest probabilities; else None
    classes: NDArray[np.int64] | None = None


class Model(Protocol):
    """What has been boosted so far."""

    def predict_prefixes(self, rows: Any, counts: Sequence[int]) -> Iterator[Predictions]:
        """Yield the predictions after each of the ascending counts of rounds, where prefixes are models."""

    def predict(self, rows: Any) -> Predictions:
        """Return the predictions of all rounds so far; also during training."""

    def rounds_after(self, count: int) -> int:
        """Return how many rounds the model has when ``count`` are asked for; fewer where some added nothing."""

    def count_after(self, stop: StoppingPoint) -> int:
        """Return the count whose prefix predicts as the library's estimator does that stopped there."""


#: called after each round with its number, from 1, and the model; what it raises ends the training and reaches
#: the caller of ``fit`` as it is
AfterRound = Callable[[int, Model], None]


class BoostingLibrary(Protocol):
    """A library: stateless, so what a fit returns depends on its arguments alone.

    It raises MemoryError where memory ran out, and else whatever is wrong with the trial.
    """

    def features(self, table: Table) -> Any:
        """Return the table's features in the form, with the precision, that the library reads; has ``nbytes``."""

    def test_rows(self, features: Any, rows: NDArray[np.intp], y: NDArray[Any]) -> Any:
        """Return those rows, whose targets are ``y``, in the form that Model predicts from."""

    def bin_key(self, params: NativeParams) -> Hashable | None:
        """Return what binned rows depend on besides the rows, or None where no other fit may use them."""

    def bin(
        self, features: Any, rows: NDArray[np.intp], y: NDArray[Any], params: NativeParams, problem: Problem
    ) -> Binned:
        """Return those rows, with their targets, ready for ``fit``."""

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
        """Return the model after that many rounds; ``checkpoints`` are the counts that will be asked of it.

        With ``watch`` the library's default metric of its rows is observed after each round, and training ends as
        soon as it may; the counts at which it stops may then be asked of the model too.
        """
