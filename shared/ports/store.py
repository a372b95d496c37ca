"""The store: what one database keeps for all."""

from __future__ import annotations

from typing import Protocol

from shared.ports.attempts import AttemptLog
from shared.ports.audit import AuditLog
from shared.ports.drafts import Drafts
from shared.ports.fleet import Fleet
from shared.ports.ledger import SweepLedger
from shared.ports.left_queues import LeftQueues
from shared.ports.results import TrialResults
from shared.ports.tables import Tables


class Store(SweepLedger, LeftQueues, TrialResults, AttemptLog, AuditLog, Fleet, Tables, Drafts, Protocol):
    """Ledger, left queues, results, attempts, audit, fleet, tables and drafts in one place.

    Writes survive the death of any process. Safe for use from several threads and processes, each process with an
    instance of its own.
    """

    def close(self) -> None:
        """Release connections."""
