"""Writes what became of trials: outcomes, and attempts that ended without one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from shared.domain import ErrorCause, FoldResult, PlannedTrial, Sweep, TrialError, TrialOutcome, TrialState
from shared.errors import RecordRefused, SweepNotFound
from shared.planning import full_params
from shared.ports import Store
from worker.parent import refused_records
from worker.parent.assignment import Assignment
from worker.parent.outages import UntilAvailable
from worker.parent.reporting import WorkerIdentity
from worker.protocol import Answer

log = logging.getLogger(__name__)

#: an attempt that ended with its whole worker; which of a task's trials was to blame is not known
WORKER_LOST = TrialError(
    cause=ErrorCause.ENGINE_DIED,
    type="WorkerLost",
    message="the worker was lost with the task: killed, out of memory, or cut off from the queue",
)


class Recorder:
    """Records for one worker, waiting out outages of the store. What it has written is safe to acknowledge."""

    def __init__(
        self, store: Store, until_available: UntilAvailable, identity: WorkerIdentity, max_attempts: int
    ) -> None:
        self.trials_done = 0
        self._store = store
        self._until_available = until_available
        self._identity = identity
        self._max_attempts = max_attempts
        self._signature = {"worker": identity.worker_id, "pod": identity.pod}

    def evaluated(self, assignment: Assignment, answers: Sequence[Answer]) -> None:
        """Record what an engine says of the assignment's batch."""
        outcomes: list[TrialOutcome] = []
        results: list[FoldResult] = []
        for answer in answers:
            signed = {**self._signature, "attempts": 1 + assignment.ended_attempts(answer.trial_id)}
            if isinstance(answer, FoldResult):
                results.append(answer.model_copy(update=signed))
            else:
                outcomes.append(answer.model_copy(update=signed))
        if outcomes:
            self._record(assignment.sweep, outcomes)
        if results:
            try:
                self._until_available(self._store.record_folds, results)
            except RecordRefused as error:
                self.failed(assignment, refused_records.refusal(error))
                return
        assignment.batch_done()

    def complete(self, sweep: Sweep, trials: Sequence[PlannedTrial]) -> None:
        """Record the successes among the trials: those all of whose folds are kept.

        No task of a fold is settled without: whoever died, the last one of a trial's tasks finds all its folds.
        """
        from worker.merging import succeeded  # numpy, which a parent does without as long as it can

        spec = sweep.spec
        kept = self._until_available(self._store.fold_results, [trial.trial_id for trial in trials])
        complete = [
            succeeded(kept[trial.trial_id], full_params(spec.library, trial.params, spec.seed), spec.ranking_metric)
            for trial in trials
            if len(kept.get(trial.trial_id, ())) == spec.folds
        ]
        if complete:
            self._record(sweep, complete)

    def failed(self, assignment: Assignment, error: TrialError, started_at: datetime | None = None) -> None:
        """Record every trial of the batch as failed by ``error``."""
        failures = assignment.failures(error, self._identity.threads, started_at)
        self._record(assignment.sweep, [failure.model_copy(update=self._signature) for failure in failures])
        assignment.batch_done()

    def attempt_ended(self, assignment: Assignment, error: TrialError, started_at: datetime | None) -> None:
        """Note that the batch ended without outcomes.

        Trials that were together are tried one by one from then on, so that only the one to blame can fail. A single
        trial fails at once when its time was up, else when it had its attempts.
        """
        if assignment.fold is not None:
            self._leave_out_settled(assignment)
            if assignment.is_done:
                return
        alone = len(assignment.batch) == 1
        if error.cause is ErrorCause.TIMEOUT and alone:
            self.failed(assignment, error, started_at)
            return
        most = self._count(assignment, error)
        if not alone:
            # one lost worker says little against the task: nodes go. A second one does.
            if error.type != WORKER_LOST.type or most > 1:
                assignment.split()
        elif most >= self._max_attempts:
            message = f"{error.message}; it was tried {most} times" if most > 1 else error.message
            if assignment.fold is not None:
                message += f" (fold {assignment.fold + 1} of {assignment.sweep.spec.folds})"
            self.failed(assignment, error.model_copy(update={"message": message}), started_at)

    def worker_lost(self, assignment: Assignment) -> None:
        """Note that an earlier worker did not settle the task, and count that against the trials it was at."""
        known = self._until_available(self._store.attempts, assignment.unit_ids)
        assignment.count_ended(known)
        one_by_one = any(len(errors) > 1 or errors[-1].type != WORKER_LOST.type for errors in known.values())
        if one_by_one:
            assignment.split()  # then it was lost with the first of those that are left
        self.attempt_ended(assignment, WORKER_LOST, None)

    def _leave_out_settled(self, assignment: Assignment) -> None:
        """Give up what another fold decided meanwhile: its trial has an outcome, or is to be tried anew."""
        task = assignment.delivery.task
        ids = {trial.trial_id for trial in task.trials}
        try:
            epoch = self._until_available(self._store.sweep, task.sweep_id).epoch
        except SweepNotFound:
            assignment.leave_out(ids)
        else:
            again = epoch > task.epoch
            assignment.leave_out(ids if again else self._until_available(self._store.adopt, task.sweep_id, ids))

    def _count(self, assignment: Assignment, error: TrialError) -> int:
        most = self._until_available(self._store.count_attempt, assignment.unit_ids, error)
        assignment.count_ended(self._until_available(self._store.attempts, assignment.unit_ids))
        log.warning(
            "an attempt ended without an outcome: %s",
            error.message,
            extra={
                "event": "attempt.ended",
                "sweep_id": assignment.sweep.sweep_id,
                "trial_ids": [trial.trial_id[:12] for trial in assignment.batch],
                "fold": assignment.fold,
                "cause": str(error.cause),
                "attempts": most,
            },
        )
        return most

    def _record(self, sweep: Sweep, outcomes: Sequence[TrialOutcome]) -> None:
        outcomes = self._until_available(refused_records.record, self._store, sweep.sweep_id, outcomes)
        self.trials_done += len(outcomes)
        log.info(
            "recorded",
            extra={
                "event": "task.recorded",
                "sweep_id": sweep.sweep_id,
                "trials": len(outcomes),
                "failed": sum(outcome.state is TrialState.FAILED for outcome in outcomes),
                "dropped": sum(outcome.state is TrialState.DROPPED for outcome in outcomes),
            },
        )
