"""What the product is about: sweeps, trials, tasks and attempts, as frozen, validated records without I/O."""

from shared.domain.actor import Actor
from shared.domain.attempt import ErrorCause, TrialError, unit_id
from shared.domain.dataset import DatasetInfo
from shared.domain.record import Record, content_hash
from shared.domain.spec import DatasetRef, SweepSpec
from shared.domain.sweep import Sweep, SweepStatus, SweepSummary, label_of
from shared.domain.task import TASK_SCHEMA_VERSION, PlannedTrial, Task
from shared.domain.trial import FoldResult, MetricScore, RoundsCurve, Seconds, TrialOutcome, TrialState
from shared.domain.worker_process import ProcessState, WorkerProcess

__all__ = [
    "TASK_SCHEMA_VERSION",
    "Actor",
    "DatasetInfo",
    "DatasetRef",
    "ErrorCause",
    "FoldResult",
    "MetricScore",
    "PlannedTrial",
    "ProcessState",
    "Record",
    "RoundsCurve",
    "Seconds",
    "Sweep",
    "SweepSpec",
    "SweepStatus",
    "SweepSummary",
    "Task",
    "TrialError",
    "TrialOutcome",
    "TrialState",
    "WorkerProcess",
    "content_hash",
    "label_of",
    "unit_id",
]
