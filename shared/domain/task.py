"""A task: one message, the trials that one worker evaluates together."""

from __future__ import annotations

import json

from pydantic import Field

from shared.catalog.model import ParamValue
from shared.domain.record import Record
from shared.errors import UndecodableTask, UnknownTaskVersion

#: the version of the task message and of the sweep that it belongs to, raised with every change of either: a worker
#: looks at it before it reads the sweep, and leaves others to workers that know them: a rollout never misreads one
TASK_SCHEMA_VERSION = 3

#: no sweep's id is longer: no store has to look up more
_LONGEST_SWEEP_ID = 200


class TaskAddress(Record):
    """Where the tasks of one publication of a sweep wait: a queue of their own."""

    sweep_id: str = Field(max_length=_LONGEST_SWEEP_ID)
    epoch: int


class PlannedTrial(Record):
    """One distinct point of a sweep: what a task carries."""

    trial_id: str
    #: canonical names and values of what the grid sets; what it leaves out has the catalog's default
    params: dict[str, ParamValue]


class Task(Record):
    """One message: trials that one worker evaluates together, often because they share a fit a fold."""

    schema_version: int = TASK_SCHEMA_VERSION
    sweep_id: str = Field(max_length=_LONGEST_SWEEP_ID)
    epoch: int
    spec_hash: str
    #: the one fold that it is about, from 0; None for all of them
    fold: int | None = Field(default=None, ge=0)
    trials: tuple[PlannedTrial, ...] = Field(min_length=1)
    #: what planning expects it to take one engine, in seconds: a rough estimate, for being fair between sweeps
    cost: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    @property
    def address(self) -> TaskAddress:
        """The queue that it belongs in."""
        return TaskAddress(sweep_id=self.sweep_id, epoch=self.epoch)

    def encode(self) -> bytes:
        """Return the message body."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, body: bytes) -> Task:
        """Return the task in ``body``.

        Raises UnknownTaskVersion where it is a message of another version, else UndecodableTask with the reason.
        """
        try:
            task = cls.model_validate_json(body)
        except ValueError as error:
            found = _schema_version(body)
            if found in (None, TASK_SCHEMA_VERSION):
                raise UndecodableTask(str(error)) from error
            raise _another_version(found) from error  # which may well have other fields
        if task.schema_version != TASK_SCHEMA_VERSION:
            raise _another_version(task.schema_version)
        return task

    def only(self, trial_ids: set[str]) -> Task | None:
        """Return the task with just those trials, or None if none is left."""
        kept = tuple(trial for trial in self.trials if trial.trial_id in trial_ids)
        return self.model_copy(update={"trials": kept}) if kept else None


def _schema_version(body: bytes) -> int | None:
    """Return the version that the message names, if it is JSON and names one."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):  # nested a thousand times
        return None
    version = fields.get("schema_version") if isinstance(fields, dict) else None
    return version if type(version) is int and version > 0 else None


def _another_version(version: int) -> UndecodableTask:
    if version < 1:
        return UndecodableTask(f"schema_version {version} is none")
    return UnknownTaskVersion(f"schema_version {version} is not {TASK_SCHEMA_VERSION}: it waits for matching workers")
