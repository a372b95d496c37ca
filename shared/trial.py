"""A trial: one parameter combination, cross-validated."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from pydantic import Field, FiniteFloat

from shared.catalog import Metric
from shared.catalog.model import ParamValue
from shared.errors import UndecodableTask
from shared.sweep import Record

#: the version of the task message and of the sweep that it belongs to, raised with every change of either: a worker
#: looks at it before it reads the sweep, and refuses others, so that a rollout never misreads one
TASK_SCHEMA_VERSION = 2


class TrialState(StrEnum):
    """Where a trial stands. Only succeeded, failed and dropped are stored; the others are derived."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    #: racing ended it after some folds, since it was clearly worse than the tenth best; it has no mean
    DROPPED = "dropped"
    CANCELLED = "cancelled"


class PlannedTrial(Record):
    """One distinct point of a sweep: what a task carries."""

    trial_id: str
    #: canonical names and values of what the grid sets; what it leaves out has the catalog's default
    params: dict[str, ParamValue]


class Task(Record):
    """One message: trials that one worker evaluates together, often because they share a fit a fold."""

    schema_version: int = TASK_SCHEMA_VERSION
    sweep_id: str
    epoch: int
    spec_hash: str
    #: the one fold that it is about, from 0; None for all of them
    fold: int | None = Field(default=None, ge=0)
    trials: tuple[PlannedTrial, ...] = Field(min_length=1)

    def encode(self) -> bytes:
        """Return the message body."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, body: bytes) -> Task:
        """Return the task in ``body``, or raise UndecodableTask with the reason."""
        try:
            task = cls.model_validate_json(body)
        except ValueError as error:
            found = _schema_version(body)
            other = found not in (None, TASK_SCHEMA_VERSION)  # which may well have other fields
            raise UndecodableTask(_another_version(found) if other else str(error)) from error
        if task.schema_version != TASK_SCHEMA_VERSION:
            raise UndecodableTask(_another_version(task.schema_version))
        return task

    def only(self, trial_ids: set[str]) -> Task | None:
        """Return the task with just those trials, or None if none is left."""
        kept = tuple(trial for trial in self.trials if trial.trial_id in trial_ids)
        return self.model_copy(update={"trials": kept}) if kept else None


def _schema_version(body: bytes) -> object:
    """Return the version that the message names, if it is JSON and names one."""
    try:
        fields = json.loads(body)
    except ValueError:
        return None
    return fields.get("schema_version") if isinstance(fields, dict) else None


def _another_version(version: object) -> str:
    return f"schema_version {version} is not {TASK_SCHEMA_VERSION}: roll out matching workers"


class Seconds(Record):
    """A duration, in seconds, summed over the folds."""

    wall: float = Field(ge=0)
    cpu: float = Field(ge=0)


class MetricScore(Record):
    """One metric of one trial over its folds."""

    fold_scores: tuple[FiniteFloat, ...]
    mean_score: FiniteFloat
    #: population standard deviation, as GridSearchCV's std_test_score
    std_score: FiniteFloat


class RoundsCurve(Record):
    """The ranking metric over boosting rounds, on the held-out folds."""

    #: ascending counts of rounds at which it was scored
    rounds: tuple[int, ...]
    #: over the folds, at each count
    mean_scores: tuple[FiniteFloat, ...]
    std_scores: tuple[FiniteFloat, ...]
    #: the count with the best mean; the smallest of equals
    best_rounds: int

    @property
    def best_mean_score(self) -> float:
        """The mean over the folds at ``best_rounds``."""
        return self.mean_scores[self.rounds.index(self.best_rounds)]

    @property
    def best_std_score(self) -> float:
        """The population standard deviation over the folds at ``best_rounds``."""
        return self.std_scores[self.rounds.index(self.best_rounds)]


class ErrorCause(StrEnum):
    """Why a trial failed; decides whether another sweep may try it again."""

    #: the library or a metric raised, or a score was not finite: the same anywhere
    EVALUATION = "evaluation"
    #: the engine died (out of memory, native crash) as often as is allowed
    ENGINE_DIED = "engine_died"
    #: the spec's time limit passed
    TIMEOUT = "timeout"
    #: the worker cannot do it: another library version, data that cannot be fetched
    WORKER = "worker"


class TrialError(Record):
    """What stopped a trial."""

    cause: ErrorCause
    type: str
    message: str
    traceback: str = ""


class FoldResult(Record):
    """What one fold of a trial gave. A success is made of those of all its folds."""

    trial_id: str
    #: from 0
    fold: int = Field(ge=0)
    scores: dict[Metric, FiniteFloat]
    #: count of rounds -> the ranking metric there, where the spec asks for the curve
    curve: dict[int, FiniteFloat] = Field(default_factory=dict)
    #: boosting rounds of the model
    rounds: int
    #: this trial's share of the fit and of its scoring
    fit_seconds: Seconds
    score_seconds: Seconds
    fit_shared_by: int = Field(default=1, ge=1)
    threads: int
    versions: dict[str, str] = Field(default_factory=dict)
    worker: str = ""
    pod: str | None = None
    attempts: int = Field(default=1, ge=1)
    started_at: datetime
    finished_at: datetime


def unit_id(trial_id: str, fold: int | None) -> str:
    """Return the id of what is attempted at once: a trial, or one fold of it."""
    return trial_id if fold is None else f"{trial_id}/{fold}"


class TrialOutcome(Record):
    """What is known of an evaluated trial: succeeded with scores, failed with an error, or dropped by racing."""

    trial_id: str
    state: TrialState
    #: every parameter of the catalog, defaults filled in
    params: dict[str, ParamValue]
    scores: dict[Metric, MetricScore] = Field(default_factory=dict)
    #: of a dropped trial: the scores of the folds that it had, for each metric
    partial_scores: dict[Metric, tuple[FiniteFloat, ...]] = Field(default_factory=dict)
    #: where the spec asks for it
    rounds_curve: RoundsCurve | None = None
    #: this trial's share of its task's training and scoring
    fit_seconds: Seconds | None = None
    score_seconds: Seconds | None = None
    #: trials that were answered by the same fits, this one included; their seconds are equal shares
    fit_shared_by: int = Field(default=1, ge=1)
    #: boosting rounds of each fold's model
    rounds: tuple[int, ...] = ()
    threads: int | None = None
    #: of the library, Python and numpy
    versions: dict[str, str] = Field(default_factory=dict)
    worker: str = ""
    pod: str | None = None
    attempts: int = Field(default=1, ge=1)
    started_at: datetime | None = None
    finished_at: datetime
    error: TrialError | None = None

    @property
    def is_final_everywhere(self) -> bool:
        """Whether any sweep may take this outcome over; a failure of circumstance is final only where it happened."""
        return self.state is TrialState.SUCCEEDED or (
            self.error is not None and self.error.cause is ErrorCause.EVALUATION
        )
