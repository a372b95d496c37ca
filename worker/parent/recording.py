"""Writes what became of trials: outcomes, and attempts that ended without one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from shared.domain import (
    Account,
    Attempt,
    AttemptCause,
    FoldResult,
    PlannedTrial,
    Sweep,
    TrialError,
    TrialOutcome,
    TrialState,
    Verdict,
    account_of,
    judge,
)
from shared.errors import RecordRefused, ServiceUnavailable, SweepNotFound
from shared.planning import full_params
from shared.ports import Store
from worker.parent import refused_records
from worker.parent.assignment import Assignment
from worker.parent.attempts import Ended, attempts_of_errors, failure_of, lost_attempts, own_attempt
from worker.parent.outages import UntilAvailable
from worker.parent.reporting import WorkerIdentity
from worker.parent.tallies import Tallies
from worker.protocol import Answer

log = logging.getLogger(__name__)


class Recorder:
    """Records for one worker, waiting out outages of the store. What it has written is safe to acknowledge."""

    def __init__(
        self, store: Store, until_available: UntilAvailable, identity: WorkerIdentity, tallies: Tallies
    ) -> None:
        self.trials_done = 0
        self._tallies = tallies
        self._store = store
        self._until_available = until_available
        self._identity = identity
        #: deliveries that wait until somebody has looked; what was lost with their workers is written down
        self._accounted: set[str] = set()
        #: whether the store did not answer while this worker left
        self._store_left = False
        self._signature = {"worker": identity.worker_id, "pod": identity.pod}

    def evaluated(self, assignment: Assignment, answers: Sequence[Answer]) -> None:
        """Record what an engine says of the assignment's batch."""
        self._tallies.evaluated(answers, assignment.started_at)
        outcomes: list[TrialOutcome] = []
        results: list[FoldResult] = []
        for answer in answers:
            signed = {
                **self._signature,
                "attempts": 1 + assignment.ended_attempts(answer.trial_id),
                "attempt_id": assignment.attempt_id,
            }
            if isinstance(answer, FoldResult):
                results.append(answer.model_copy(update=signed))
            else:
                outcomes.append(answer.model_copy(update=signed))
        failures = [each for each in outcomes if each.state is TrialState.FAILED]
        self._settle(assignment, [each for each in outcomes if each.state is not TrialState.FAILED])
        if results:
            try:
                self._until_available(self._store.record_folds, results)
            except RecordRefused as error:
                self.failed(assignment, refused_records.refusal(error))
            assignment.leave_out({result.trial_id for result in results})
        if failures:
            left = self._left(assignment)
            self._settle(
                assignment, self._with_attempts(assignment, [each for each in failures if each.trial_id in left])
            )

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

    def failed(self, assignment: Assignment, error: TrialError) -> None:
        """Record every trial of the batch as failed by ``error``, which is the worker's or the task's."""
        attempt, batch = own_attempt(assignment, Ended.of_error(error), self._identity), assignment.batch
        left = self._left(assignment)
        if left.isdisjoint(attempt.trial_ids):
            return
        self._append([attempt])
        self._fail(assignment, [trial for trial in batch if trial.trial_id in left], error)

    def attempt_ended(self, assignment: Assignment, ended: Ended) -> None:
        """Note that the batch ended without outcomes, and fail its trial where that was one too many.

        Trials that were together are tried one by one from then on, so that only the one to blame can fail.
        """
        attempt = own_attempt(assignment, ended, self._identity)  # of all that were together, settled or not
        if self._left(assignment).isdisjoint(attempt.trial_ids):
            return
        self._append([attempt])
        self._learn(assignment)
        if any(each.attempt_id == attempt.attempt_id and each.is_fenced for each in self._known(assignment)):
            # given up while this worker was frozen or cut off: another has the task
            assignment.leave_out({trial.trial_id for trial in assignment.trials})
        elif not attempt.alone and account_of(ended.cause) is Account.TRIAL:
            assignment.split()
        else:
            self._judge(assignment, assignment.batch)

    def handed_back(self, assignment: Assignment, cause: AttemptCause = AttemptCause.HANDED_BACK) -> None:
        """Note that the batch was given up for no fault of its own. A store that does not answer is not waited for."""
        told = cause is AttemptCause.HANDED_BACK
        message = "the worker left and gave the task back" if told else "the worker left and reached the queue no more"
        if self._store_left:  # each engine's would cost another time-out
            return
        try:
            self._store.append_attempts([own_attempt(assignment, Ended(cause, message), self._identity)])
        except ServiceUnavailable as error:
            self._store_left = True
            log.warning("could not note what was handed back: %s", error, extra={"event": "attempt.unwritten"})

    def given_up(self, assignment: Assignment, cause: AttemptCause, message: str) -> None:
        """Note that the batch was given up since this worker cannot do it, which counts towards no trial."""
        attempt = own_attempt(assignment, Ended(cause, message), self._identity)
        self._until_available(self._store.append_attempts, [attempt])

    def take_over(self, assignment: Assignment) -> bool:
        """Learn what became of the task before; return whether to begin with it now.

        What was lost with a worker that had it is written down; trials that had their attempts fail. It is not to begin
        while the cluster may still say why so many workers were lost with a trial of it: ask again later.
        """
        token = assignment.delivery.token
        self._learn(assignment)
        if assignment.delivery.redelivered and token not in self._accounted:
            ids = [trial.trial_id for trial in assignment.trials]
            reports = self._until_available(self._store.last_reports, ids)
            self._append(list(lost_attempts(assignment, self._known(assignment), reports, self._identity)))
            self._learn(assignment)
        if self._judge(assignment, assignment.trials):
            self._accounted.discard(token)
            return True
        self._accounted.add(token)
        return False

    def _judge(self, assignment: Assignment, trials: Sequence[PlannedTrial]) -> bool:
        """Fail the trials that had their attempts, take suspicious ones apart; False where one is to wait."""
        verdicts = [judge(assignment.known_attempts(trial.trial_id)) for trial in trials]
        for trial, verdict in zip(trials, verdicts, strict=True):
            if verdict is Verdict.FAIL and trial.trial_id in self._left(assignment):
                self._fail(assignment, (trial,), failure_of(assignment.known_attempts(trial.trial_id)))
        if set(verdicts) & {Verdict.TRY_ALONE, Verdict.WAIT_FOR_CAUSES}:
            assignment.split()
        return Verdict.WAIT_FOR_CAUSES not in verdicts

    def _with_attempts(self, assignment: Assignment, outcomes: Sequence[TrialOutcome]) -> list[TrialOutcome]:
        """Write down the attempts that failed, with their stack traces, which outcomes do without."""
        errors = [(outcome.trial_id, outcome.error) for outcome in outcomes if outcome.error is not None]
        if errors:
            self._append(list(attempts_of_errors(assignment, errors, self._identity)))
        return [
            outcome.model_copy(update={"error": outcome.error and outcome.error.model_copy(update={"traceback": ""})})
            for outcome in outcomes
        ]

    def _fail(self, assignment: Assignment, trials: Sequence[PlannedTrial], error: TrialError) -> None:
        failures = assignment.failures(trials, error, self._identity.threads)
        self._settle(assignment, [failure.model_copy(update=self._signature) for failure in failures])

    def _settle(self, assignment: Assignment, outcomes: Sequence[TrialOutcome]) -> None:
        if outcomes:
            self._record(assignment.sweep, outcomes)
            assignment.leave_out({outcome.trial_id for outcome in outcomes})

    def _known(self, assignment: Assignment) -> list[Attempt]:
        known = {
            each.attempt_id: each for trial in assignment.trials for each in assignment.known_attempts(trial.trial_id)
        }
        return sorted(known.values(), key=lambda each: each.ended_at)

    def _learn(self, assignment: Assignment) -> None:
        ids = [trial.trial_id for trial in assignment.trials]
        assignment.know(self._until_available(self._store.attempts, ids))

    def _left(self, assignment: Assignment) -> set[str]:
        """Give up what was decided meanwhile, and return the trials that are left: only those can fail.

        Decided: another worker, or another fold, gave the trial its outcome, or the sweep was published anew, so that
        what is wrong with a task of before says nothing of the one that there is now. Raises UnreadableRecord where
        only a newer version can tell.
        """
        task = assignment.delivery.task
        ids = {trial.trial_id for trial in task.trials}
        try:
            epoch = self._until_available(self._store.sweep, task.sweep_id).epoch
        except SweepNotFound:
            assignment.leave_out(ids)
        else:
            again = epoch > task.epoch
            assignment.leave_out(ids if again else self._until_available(self._store.adopt, task.sweep_id, ids))
        return {trial.trial_id for trial in assignment.trials}

    def _append(self, attempts: Sequence[Attempt]) -> None:
        self._until_available(self._store.append_attempts, attempts)
        for attempt in attempts:
            log.warning(
                "an attempt ended without an outcome: %s",
                attempt.message,
                extra={
                    "event": "attempt.ended",
                    "attempt_id": attempt.attempt_id,
                    "sweep_id": attempt.sweep_id,
                    "trial_ids": [trial_id[:12] for trial_id in attempt.trial_ids],
                    "fold": attempt.fold,
                    "cause": str(attempt.cause),
                    "of_worker": attempt.worker,
                },
            )

    def _record(self, sweep: Sweep, outcomes: Sequence[TrialOutcome]) -> None:
        outcomes = self._until_available(refused_records.record, self._store, sweep.sweep_id, outcomes)
        self.trials_done += len(outcomes)
        self._tallies.recorded(outcomes)
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
