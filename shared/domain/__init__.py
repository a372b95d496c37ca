"""What the product is about: sweeps, trials, tasks and attempts, as frozen, validated records without I/O."""

from shared.domain.actor import Action, Actor, Role
from shared.domain.attempt import (
    Attempt,
    AttemptCause,
    AttemptEnd,
    ErrorCause,
    TrialError,
    new_attempt_id,
    unit_id,
)
from shared.domain.audit import AuditEntry
from shared.domain.dataset import DatasetInfo, Reading, Source
from shared.domain.record import Record, content_hash
from shared.domain.spec import MOST_SPEC_BYTES, DatasetRef, SweepSpec
from shared.domain.sweep import Priority, QueuedSweep, Sweep, SweepStatus, SweepSummary, UnreadSweep, label_of
from shared.domain.task import TASK_SCHEMA_VERSION, PlannedTrial, Task, TaskAddress
from shared.domain.trial import FoldResult, MetricScore, RoundsCurve, Seconds, TrialOutcome, TrialState
from shared.domain.verdict import Account, Verdict, account_of, deciding, judge
from shared.domain.worker_process import ProcessState, WorkerProcess

__all__ = [
    "MOST_SPEC_BYTES",
    "TASK_SCHEMA_VERSION",
    "Account",
    "Action",
    "Actor",
    "Attempt",
    "AttemptCause",
    "AttemptEnd",
    "AuditEntry",
    "DatasetInfo",
    "DatasetRef",
    "ErrorCause",
    "FoldResult",
    "MetricScore",
    "PlannedTrial",
    "Priority",
    "ProcessState",
    "QueuedSweep",
    "Reading",
    "Record",
    "Role",
    "RoundsCurve",
    "Seconds",
    "Source",
    "Sweep",
    "SweepSpec",
    "SweepStatus",
    "SweepSummary",
    "Task",
    "TaskAddress",
    "TrialError",
    "TrialOutcome",
    "TrialState",
    "UnreadSweep",
    "Verdict",
    "WorkerProcess",
    "account_of",
    "content_hash",
    "deciding",
    "judge",
    "label_of",
    "new_attempt_id",
    "unit_id",
]
