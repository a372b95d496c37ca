"""A task that this worker answers, from its taking to its settling."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from shared.domain import (
    Account,
    Attempt,
    PlannedTrial,
    Sweep,
    TrialError,
    TrialOutcome,
    TrialState,
    account_of,
    new_attempt_id,
)
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
        #: what runs, or ran last, of it
        self.attempt_id = ""
        self.started_at: datetime | None = None
        self._ended: dict[str, list[Attempt]] = {}
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
    def trials(self) -> Batch:
        """All trials that are left to evaluate."""
        return tuple(trial for batch in self._batches for trial in batch)

    @property
    def open_folds(self) -> set[tuple[str, int]]:
        """What is left to evaluate: trial ids and folds."""
        return folds_of((trial.trial_id for trial in self.trials), self.fold, self.sweep.spec.folds)

    @property
    def is_at_its_last(self) -> bool:
        """Whether nothing of the task is left but the batch."""
        return len(self._batches) == 1

    def begin(self) -> None:
        """Note that an engine begins with the batch: an attempt."""
        self.attempt_id, self.started_at = new_attempt_id(), datetime.now(UTC)

    def split(self) -> None:
        """Try the trials one by one from now on, so that one of them cannot spoil the others."""
        self._batches = deque((trial,) for batch in self._batches for trial in batch)

    def leave_out(self, trial_ids: Collection[str]) -> None:
        """Evaluate none of these trials any more."""
        batches = (tuple(trial for trial in batch if trial.trial_id not in trial_ids) for batch in self._batches)
        self._batches = deque(batch for batch in batches if batch)

    def know(self, attempts: Mapping[str, Sequence[Attempt]]) -> None:
        """Take over what the store knows of attempts, by trial; those of other sweeps and epochs do not count here."""
        task = self.delivery.task
        for trial_id, known in attempts.items():
            self._ended[trial_id] = [
                each
                for each in known
                if (each.sweep_id, each.epoch, each.fold) == (task.sweep_id, task.epoch, self.fold)
            ]

    def known_attempts(self, trial_id: str) -> list[Attempt]:
        """Return the attempts at the trial, or at the fold of it, that ended, as far as was looked."""
        return self._ended.get(trial_id, [])

    @property
    def is_suspicious(self) -> bool:
        """Whether an attempt at the batch ended badly before."""
        return any(self.ended_attempts(trial.trial_id) for trial in self.batch)

    def ended_attempts(self, trial_id: str) -> int:
        """Return how many of them count, towards the trial or as lost workers."""
        counting = (Account.TRIAL, Account.LOST_WORKERS)
        return sum(account_of(each.cause) in counting for each in self.known_attempts(trial_id))

    def failures(self, trials: Iterable[PlannedTrial], error: TrialError, threads: int) -> list[TrialOutcome]:
        """Return the trials as failed by that error; the attempts that ended are all there were."""
        spec = self.sweep.spec
        return [
            TrialOutcome(
                trial_id=trial.trial_id,
                state=TrialState.FAILED,
                params=full_params(spec.library, trial.params, spec.seed),
                threads=threads,
                versions={spec.library: self.sweep.library_version},
                attempts=max(1, self.ended_attempts(trial.trial_id)),
                attempt_id=self.attempt_id,
                started_at=self.started_at,
                finished_at=datetime.now(UTC),
                error=error,
            )
            for trial in trials
        ]


def folds_of(trial_ids: Iterable[str], fold: int | None, folds: int) -> set[tuple[str, int]]:
    """Return each trial's id with the fold, or with each of its folds where that is None."""
    numbers = range(folds) if fold is None else (fold,)
    return {(trial_id, number) for trial_id in trial_ids for number in numbers}
