"""A task: one message, the trials that one worker evaluates together."""

from __future__ import annotations

import json

from pydantic import Field

from shared.catalog.model import ParamValue
from shared.domain.record import Record
from shared.errors import UndecodableTask

#: the version of the task message and of the sweep that it belongs to, raised with every change of either: a worker
#: looks at it before it reads the sweep, and refuses others, so that a rollout never misreads one
TASK_SCHEMA_VERSION = 2


class PlannedTrial(Record):
    """One distinct point of a sweep: what a task carries."""

    trial_id: str
    #: canonical names and values of what the grid sets; what it leaves out has the catalog's default
    params: dict[str, ParamValue]


class Task(Record):
    """One message: trials that one worker evaluates together, often because they share a fit a fold."""

    schema_version: int = TASK_SCHEMA_VERSION
    #: as long as no sweep's is: no store has to look up more
    sweep_id: str = Field(max_length=200)
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
    except (ValueError, RecursionError):  # nested a thousand times
        return None
    return fields.get("schema_version") if isinstance(fields, dict) else None


def _another_version(version: object) -> str:
    return f"schema_version {version} is not {TASK_SCHEMA_VERSION}: roll out matching workers"
