"""Attempts that ended without a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.domain import TrialError

#: of attempts at a trial that never got an outcome
ATTEMPTS_KEPT_DAYS = 7


class AttemptLog(Protocol):
    """Notes attempts until their trial has an outcome. Workers write. Noting one twice counts it twice."""

    def count_attempt(self, unit_ids: Sequence[str], cause: TrialError) -> int:
        """Note that an attempt ended without a result; return the largest count among these units.

        A unit is a trial or a fold of it, as ``shared.domain.unit_id`` names it.
        """

    def attempts(self, unit_ids: Sequence[str]) -> dict[str, list[TrialError]]:
        """Return the ended attempts at each unit that has any, the oldest first."""
