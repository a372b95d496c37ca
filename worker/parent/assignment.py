"""A task that this worker answers, from its taking to its settling."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from shared.domain import PlannedTrial, Sweep, TrialError, TrialOutcome, TrialState, unit_id
from shared.planning import full_params
from shared.ports import Delivery

Batch = tuple[PlannedTrial, ...]


class Assignment:
    """A delivery with what is left to evaluate of it, in batches: all in one, or one by one once that went wrong."""

    def __init__(self, delivery: Delivery, sweep: Sweep, trials: Batch) -> None:
        self.delivery = delivery
        self.sweep = sweep
        #: the one fold that it is about; None for all of them
        self.fold = delivery.task.fold
        #: unit id -> attempts at it that ended without a result
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
    def unit_ids(self) -> tuple[str, ...]:
        """The ids of the batch's trials, or of the fold of each that it is about."""
        return tuple(unit_id(trial.trial_id, self.fold) for trial in self.batch)

    @property
    def open_folds(self) -> set[tuple[str, int]]:
        """What is left to evaluate: trial ids and folds."""
        ids = (trial.trial_id for batch in self._batches for trial in batch)
        return folds_of(ids, self.fold, self.sweep.spec.folds)

    def split(self) -> None:
        """Try the batch's trials one by one from now on, so that one of them cannot spoil the others."""
        self._batches.extendleft(reversed([(trial,) for trial in self._batches.popleft()]))

    def leave_out(self, trial_ids: Collection[str]) -> None:
        """Evaluate none of these trials any more."""
        batches = (tuple(trial for trial in batch if trial.trial_id not in trial_ids) for batch in self._batches)
        self._batches = deque(batch for batch in batches if batch)

    def batch_done(self) -> None:
        """Go on to the next batch."""
        self._batches.popleft()

    def count_ended(self, attempts: Mapping[str, Sequence[TrialError]]) -> None:
        """Take over what the store knows of ended attempts."""
        self.ended |= {unit: len(errors) for unit, errors in attempts.items()}

    def ended_attempts(self, trial_id: str) -> int:
        """Return how many attempts at the trial, or at the fold of it, ended without a result."""
        return self.ended.get(unit_id(trial_id, self.fold), 0)

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
                attempts=max(1, self.ended_attempts(trial.trial_id)),
                started_at=started_at,
                finished_at=datetime.now(UTC),
                error=error,
            )
            for trial in self.batch
        ]


def folds_of(trial_ids: Iterable[str], fold: int | None, folds: int) -> set[tuple[str, int]]:
    """Return each trial's id with the fold, or with each of its folds where that is None."""
    numbers = range(folds) if fold is None else (fold,)
    return {(trial_id, number) for trial_id in trial_ids for number in numbers}
