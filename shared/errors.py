"""The one tree of errors that Boostgrid raises on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.wording import counted, shortened

#: the most faults that one refusal lists; what mends these often mends the others
_MOST_ERRORS = 10

_LONGEST_FIELD, _LONGEST_MESSAGE = 100, 600


class BoostgridError(Exception):
    """Base of every error that Boostgrid raises on purpose."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and how to mend it."""

    #: dotted path into the spec, e.g. ``param_grid.learning_rate``
    field: str
    message: str

    def __post_init__(self) -> None:
        # names and values are what somebody wrote, of any length
        object.__setattr__(self, "field", shortened(self.field, _LONGEST_FIELD))
        object.__setattr__(self, "message", shortened(self.message, _LONGEST_MESSAGE))

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class InvalidSpec(BoostgridError):
    """Raised when a sweep's declaration breaks a rule; carries the fields that do, 10 at most."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        every = tuple(dict.fromkeys(errors))  # a list of a thousand may have one fault
        more = len(every) - _MOST_ERRORS
        self.errors = every[:_MOST_ERRORS]
        if more > 0:
            self.errors += (FieldError("spec", f"has {more:,} more errors; mend these first"),)
        super().__init__("; ".join(map(str, self.errors)))


class DatasetError(BoostgridError):
    """Raised when a data set cannot be read, fetched or used as the spec asks; the message names the fix."""


class TooManySweeps(BoostgridError):
    """Raised when no further sweep may have a queue; says what counts and what to do."""

    def __init__(self, queued: int, most: int, left: int = 0) -> None:
        """``left`` of the ``queued`` are queues of sweeps that went on without them or are deleted."""
        self.queued, self.most = queued, most
        also = (
            f"; with {counted(left, 'queue')} that did not answer and that workers are to remove, {queued} queues count"
            if left
            else ""
        )
        super().__init__(
            f"{queued - left} sweeps are running or being launched, and at most {most} may be at once{also}; finished "
            "and cancelled ones do not count. Wait until some have finished, or cancel some"
        )


class NotAllowed(BoostgridError):
    """Raised when somebody may not do something; nothing was done."""

    @classmethod
    def by_role(cls, name: str, role: str, action: str) -> NotAllowed:
        """Return the error of a role that does not let them."""
        return cls(
            f"{name} is signed in as {role}, and a {role} may not {action}: nothing was done. "
            "Ask whoever runs the dashboard for the role operator"
        )


class SweepNotFound(BoostgridError):
    """Raised when no sweep has the given id."""


class TrialNotFound(BoostgridError):
    """Raised when a sweep has no trial, or several, of the given id."""


#: the reason of a ServiceUnavailable whose connection nobody answers, neither way: something may drop it on its way
BLOCKED = "blocked? the connection times out instead of being refused"


def blocked_hint(where: str, setting: str) -> str:
    """Return what to do about a connection to ``where``, which ``setting`` names, that is dropped."""
    return f"A firewall or a network policy may drop what goes to {where}: let it through, or correct {setting}."


class ServiceUnavailable(BoostgridError):
    """Raised when a broker, store or cluster does not answer; names the service and what to do."""

    def __init__(self, service: str, reason: str, hint: str) -> None:
        self.service, self.reason, self.hint = service, reason, hint
        super().__init__(f"{service} does not answer ({reason}). {hint}")


class StoreTooNew(ServiceUnavailable):
    """Raised when a newer Boostgrid has changed the store so that this one may not work on it."""

    def __init__(self, service: str, version: int, known: int, readable_from: int) -> None:
        super().__init__(
            service,
            f"it is of version {version}, and this Boostgrid knows version {known}",
            f"Update this Boostgrid to one that knows version {readable_from} or later; nothing was changed.",
        )


class UnreadableRecord(ServiceUnavailable):
    """Raised when what a store keeps is no record that this Boostgrid knows: damaged, or of a newer version."""

    def __init__(self, kind: str, reason: str) -> None:
        #: what stops at it
        self.what = shortened(reason, _LONGEST_MESSAGE)
        super().__init__(
            "The store",
            f"it has a {kind} that cannot be read: {self.what}",
            "Update this Boostgrid if a newer one wrote it; else the store is damaged: restore it from a copy.",
        )


class RecordRefused(BoostgridError):
    """Raised when a store cannot keep a record whatever is tried, as it is too large or has an unknown form."""

    def __init__(self, service: str, reason: str) -> None:
        self.service, self.reason = service, shortened(reason, _LONGEST_MESSAGE)
        super().__init__(f"{service} cannot keep the record: {self.reason}")


class UndecodableTask(BoostgridError):
    """Raised when a message is not a task of a schema that this version reads; its reason travels in a header."""

    def __init__(self, reason: str) -> None:
        # a message may hold anything, half a character (a lone surrogate) too, and a fault in each of its trials
        super().__init__(shortened(reason.encode(errors="replace").decode(), _LONGEST_MESSAGE))


class UnknownTaskVersion(UndecodableTask):
    """Raised when a message is of a schema that only other versions of Boostgrid read; it waits for their workers."""


class PublishFailed(BoostgridError):
    """Raised when the broker refused or returned tasks; says how many had been confirmed before."""

    def __init__(self, reason: str, confirmed: int, sweep_id: str | None = None) -> None:
        self.reason, self.confirmed = reason, confirmed
        how = f": `python -m shared resume {sweep_id}`" if sweep_id else ""
        super().__init__(f"{reason} ({confirmed} tasks had been confirmed; resume publishes the rest{how})")
