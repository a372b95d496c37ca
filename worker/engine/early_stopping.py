"""Early stopping of several trials at once: when each would have stopped, read off one curve."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """At most that many rounds; fewer once ``patience`` rounds in a row are no better than the best before them."""

    rounds: int
    #: None trains every round and keeps them all
    patience: int | None = None


@dataclass(frozen=True, slots=True)
class StoppingPoint:
    """Where the training of a trial ends."""

    #: the first round with the least metric, at which the trial is scored
    best: int
    #: the last round that was trained
    trained: int


class Watch:
    """The fold's test rows and what the library's own default metric says of them after each round.

    The three libraries agree: less is better for every default metric, only what is strictly less is an improvement,
    and what is not a number never is.
    """

    def __init__(self, rows: Any, y: NDArray[Any], wanted: Iterable[Wanted], has_prefixes: bool) -> None:
        #: in the library's form
        self.rows = rows
        self.y = y
        #: whether prefixes of the model are what each of the trials would have been
        self.has_prefixes = has_prefixes
        self.stops: dict[Wanted, StoppingPoint] = {}
        self._open = set(wanted)
        self._best, self._best_score = 0, float("nan")

    def observe(self, rounds: int, score: float) -> bool:
        """Take the metric after that many rounds, from 1 on; return whether no trial needs another round."""
        if self._best == 0 or score < self._best_score:
            self._best, self._best_score = rounds, score
        for wanted in tuple(self._open):
            is_exhausted = wanted.patience is not None and rounds - self._best >= wanted.patience
            if is_exhausted or rounds >= wanted.rounds:
                self._open.remove(wanted)
                self.stops[wanted] = StoppingPoint(rounds if wanted.patience is None else self._best, rounds)
        return not self._open
