"""Decides what to do with a delivered task: most of what a worker must not do twice is decided here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from shared.domain import Sweep, Task
from shared.errors import ServiceUnavailable, SweepNotFound, UnreadableRecord
from shared.ports import Delivery, Store
from worker.parent.assignment import Assignment, folds_of
from worker.parent.intervals import BELIEVE_SECONDS, FORGET_SECONDS, STORE_PAUSE_SECONDS
from worker.parent.outages import UntilAvailable
from worker.parent.planned_trials import PlannedTrials


@dataclass(frozen=True, slots=True)
class Drop:
    """Acknowledge without evaluating: nothing of the task is wanted any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Acknowledge without evaluating: the task's fold is kept; trials whose last one it was may lack their outcome."""

    sweep: Sweep


@dataclass(frozen=True, slots=True)
class Reject:
    """Move to the dead letters: it cannot be a task of this sweep."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait: another engine is at a fold of a trial of the task at this moment."""


@dataclass(frozen=True, slots=True)
class Unsuited:
    """Give back: a newer version wrote the sweep, which workers of that version can read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Give back for now: the task is newer than what the store says of its sweep, which it will have said soon."""


Decision = Assignment | Drop | Kept | Reject | Hold | Unsuited | Later


@dataclass(slots=True)
class _Known:
    sweep: Sweep | None
    spec_hash: str
    read_at: float
    planned: PlannedTrials | None = None
    #: why this version cannot read it
    unreadable: str | None = None


class Intake:
    """Decides on deliveries by what the store knows."""

    def __init__(
        self, store: Store, until_available: UntilAvailable, worker_id: str, clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._until_available = until_available
        self._worker_id = worker_id
        self._clock = clock
        self._sweeps: dict[str, _Known] = {}
        self._elsewhere: frozenset[tuple[str, int]] = frozenset()
        self._elsewhere_read_at = float("-inf")
        self._paused_until = float("-inf")

    def decide(self, delivery: Delivery, running_here: Collection[tuple[str, int]]) -> Decision:
        """Return what to do with the task; what is to be evaluated of it has none of the trials that are settled.

        ``running_here`` has the trials, each with the number of a fold, that this worker is at.

        Waits out an outage of the store. The other workers' reports are read at most once a second, and anew for a
        task that was handed out before: who had it may only have lost its connection, and be at it still. Two workers
        that get one trial within a second both evaluate it, which is a waste but no harm.
        """
        task = delivery.task
        known = self._known(task.sweep_id)
        if known.sweep is not None and task.epoch > known.sweep.epoch:
            known = self._until_available(self._read, task.sweep_id)  # resumed a moment ago
        sweep = known.sweep
        if known.unreadable is not None:
            return Unsuited(known.unreadable)
        if sweep is None:
            return Drop("its sweep was deleted")
        if task.epoch > sweep.epoch:  # what was read is of before: a cancel that it tells of may be undone
            return Later()
        if sweep.cancelled:
            return Drop("its sweep is cancelled")
        if task.epoch < sweep.epoch:
            return Drop("its sweep was published anew")
        if task.spec_hash != known.spec_hash:
            return Reject("the task was planned for another spec than its sweep has; resume the sweep")
        known.planned = known.planned or PlannedTrials(sweep)
        fault = known.planned.fault(task)
        if fault is not None:
            return Reject(fault)
        ids = {trial.trial_id for trial in task.trials}
        left = task.only(ids - self._until_available(self._store.adopt, task.sweep_id, ids))
        if left is None:
            return Drop("its trials have outcomes")
        trials = left.trials
        if left.fold is not None:
            kept = self._with_fold(left, left.fold)
            trials = tuple(trial for trial in trials if trial.trial_id not in kept)
            if not trials:
                return Kept(sweep)
        assignment = Assignment(delivery, sweep, trials)
        if not assignment.open_folds.isdisjoint(running_here) or not assignment.open_folds.isdisjoint(
            self._running_elsewhere(anew=delivery.redelivered)
        ):
            return Hold()
        return assignment

    def _with_fold(self, task: Task, fold: int) -> set[str]:
        """Return the task's trials whose result of that fold is kept."""
        kept = self._until_available(self._store.fold_results, [trial.trial_id for trial in task.trials])
        return {trial_id for trial_id, results in kept.items() if any(result.fold == fold for result in results)}

    def is_wanted(self, sweep_id: str) -> bool:
        """Whether the sweep's trials are still wanted; while the store does not answer they are.

        So are those of a sweep that a newer version has written to meanwhile: it says nothing against them.
        """
        if self._clock() < self._paused_until:
            return True
        try:
            known = self._fresh(sweep_id)
        except ServiceUnavailable:
            self._paused_until = self._clock() + STORE_PAUSE_SECONDS
            return True
        return known.unreadable is not None or (known.sweep is not None and not known.sweep.cancelled)

    def _known(self, sweep_id: str) -> _Known:
        return self._until_available(self._fresh, sweep_id)

    def _fresh(self, sweep_id: str) -> _Known:
        known = self._sweeps.get(sweep_id)
        if known is not None and self._clock() - known.read_at < BELIEVE_SECONDS:
            return known
        return self._read(sweep_id)

    def _read(self, sweep_id: str) -> _Known:
        now = self._clock()
        old = self._sweeps.get(sweep_id)
        try:
            sweep = self._store.sweep(sweep_id)
        except SweepNotFound:
            known = _Known(None, "", now)
        except UnreadableRecord as error:
            known = _Known(None, "", now, unreadable=f"a newer version wrote it: {error.what}")
        else:
            if old is not None and old.sweep is not None and old.sweep.spec == sweep.spec:
                known = _Known(sweep, old.spec_hash, now, old.planned)
            else:
                known = _Known(sweep, sweep.spec.spec_hash, now)
        self._sweeps = {each: known for each, known in self._sweeps.items() if now - known.read_at < FORGET_SECONDS}
        self._sweeps[sweep_id] = known
        return known

    def _running_elsewhere(self, *, anew: bool) -> frozenset[tuple[str, int]]:
        if anew or self._clock() - self._elsewhere_read_at >= BELIEVE_SECONDS:
            self._elsewhere = frozenset(
                each
                for worker in self._until_available(self._store.workers)
                if worker.worker_id != self._worker_id
                for task in worker.running
                for each in folds_of(task.trial_ids, task.only_fold, task.folds)
            )
            self._elsewhere_read_at = self._clock()
        return self._elsewhere
