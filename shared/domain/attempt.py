"""An attempt: one try at a trial, or at a fold of it, by one worker, and how it ended."""

from __future__ import annotations

from enum import StrEnum

from shared.domain.record import Record


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


def unit_id(trial_id: str, fold: int | None) -> str:
    """Return the id of what is attempted at once: a trial, or one fold of it."""
    return trial_id if fold is None else f"{trial_id}/{fold}"
