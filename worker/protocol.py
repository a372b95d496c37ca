"""What the worker's parent and its engines say to each other: JSON over a pipe, never pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.catalog import Library, Metric, TaskType
from shared.sweep import Record
from shared.trial import PlannedTrial, TrialOutcome


class EvaluationRequest(Record):
    """Parent to engine: cross-validate these trials."""

    kind: Literal["evaluate"] = "evaluate"
    library: Library
    #: what the sweep was planned for; another installed version fails the trials
    library_version: str
    #: the table as Parquet on the local disk
    dataset_path: Path
    dataset_hash: str
    target: str
    task: TaskType
    folds: int
    seed: int
    metrics: tuple[Metric, ...]
    trials: tuple[PlannedTrial, ...]


class Progress(Record):
    """Engine to parent: where it is; sent a few times a second at most. Counts from 1."""

    kind: Literal["progress"] = "progress"
    fold: int
    folds: int
    round: int
    rounds: int


class Evaluated(Record):
    """Engine to parent: one outcome a requested trial; worker, pod and attempts are the parent's to fill in."""

    kind: Literal["evaluated"] = "evaluated"
    outcomes: tuple[TrialOutcome, ...]
    #: the engine's resident memory, in MB
    memory_mb: float


EngineMessage = Annotated[Progress | Evaluated, Field(discriminator="kind")]
ENGINE_MESSAGE: TypeAdapter[EngineMessage] = TypeAdapter(EngineMessage)
