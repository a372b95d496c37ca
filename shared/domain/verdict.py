"""What the attempts at a trial add up to: whether it is tried again, and who has to answer for each cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from shared.domain.attempt import Attempt, AttemptCause


class Account(StrEnum):
    """What a cause counts towards."""

    TRIAL = "trial"
    #: apart from the trial's own: the trial may have taken its worker along, or not
    LOST_WORKERS = "lost_workers"
    NOTHING = "nothing"
    #: the worker's own trouble, never a trial's
    WORKER = "worker"


class Verdict(StrEnum):
    """What happens to a trial next."""

    TRY_AGAIN = "try_again"
    #: by itself, not with the trials that it shares a fit with
    TRY_ALONE = "try_alone"
    #: not before what runs the workers was asked why they are gone
    WAIT_FOR_CAUSES = "wait_for_causes"
    FAIL = "fail"


#: deaths of an engine, or of a container for want of memory, after which a trial fails
MOST_DEATHS = 3
#: workers lost without a reason after which a trial fails: it took its worker with it
MOST_LOST_WORKERS = 10
#: so many lost workers say something against a task; one says little: nodes go
_SUSPICIOUS_LOSSES = 2

_ACCOUNTS = {
    AttemptCause.BAD_PARAMETERS: Account.TRIAL,
    AttemptCause.EVALUATION: Account.TRIAL,
    AttemptCause.CRASHED: Account.TRIAL,
    AttemptCause.OUT_OF_MEMORY: Account.TRIAL,
    AttemptCause.POD_OUT_OF_MEMORY: Account.TRIAL,
    AttemptCause.TIMEOUT: Account.TRIAL,
    AttemptCause.LOST: Account.LOST_WORKERS,
    AttemptCause.EVICTED: Account.NOTHING,
    AttemptCause.PREEMPTED: Account.NOTHING,
    AttemptCause.NODE_GONE: Account.NOTHING,
    AttemptCause.DRAINED: Account.NOTHING,
    AttemptCause.HANDED_BACK: Account.NOTHING,
    AttemptCause.SERVICE_LOST: Account.WORKER,
    AttemptCause.WORKER_SICK: Account.WORKER,
    AttemptCause.WORKER_UNSUITED: Account.WORKER,
    AttemptCause.UNKNOWN: Account.NOTHING,
}
#: what comes out the same however often it is tried
_DECIDED = frozenset({AttemptCause.BAD_PARAMETERS, AttemptCause.EVALUATION})
_DEATHS = frozenset({AttemptCause.CRASHED, AttemptCause.OUT_OF_MEMORY, AttemptCause.POD_OUT_OF_MEMORY})


def account_of(cause: AttemptCause) -> Account:
    """Return what the cause counts towards."""
    return _ACCOUNTS[cause]


def judge(attempts: Sequence[Attempt]) -> Verdict:
    """Return what happens next to a trial, or to a fold of it, after these attempts at it.

    They are those of one sweep since it was last published: what is asked for anew is tried anew.
    """
    if deciding(attempts) is not None:
        return Verdict.FAIL
    causes = Counter(attempt.cause for attempt in attempts)
    if causes[AttemptCause.LOST] >= MOST_LOST_WORKERS:
        return Verdict.WAIT_FOR_CAUSES
    blamed = any(account_of(cause) is Account.TRIAL for cause in causes)
    if blamed or causes[AttemptCause.LOST] >= _SUSPICIOUS_LOSSES:
        return Verdict.TRY_ALONE
    return Verdict.TRY_AGAIN


def deciding(attempts: Sequence[Attempt]) -> Attempt | None:
    """Return the attempt that fails the trial, which says why; None where they do not fail it.

    What came after it, such as a worker that was lost before it had recorded the failure, is not the reason.
    """
    alike = [attempt for attempt in attempts if attempt.cause in _DECIDED]
    alike += [attempt for attempt in attempts if attempt.cause is AttemptCause.TIMEOUT and attempt.alone]
    if alike:
        return alike[0]
    deaths = [attempt for attempt in attempts if attempt.cause in _DEATHS]
    if len(deaths) >= MOST_DEATHS:
        return deaths[MOST_DEATHS - 1]
    lost = [attempt for attempt in attempts if attempt.cause is AttemptCause.LOST]
    if len(lost) >= MOST_LOST_WORKERS and not any(attempt.awaits_look for attempt in attempts):
        return lost[MOST_LOST_WORKERS - 1]
    return None
