"""The ledger of sweeps: which there are, how they stand, what their trials add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.domain import QueuedSweep, Sweep, SweepSummary, UnreadSweep

#: the fields of a stored sweep that change
CHANGING = ("epoch", "published", "cancelled", "queued", "task_version")


class SweepLedger(Protocol):
    """Keeps sweeps and counts their outcomes. Every write is idempotent. Operations write, everybody reads."""

    def save_sweep(self, sweep: Sweep) -> None:
        """Insert the sweep. One of that id is replaced, whoever changed it meanwhile: change_sweep changes one."""

    def change_sweep(self, before: Sweep, after: Sweep) -> bool:
        """Put ``after`` in the place of ``before``; they differ in CHANGING only.

        False, and nothing is written, where the sweep no longer stands as ``before``: another change came first, or
        it was deleted.
        """

    def sweep(self, sweep_id: str) -> Sweep:
        """Return the sweep, or raise SweepNotFound."""

    def summaries(self, sweep_ids: Sequence[str] | None = None) -> list[SweepSummary]:
        """Return the sweeps, the newest first, with their counts.

        One that only a newer version can read is left out of all of them, and UnreadableRecord where it is asked for.
        """

    def unread_sweeps(self) -> list[UnreadSweep]:
        """Return the sweeps that this version cannot read, the newest first."""

    def queued_sweeps(self) -> list[QueuedSweep]:
        """Return the sweeps whose ``queued`` is set, the oldest first; cheap, however many others there are."""

    def delete_sweep(self, sweep_id: str) -> bool:
        """Delete the sweep, and the outcomes that belong to no other sweep; return whether there was any of it.

        Unknown ids are no error. Of a deletion that was cut short the rest goes.
        """
