"""What is written down of attempts that end without a result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.domain import Account, Attempt, AttemptCause, ErrorCause, TrialError, account_of, deciding, new_attempt_id
from shared.ports import WorkerReport
from worker.parent.assignment import Assignment
from worker.parent.engine_process import Ending
from worker.parent.memory_watch import MemoryWatch
from worker.parent.reporting import WorkerIdentity
from worker.protocol import OUT_OF_MEMORY_EXIT_CODE

#: of an attempt's log, the end: it tells the most
LOG_CHARACTERS = 8_000

WORKER_LOST = "the worker was lost with the task: killed, out of memory, or cut off from queue and store"

#: how a trial's failure is called, by the cause of its last attempt
_ERRORS = {
    AttemptCause.BAD_PARAMETERS: (ErrorCause.EVALUATION, "BadParameters"),
    AttemptCause.EVALUATION: (ErrorCause.EVALUATION, "EvaluationFailed"),
    AttemptCause.CRASHED: (ErrorCause.ENGINE_DIED, "EngineDied"),
    AttemptCause.OUT_OF_MEMORY: (ErrorCause.ENGINE_DIED, "OutOfMemory"),
    AttemptCause.POD_OUT_OF_MEMORY: (ErrorCause.ENGINE_DIED, "OutOfMemory"),
    AttemptCause.TIMEOUT: (ErrorCause.TIMEOUT, "TimeLimit"),
    AttemptCause.LOST: (ErrorCause.ENGINE_DIED, "TookItsWorker"),
}
_LIBRARY_ERRORS = frozenset({"XGBoostError", "LightGBMError", "CatBoostError"})


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt of this worker ended."""

    cause: AttemptCause
    message: str
    log: str = ""
    peak_memory_mb: float | None = None
    memory_limit_mb: float | None = None

    @classmethod
    def of_error(cls, error: TrialError) -> Ended:
        """Return the end that an engine's answer tells."""
        return cls(_cause_of(error), f"{error.type}: {error.message}", error.traceback)


def ended_engine(ending: Ending, memory_limit_mb: float | None) -> Ended:
    """Return the end of an attempt whose engine died of it."""
    starved = ending.exit_code == OUT_OF_MEMORY_EXIT_CODE
    return Ended(
        AttemptCause.OUT_OF_MEMORY if starved else AttemptCause.CRASHED,
        str(ending),
        ending.log,
        ending.peak_memory_mb,
        memory_limit_mb if starved else None,
    )


def starved_engine(ending: Ending, memory: MemoryWatch) -> Ended:
    """Return the end of an attempt whose engine was ended before its worker's memory was full."""
    limit = memory.limit / 2**20
    return Ended(AttemptCause.OUT_OF_MEMORY, memory.explain(), ending.log, ending.peak_memory_mb, limit)


def own_attempt(assignment: Assignment, ended: Ended, who: WorkerIdentity) -> Attempt:
    """Return the attempt of this worker at the assignment's batch that ended so."""
    return Attempt(
        attempt_id=assignment.attempt_id or new_attempt_id(),
        sweep_id=assignment.sweep.sweep_id,
        epoch=assignment.delivery.task.epoch,
        trial_ids=tuple(trial.trial_id for trial in assignment.batch),
        fold=assignment.fold,
        worker=who.worker_id,
        pod=who.pod,
        started_at=assignment.started_at,
        ended_at=datetime.now(UTC),
        cause=ended.cause,
        message=ended.message,
        log=ended.log[-LOG_CHARACTERS:],
        peak_memory_mb=ended.peak_memory_mb,
        memory_limit_mb=ended.memory_limit_mb,
        written_by=who.worker_id,
    )


def attempts_of_errors(
    assignment: Assignment, errors: Iterable[tuple[str, TrialError]], who: WorkerIdentity
) -> Iterator[Attempt]:
    """Yield the attempts at the trials whose evaluation failed; equal failures of one batch are one."""
    alike: dict[TrialError, list[str]] = {}
    for trial_id, error in errors:
        alike.setdefault(error, []).append(trial_id)
    for number, (error, trial_ids) in enumerate(alike.items()):
        attempt = own_attempt(assignment, Ended.of_error(error), who)
        # what others know it by is the first's; the others are told apart
        suffix = f"-{number + 1}" if number else ""
        yield attempt.model_copy(update={"attempt_id": f"{attempt.attempt_id}{suffix}", "trial_ids": tuple(trial_ids)})


def lost_attempts(
    assignment: Assignment, known: Sequence[Attempt], reports: Iterable[WorkerReport], who: WorkerIdentity
) -> Iterator[Attempt]:
    """Yield the attempts that were lost with workers that had the task before: what their last reports say.

    What no report names costs nothing: the worker may only have held it while another was at it, its attempt may be
    written down already, or it died before it could tell. From then on the task is reported as soon as it begins.
    """
    task = assignment.delivery.task
    ids = {trial_id for trial_id, _ in assignment.open_folds}
    recorded = {attempt.attempt_id for attempt in known}
    for report in reports:
        for running in report.running:
            same = (running.sweep_id, running.epoch, running.only_fold) == (task.sweep_id, task.epoch, task.fold)
            if not same or running.attempt_id in recorded | {""} or ids.isdisjoint(running.trial_ids):
                continue
            yield own_attempt(assignment, Ended(AttemptCause.LOST, WORKER_LOST), who).model_copy(
                update={
                    "attempt_id": running.attempt_id,
                    "trial_ids": running.trial_ids,
                    "worker": report.worker_id,
                    "pod": report.pod,
                    "started_at": running.started_at,
                    "ended_at": report.reported_at,
                }
            )


def failure_of(attempts: Sequence[Attempt]) -> TrialError:
    """Return the error of a trial that failed by these attempts: that of the one which decided it."""
    decided = deciding(attempts)
    if decided is None:
        raise ValueError("these attempts do not fail a trial: see shared.domain.verdict.deciding")
    cause, kind = _ERRORS[decided.cause]
    message = decided.message
    tried = sum(account_of(attempt.cause) is Account.TRIAL for attempt in attempts)
    if decided.cause is AttemptCause.LOST:
        times = sum(attempt.cause is AttemptCause.LOST for attempt in attempts)
        message = f"it took its worker with it: {times} workers were lost while they evaluated it, without a reason"
    elif cause is ErrorCause.EVALUATION:  # as the outcome would have said it, had its worker lived to record it
        kind, _, message = message.partition(": ") if ": " in message else (kind, "", message)
    elif tried > 1:
        message += f"; it was tried {tried} times"
    return TrialError(cause=cause, type=kind, message=message)


def _cause_of(error: TrialError) -> AttemptCause:
    match error.cause:
        case ErrorCause.EVALUATION if error.type in _LIBRARY_ERRORS and "arameter" in error.message:
            return AttemptCause.BAD_PARAMETERS  # how the three libraries' own checks of parameters speak
        case ErrorCause.EVALUATION:
            return AttemptCause.EVALUATION
        case ErrorCause.WORKER:
            return AttemptCause.WORKER_UNSUITED if error.type == "RuntimeError" else AttemptCause.WORKER_SICK
        case ErrorCause.TIMEOUT:
            return AttemptCause.TIMEOUT
        case ErrorCause.ENGINE_DIED:
            return AttemptCause.CRASHED
        case ErrorCause.UNKNOWN:
            return AttemptCause.UNKNOWN
