"""What the worker's parent and its engines say to each other: JSON over a pipe, never pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.catalog import Library, Metric, TaskType
from shared.domain import FoldResult, PlannedTrial, Record, TrialOutcome
from worker.racing import Rival

#: an engine that could not get memory ends with this code, as it cannot go on
OUT_OF_MEMORY_EXIT_CODE = 71
#: what an engine says of one trial
Answer = TrialOutcome | FoldResult


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
    #: of two classes the one that is 1; None: the one that sorts second
    positive_class: str | None = None
    folds: int
    #: the one to evaluate, from 0; None for all of them
    fold: int | None = None
    seed: int
    metrics: tuple[Metric, ...]
    #: whether outcomes carry the ranking metric over the rounds
    rounds_curve: bool = False
    #: whom the trials race against, where they do: those that are clearly worse are dropped
    rival: Rival | None = None
    trials: tuple[PlannedTrial, ...]


class Stop(Record):
    """Parent to engine: give up what is running. An idle engine takes no notice."""

    kind: Literal["stop"] = "stop"


class Ready(Record):
    """Engine to parent: its imports are done; sent once. An engine that dies before could not even start."""

    kind: Literal["ready"] = "ready"


class Progress(Record):
    """Engine to parent: where it is; sent a few times a second at most. Counts from 1."""

    kind: Literal["progress"] = "progress"
    fold: int
    folds: int
    round: int
    rounds: int


class Loading(Record):
    """Engine to parent: it imports a library that it has not used yet, or has done so.

    An engine that dies in between tells of its worker, not of a trial.
    """

    kind: Literal["loading"] = "loading"
    library: Library
    done: bool = False


class Evaluated(Record):
    """Engine to parent: one answer a requested trial; worker, pod and attempts are the parent's to fill in."""

    kind: Literal["evaluated"] = "evaluated"
    answers: tuple[Annotated[Answer, Field(union_mode="left_to_right")], ...]
    #: the engine's resident memory, in MB
    memory_mb: float


class Stopped(Record):
    """Engine to parent: it gave up as told; there are no outcomes."""

    kind: Literal["stopped"] = "stopped"


ParentMessage = Annotated[EvaluationRequest | Stop, Field(discriminator="kind")]
PARENT_MESSAGE: TypeAdapter[ParentMessage] = TypeAdapter(ParentMessage)
EngineMessage = Annotated[Ready | Loading | Progress | Evaluated | Stopped, Field(discriminator="kind")]
ENGINE_MESSAGE: TypeAdapter[EngineMessage] = TypeAdapter(EngineMessage)
