"""A trial: one parameter combination, cross-validated."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, FiniteFloat

from shared.catalog import Metric
from shared.catalog.model import ParamValue
from shared.domain.attempt import ErrorCause, TrialError
from shared.domain.record import Record, known_keys

#: the type of the error of a trial whose ranking metric is not defined
UNDEFINED_SCORE = "UndefinedScore"


class TrialState(StrEnum):
    """Where a trial stands. Only succeeded, failed and dropped are stored; the others are derived."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    #: racing ended it after some folds, since it was clearly worse than the tenth best; it has no mean
    DROPPED = "dropped"
    CANCELLED = "cancelled"
    #: one that only a newer version knows, which stored it: neither good nor bad, and not to be evaluated again
    UNKNOWN = "unknown to this version"

    @classmethod
    def _missing_(cls, value: object) -> TrialState:
        return cls.UNKNOWN


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


class FoldResult(Record):
    """What one fold of a trial gave. A success is made of those of all its folds."""

    trial_id: str
    #: from 0
    fold: int = Field(ge=0)
    #: without the metrics that its rows do not define, such as R² of one row; the ranking one is always there
    scores: Annotated[dict[Metric, FiniteFloat], known_keys(Metric)]
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
    #: the one that gave it
    attempt_id: str = ""
    started_at: datetime
    finished_at: datetime


class TrialOutcome(Record):
    """What is known of an evaluated trial: succeeded with scores, failed with an error, or dropped by racing."""

    trial_id: str
    state: TrialState
    #: every parameter of the catalog, defaults filled in
    params: dict[str, ParamValue]
    scores: Annotated[dict[Metric, MetricScore], known_keys(Metric)] = Field(default_factory=dict)
    #: of a dropped trial: the scores of the folds that it had, for each metric
    partial_scores: Annotated[dict[Metric, tuple[FiniteFloat, ...]], known_keys(Metric)] = Field(default_factory=dict)
    #: of the metrics that some fold does not define: the scores of each fold, None there; they have no mean
    incomplete_scores: Annotated[dict[Metric, tuple[FiniteFloat | None, ...]], known_keys(Metric)] = Field(
        default_factory=dict
    )
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
    #: the one that gave it; empty where it is made of folds
    attempt_id: str = ""
    started_at: datetime | None = None
    finished_at: datetime
    error: TrialError | None = None

    @property
    def is_final_everywhere(self) -> bool:
        """Whether any sweep may take this outcome over; a failure of circumstance is final only where it happened.

        So is a score that is not defined: another sweep, that ranks by another metric, may do without.
        """
        return self.state is TrialState.SUCCEEDED or (
            self.error is not None and self.error.cause is ErrorCause.EVALUATION and self.error.type != UNDEFINED_SCORE
        )
