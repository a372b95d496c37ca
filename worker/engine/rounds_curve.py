"""At which counts of rounds a trial's curve is scored."""

from __future__ import annotations

#: counts of rounds at which one trial's curve is scored, at most
_MOST_COUNTS = 100


def curve_counts(rounds: int) -> tuple[int, ...]:
    """Return the ascending counts for a trial of so many rounds: evenly spread, and its own at the end.

    They depend on nothing else, since a trial has one outcome whatever shares its fit. The steps are powers of two,
    so that most counts of one trial are counts of the others too and are scored once; and so that the folds of one
    that stops early have most counts in common.
    """
    step = 1
    while rounds > _MOST_COUNTS * step:
        step *= 2
    return (*range(step, rounds, step), rounds)
