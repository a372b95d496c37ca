"""An attempt: one try at a trial, or at a fold of it, by one worker, and how it ended."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from shared.domain.record import Record


class ErrorCause(StrEnum):
    """Why a trial failed; decides whether another sweep may try it again."""

    #: the library or a metric raised, or a score was not finite: the same anywhere
    EVALUATION = "evaluation"
    #: the engine died (out of memory, native crash), or its whole worker, as often as is allowed
    ENGINE_DIED = "engine_died"
    #: the spec's time limit passed
    TIMEOUT = "timeout"
    #: the worker cannot do it: another library version, data that cannot be fetched
    WORKER = "worker"
    #: one that only a newer version knows, which wrote it
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> ErrorCause:
        return cls.UNKNOWN


class TrialError(Record):
    """What stopped a trial."""

    cause: ErrorCause
    type: str
    #: what was wrong, without what differs from one time to the next: equal failures have equal messages
    message: str
    #: on its way from engine to parent; what is stored has it in the attempt's log
    traceback: str = ""


class AttemptCause(StrEnum):
    """How an attempt ended without a result; ``shared.domain.verdict`` says what each counts towards."""

    #: the library does not take these parameters
    BAD_PARAMETERS = "bad_parameters"
    #: the library or a metric raised, or a score was not finite
    EVALUATION = "evaluation"
    #: the engine ended by a signal, or by itself
    CRASHED = "crashed"
    #: the engine ran out of memory, or was ended before it took its container along
    OUT_OF_MEMORY = "out_of_memory"
    #: the kernel ended the worker's whole container for want of memory
    POD_OUT_OF_MEMORY = "pod_out_of_memory"
    #: the spec's time limit passed
    TIMEOUT = "timeout"
    #: the worker is gone and nobody knows why (yet)
    LOST = "lost"
    #: the node was short of something, or an operator asked for the pod to go
    EVICTED = "evicted"
    #: a pod of a higher priority took the place
    PREEMPTED = "preempted"
    #: the node went away
    NODE_GONE = "node_gone"
    #: the pod was deleted: scaled down, rolled out, drained
    DRAINED = "drained"
    #: the worker left in order and gave the task back
    HANDED_BACK = "handed_back"
    #: the worker could reach the database or the broker no longer
    SERVICE_LOST = "service_lost"
    #: the worker's disk, imports or data failed
    WORKER_SICK = "worker_sick"
    #: the worker has another version of the library, or none
    WORKER_UNSUITED = "worker_unsuited"
    #: one that only a newer version knows, which wrote it
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> AttemptCause:
        return cls.UNKNOWN


class Attempt(Record):
    """One try that ended without a result; never changed but for a cause that was not known.

    A try that gave a result is told by its outcome, which has the same ``attempt_id``.
    """

    attempt_id: str
    sweep_id: str
    #: of the sweep: a retry begins a new count
    epoch: int
    #: what was tried, together where several share a fit
    trial_ids: tuple[str, ...] = Field(min_length=1)
    #: the one fold that it was about, from 0; None for all of them
    fold: int | None = None
    #: empty where the worker was lost before it said what it was at
    worker: str = ""
    pod: str | None = None
    started_at: datetime | None = None
    ended_at: datetime
    cause: AttemptCause
    message: str
    #: the last lines
    log: str = ""
    peak_memory_mb: float | None = None
    memory_limit_mb: float | None = None
    #: who wrote it down; another worker where its own was gone: a result that still comes of it is late
    written_by: str = ""
    #: when what runs the workers was asked why the worker is gone; whatever it knew is then in the cause
    looked_at: datetime | None = None

    @property
    def unit_ids(self) -> tuple[str, ...]:
        """The ids of what was tried."""
        return tuple(unit_id(trial_id, self.fold) for trial_id in self.trial_ids)

    @property
    def alone(self) -> bool:
        """Whether nothing else was tried with it, so that it alone is to blame."""
        return len(self.trial_ids) == 1

    @property
    def is_fenced(self) -> bool:
        """Whether it was given up in its worker's absence: its results are not taken any more."""
        return self.written_by not in ("", self.worker)

    @property
    def awaits_look(self) -> bool:
        """Whether the cluster may still say why the worker is gone: it knows pods."""
        return self.cause is AttemptCause.LOST and self.looked_at is None and self.pod is not None


class AttemptEnd(Record):
    """What is learned later of an attempt whose worker was lost."""

    #: LOST where there was a look, and nothing to see
    cause: AttemptCause
    message: str
    log: str = ""
    memory_limit_mb: float | None = None
    looked_at: datetime


def new_attempt_id() -> str:
    """Return the id of an attempt that begins."""
    return secrets.token_hex(12)


def unit_id(trial_id: str, fold: int | None) -> str:
    """Return the id of what is attempted at once: a trial, or one fold of it."""
    return trial_id if fold is None else f"{trial_id}/{fold}"
