"""The one tree of errors that Boostgrid raises on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class BoostgridError(Exception):
    """Base of every error that Boostgrid raises on purpose."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and how to mend it."""

    #: dotted path into the spec, e.g. ``param_grid.learning_rate``
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class InvalidSpec(BoostgridError):
    """Raised when a sweep's declaration breaks a rule; carries every field that does."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(map(str, self.errors)))


class DatasetError(BoostgridError):
    """Raised when a data set cannot be read, fetched or used as the spec asks; the message names the fix."""


class SweepNotFound(BoostgridError):
    """Raised when no sweep has the given id."""


class ServiceUnavailable(BoostgridError):
    """Raised when a broker, store or cluster does not answer; names the service and what to do."""

    def __init__(self, service: str, reason: str, hint: str) -> None:
        self.service, self.reason, self.hint = service, reason, hint
        super().__init__(f"{service} does not answer ({reason}). {hint}")


class UndecodableTask(BoostgridError):
    """Raised when a message is not a task of a schema that this version reads."""


class PublishFailed(BoostgridError):
    """Raised when the broker refused or returned tasks; says how many had been confirmed before."""

    def __init__(self, reason: str, confirmed: int) -> None:
        self.confirmed = confirmed
        super().__init__(f"{reason} ({confirmed} tasks had been confirmed; resume publishes the rest)")
