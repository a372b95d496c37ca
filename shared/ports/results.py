"""What became of trials: outcomes, and the folds on the way to one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from shared.domain import FoldResult, Record, TrialOutcome, TrialState


class OutcomePage(Record):
    """Outcomes that were recorded or changed since a cursor."""

    outcomes: tuple[TrialOutcome, ...]
    #: pass it to the next call; opaque
    cursor: str


#: long enough for a sweep that is resumed after months
FOLDS_KEPT_DAYS = 90


class TrialResults(Protocol):
    """Keeps outcomes and fold results. Every write is idempotent. Workers write; operations forget failures."""

    def adopt(self, sweep_id: str, trial_ids: Collection[str]) -> set[str]:
        """Let the sweep own the outcomes that exist and are settled for it, and return the ids of those.

        Settled: the outcome already belongs to the sweep, or is final everywhere. A drop is settled only for a sweep
        that races itself: one that does not may own a drop that came in the place of its failure.
        """

    def record(self, sweep_id: str, outcomes: Sequence[TrialOutcome]) -> None:
        """Write the outcomes of one task in one go and let the sweep own them.

        A success is never replaced by a failure or a drop; otherwise the last one stands. Other owners keep the
        outcome. An outcome of an attempt that was given up meanwhile (``Attempt.is_fenced``) is late and left out.
        Where the sweep was deleted meanwhile nothing is written.
        """

    def outcomes(self, sweep_id: str, after: str | None = None, limit: int = 10_000) -> OutcomePage:
        """Return up to ``limit`` outcomes of the sweep recorded after the cursor, in the order of recording.

        Without a cursor: from the first. An outcome that was replaced comes again. An outcome recorded before a page
        was read is never missed by the pages after it. A page that is not full is the last for now.
        """

    def ranked(self, sweep_id: str, state: TrialState, limit: int) -> list[TrialOutcome]:
        """Return outcomes in that state: successes by the ranking metric, best first; others by time, earliest first.

        Equals come by trial id; which of the best is the winner is for operations.winner to say. A success that another
        sweep evaluated, and whose folds do not define this one's ranking metric, has no rank and is left out.
        """

    def forget_failures(self, sweep_id: str) -> int:
        """Delete the sweep's failed outcomes, so that they can be tried again, and return how many there were.

        Other sweeps that own one lose it too, and own what comes in its place. Drops stay: they are no failures.
        """

    def record_folds(self, results: Sequence[FoldResult]) -> None:
        """Keep what single folds gave, for FOLDS_KEPT_DAYS; of one fold the last result stands, a late one is left out.

        Outcomes do not end that: the failure of one sweep must not take the folds that another waits with.
        """

    def fold_results(self, trial_ids: Collection[str]) -> dict[str, list[FoldResult]]:
        """Return what is kept of each trial that has any, by fold."""
