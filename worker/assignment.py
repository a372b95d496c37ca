"""A task that this worker answers, from its taking to its settling."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from shared.planning import full_params
from shared.ports import Delivery
from shared.sweep import Sweep
from shared.trial import PlannedTrial, TrialError, TrialOutcome, TrialState

Batch = tuple[PlannedTrial, ...]


class Assignment:
    """A delivery with what is left to evaluate of it, in batches: all in one, or one by one once that went wrong."""

    def __init__(self, delivery: Delivery, sweep: Sweep, trials: Batch) -> None:
        self.delivery = delivery
        self.sweep = sweep
        #: trial id -> attempts at it that ended without an outcome
        self.ended: dict[str, int] = {}
        self._batches: deque[Batch] = deque([trials])

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to evaluate."""
        return not self._batches

    @property
    def batch(self) -> Batch:
        """The trials to evaluate now, with fits that they share."""
        return self._batches[0]

    @property
    def batch_ids(self) -> tuple[str, ...]:
        """The ids of the batch's trials."""
        return tuple(trial.trial_id for trial in self.batch)

    @property
    def open_ids(self) -> set[str]:
        """The ids of all trials that are left."""
        return {trial.trial_id for batch in self._batches for trial in batch}

    def split(self) -> None:
        """Try the batch's trials one by one from now on, so that one of them cannot spoil the others."""
        self._batches.extendleft(reversed([(trial,) for trial in self._batches.popleft()]))

    def batch_done(self) -> None:
        """Go on to the next batch."""
        self._batches.popleft()

    def count_ended(self, attempts: Mapping[str, Sequence[TrialError]]) -> None:
        """Take over what the store knows of ended attempts."""
        self.ended |= {trial_id: len(errors) for trial_id, errors in attempts.items()}

    def failures(self, error: TrialError, threads: int, started_at: datetime | None = None) -> list[TrialOutcome]:
        """Return the batch's trials as failed by that error; the attempts that ended are all there were."""
        spec = self.sweep.spec
        return [
            TrialOutcome(
                trial_id=trial.trial_id,
                state=TrialState.FAILED,
                params=full_params(spec.library, trial.params, spec.seed),
                threads=threads,
                versions={spec.library: self.sweep.library_version},
                attempts=max(1, self.ended.get(trial.trial_id, 0)),
                started_at=started_at,
                finished_at=datetime.now(UTC),
                error=error,
            )
            for trial in self.batch
        ]
