"""How much work something is, counted: a clock tells more of the machine than of the program."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from typing import TypeVar

import pytest

E = TypeVar("E", bound=Exception)


def calls_of(action: Callable[[], object]) -> int:
    """Return how many functions are called on this thread while ``action`` runs."""
    profile = cProfile.Profile()
    profile.runcall(action)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def calls_until_refused(action: Callable[[], object], refusal: type[E]) -> tuple[int, E]:
    """Return how many functions are called until ``action`` raises a ``refusal``, and what it raised."""
    told: list[E] = []

    def attempt() -> None:
        with pytest.raises(refusal) as caught:
            action()
        told.append(caught.value)

    return calls_of(attempt), told[0]
