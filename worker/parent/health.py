"""Whether this worker can work at all: what is wrong with a worker is never a trial's failure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from shared.domain import ErrorCause, TrialError, TrialOutcome
from shared.errors import BoostgridError
from shared.ports import Sickness
from worker.protocol import Answer

log = logging.getLogger(__name__)

#: the first and the longest wait before a sick worker tries a task again, in seconds
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0

#: what an engine says of a sweep that is not for this worker, which is well
UNSUITED = frozenset({"Unsuited", "UnknownParameter"})
#: what an engine says of a copy of the table with which it cannot begin
UNREADABLE = frozenset({"DatasetError", "UnreadableCopy"})


def trouble_of(answers: Sequence[Answer]) -> TrialError | None:
    """Return why the engine could not begin with the trials, for a reason that is no trial's; None where it could."""
    for answer in answers:
        if isinstance(answer, TrialOutcome) and answer.error and answer.error.cause is ErrorCause.WORKER:
            return answer.error
    return None


def trouble_by(error: BoostgridError) -> TrialError:
    """Return it as what keeps a worker from beginning with trials."""
    return TrialError(cause=ErrorCause.WORKER, type=type(error).__name__, message=str(error))


class Health:
    """Well, or sick for a reason: then it takes one task at a time, after a wait that doubles, and hands it back.

    The first result makes it well again.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wait = 0.0
        self._try_at = float("-inf")
        self.sickness: Sickness | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong, as far as is known."""
        return self.sickness is None

    @property
    def may_try(self) -> bool:
        """Whether it is time to see, with one task, if it is well again."""
        return self._clock() >= self._try_at

    def trying(self) -> None:
        """Note that a task was taken; one that is sick takes no other before its wait is over again."""
        if self.sickness is not None:
            self._try_at = self._clock() + self._wait

    def fell_sick(self, reason: str) -> None:
        """Note what this worker cannot do; a try that was begun has failed."""
        self._wait = min(_LONGEST_WAIT, max(_FIRST_WAIT, 2 * self._wait))
        self._try_at = self._clock() + self._wait
        since = self.sickness.since if self.sickness else datetime.now(UTC)
        self.sickness = Sickness(reason=reason, since=since)
        log.error(
            "this worker is sick and takes no tasks: %s; the next try is in %g s",
            reason,
            self._wait,
            extra={"event": "worker.sick", "wait_seconds": self._wait},
        )

    def got_well(self) -> None:
        """Note that it can do what it could not: a task was evaluated here, or engines start again."""
        if self.sickness is not None:
            log.info("this worker is well again", extra={"event": "worker.well", "was": self.sickness.reason})
        self.sickness, self._wait, self._try_at = None, 0.0, float("-inf")
