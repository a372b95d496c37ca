"""The ports, and what every adapter behind them guarantees.

An adapter is opened by the composition root of an entry point, never at import. Its methods raise
ServiceUnavailable when the service does not answer, after the retries that the adapter makes by itself, and
RecordRefused where a store cannot keep a record whatever is tried, as it is too large: then nothing of it is written.
"""

from shared.ports.attempts import ATTEMPTS_KEPT_DAYS, AttemptLog
from shared.ports.audit import AUDIT_KEPT_DAYS, AuditLog
from shared.ports.drafts import DRAFTS_KEPT_DAYS, LARGEST_DRAFT_BYTES, Drafts
from shared.ports.fleet import LAST_REPORTS_KEPT_SECONDS, WORKER_TTL_SECONDS, Fleet, RunningTask, Sickness, WorkerReport
from shared.ports.ledger import CHANGING, SweepLedger
from shared.ports.left_queues import LeftQueues
from shared.ports.measures import Durations, Measure, MeasureKind
from shared.ports.queue import (
    DELIVERY_LIMIT,
    LEASE_RENEWAL_SECONDS,
    LONGEST_TASK_SECONDS,
    DeadLetter,
    Delivery,
    Interruption,
    QueueStatus,
    TaskConsumer,
    TaskQueue,
)
from shared.ports.results import FOLDS_KEPT_DAYS, OutcomePage, TrialResults
from shared.ports.store import Store
from shared.ports.tables import Tables

__all__ = [
    "ATTEMPTS_KEPT_DAYS",
    "AUDIT_KEPT_DAYS",
    "CHANGING",
    "DELIVERY_LIMIT",
    "DRAFTS_KEPT_DAYS",
    "FOLDS_KEPT_DAYS",
    "LARGEST_DRAFT_BYTES",
    "LAST_REPORTS_KEPT_SECONDS",
    "LEASE_RENEWAL_SECONDS",
    "LONGEST_TASK_SECONDS",
    "WORKER_TTL_SECONDS",
    "AttemptLog",
    "AuditLog",
    "DeadLetter",
    "Delivery",
    "Drafts",
    "Durations",
    "Fleet",
    "Interruption",
    "LeftQueues",
    "Measure",
    "MeasureKind",
    "OutcomePage",
    "QueueStatus",
    "RunningTask",
    "Sickness",
    "Store",
    "SweepLedger",
    "Tables",
    "TaskConsumer",
    "TaskQueue",
    "TrialResults",
    "WorkerReport",
]
