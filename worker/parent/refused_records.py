"""Records that the store refuses: an error of their trials, never an outage."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain import ErrorCause, TrialError, TrialOutcome, TrialState
from shared.errors import RecordRefused
from shared.ports import TrialResults


def record(results: TrialResults, sweep_id: str, outcomes: Sequence[TrialOutcome]) -> list[TrialOutcome]:
    """Record the outcomes, those that the store refuses as failures that say why; return what was recorded."""
    try:
        results.record(sweep_id, outcomes)
    except RecordRefused as error:
        if len(outcomes) > 1:  # the others are not to blame
            return [each for outcome in outcomes for each in record(results, sweep_id, [outcome])]
        failures = [_failed(outcome, refusal(error)) for outcome in outcomes]
        results.record(sweep_id, failures)
        return failures
    return list(outcomes)


def refusal(error: RecordRefused) -> TrialError:
    """Return it as the error of a trial."""
    return TrialError(cause=ErrorCause.EVALUATION, type="RecordRefused", message=str(error))


def _failed(outcome: TrialOutcome, error: TrialError) -> TrialOutcome:
    """Return the trial as failed, without what may have been too large: its scores, curve and texts."""
    kept = {"trial_id", "params", "threads", "versions", "worker", "pod", "attempts", "attempt_id"}
    kept |= {"started_at", "finished_at"}
    return TrialOutcome(state=TrialState.FAILED, error=error, **{name: getattr(outcome, name) for name in kept})
