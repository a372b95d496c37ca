"""Attempts that ended without a result."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from shared.domain import Attempt, AttemptEnd

#: after an attempt's end; its sweep's deletion ends it sooner
ATTEMPTS_KEPT_DAYS = 90


class AttemptLog(Protocol):
    """Keeps attempts until their sweep is deleted, for ATTEMPTS_KEPT_DAYS at most. Every write is idempotent.

    Append-only: workers append; what runs the workers completes the cause of one that was lost, once.
    """

    def append_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Keep the attempts; of one id the first stands. Those of a sweep that was deleted are not written.

        One that another worker wrote down (``Attempt.is_fenced``) is late from then on: ``record`` and
        ``record_folds`` leave out what still comes of it.
        """

    def attempts(self, trial_ids: Collection[str]) -> dict[str, list[Attempt]]:
        """Return the attempts at each trial, and at its folds, that has any: of every sweep, the first ended first."""

    def lost_attempts(self, limit: int = 1_000, *, in_pods: bool | None = None) -> list[Attempt]:
        """Return those of cause LOST whose worker is known and after whom nobody has looked, the first ended first.

        ``in_pods`` asks for those of workers in pods only, or of all others.
        """

    def complete_attempt(self, attempt_id: str, end: AttemptEnd) -> bool:
        """Enter what was learned of a lost attempt. False, and nothing is written, where somebody did before."""
