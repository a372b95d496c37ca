"""The two ports, and what every adapter behind them guarantees.

An adapter is opened by the composition root of an entry point, never at import. Its methods raise
ServiceUnavailable when the service does not answer, after the retries that the adapter makes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from shared.catalog import TaskType
from shared.sweep import Record, Sweep
from shared.trial import FoldResult, Task, TrialError, TrialOutcome, TrialState

# --- the queue ---------------------------------------------------------------------------------------------------


class QueueStatus(Record):
    """The queue at one moment; counts are of tasks."""

    ready: int
    #: handed out and not settled; None where the broker does not tell (AMQP does not)
    unacknowledged: int | None
    consumers: int
    dead: int


class DeadLetter(Record):
    """A message that no worker could take, with the reason."""

    body: str
    reason: str
    died_at: datetime | None = None


class Delivery(Record):
    """A task handed to one consumer, its to settle."""

    task: Task
    #: the adapter's handle
    token: str
    #: whether it was handed out before, so that an earlier consumer may have died with it
    redelivered: bool


class TaskConsumer(Protocol):
    """One worker's subscription. All methods are called from one thread; none blocks longer than a round trip.

    An adapter reconnects by itself. What it held when the connection broke may be delivered to anyone again: its
    tokens are then unknown, and settling them is a no-op that returns False.
    """

    def take(self) -> Delivery | None:
        """Return the next task, or None if there is none now or ``prefetch`` are held.

        What is not a task becomes a dead letter.
        """

    def wakeup(self) -> Any | None:
        """Return an object for multiprocessing.connection.wait that is readable when take may have a task.

        None where the adapter must be polled.
        """

    def extend(self) -> None:
        """Keep what is held. Call at least every ``EXTEND_SECONDS``; an adapter that needs it not does nothing."""

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""

    def hand_back(self, delivery: Delivery) -> bool:
        """Put the task at the end of the queue, as if never delivered: it costs no attempt. False if no longer held."""

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""

    def close(self) -> None:
        """Leave; what is still held returns to the queue."""


#: how often a consumer's ``extend`` must be called, in seconds
EXTEND_SECONDS = 10.0
#: a task that came back unsettled more often than this is dead-lettered: a last resort, since workers count attempts
DELIVERY_LIMIT = 100


class TaskQueue(Protocol):
    """Delivers each published task to one consumer at a time, at least once, until it is acknowledged. Durable.

    Safe for use from several threads and processes, each with an instance of its own.
    """

    def publish(self, tasks: Iterable[Task], on_progress: Callable[[int], None] | None = None) -> int:
        """Publish a lazy stream and return how many tasks were published; all are then on disk.

        Memory is constant in the stream's length. ``on_progress`` gets the number confirmed so far, now and then.
        Raises PublishFailed when the broker refuses tasks.
        """

    def consume(self, prefetch: int) -> TaskConsumer:
        """Subscribe; at most ``prefetch`` tasks are held at once."""

    def status(self) -> QueueStatus:
        """Return the queue's counts."""

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """Return the oldest dead letters; they stay."""

    def discard_dead_letters(self) -> int:
        """Delete all dead letters and return how many there were."""

    def close(self) -> None:
        """Release connections."""


# --- the store ---------------------------------------------------------------------------------------------------


class SweepSummary(Record):
    """A sweep with what its trials add up to. done + failed + dropped + cancelled + pending = size, always."""

    sweep: Sweep
    succeeded: int
    failed: int
    #: by racing
    dropped: int = 0
    #: the best mean of the ranking metric, and whose it is
    best_score: float | None = None
    best_trial_id: str | None = None
    #: when the latest outcome was recorded
    last_recorded_at: datetime | None = None

    @property
    def open(self) -> int:
        """Trials without an outcome: pending or running, or cancelled once the sweep is."""
        return max(0, self.sweep.size - self.succeeded - self.failed - self.dropped)

    @property
    def missing(self) -> int:
        """Trials still to be evaluated: open ones, and what another sweep dropped where this one does not race."""
        return self.open if self.sweep.spec.racing else self.open + self.dropped


class RunningTask(Record):
    """What one engine of a worker does at this moment."""

    sweep_id: str
    trial_ids: tuple[str, ...]
    #: the one fold that the task is about, from 0; None for all of them
    only_fold: int | None = None
    #: canonical parameters of the first trial
    params: dict[str, Any]
    started_at: datetime
    #: the one it is at, from 1
    fold: int = 1
    folds: int
    round: int = 0
    rounds: int = 0


class WorkerReport(Record):
    """What a worker says of itself; gone ``WORKER_TTL_SECONDS`` after its last report."""

    worker_id: str
    host: str
    pid: int
    pod: str | None = None
    started_at: datetime
    reported_at: datetime
    engines: int
    threads: int
    running: tuple[RunningTask, ...] = ()
    trials_done: int = 0
    #: whether it was told to stop and is finishing what it has
    stopping: bool = False
    versions: dict[str, str] = Field(default_factory=dict)


#: how long a worker counts as alive after its last report, in seconds
WORKER_TTL_SECONDS = 15.0


class DatasetInfo(Record):
    """A stored table's description."""

    content_hash: str
    name: str
    rows: int
    #: column name -> ``number``, ``category``
    columns: dict[str, str]
    #: the suggested target and task, where the source names them
    target: str | None = None
    task: TaskType | None = None
    #: bytes of the Parquet file
    size_bytes: int
    stored_at: datetime


class OutcomePage(Record):
    """Outcomes that were recorded or changed since a cursor."""

    outcomes: tuple[TrialOutcome, ...]
    #: pass it to the next call; opaque
    cursor: str


#: long enough for a sweep that is resumed after months
FOLDS_KEPT_DAYS = 90
#: of attempts at a trial that never got an outcome
ATTEMPTS_KEPT_DAYS = 7


class ResultStore(Protocol):
    """Keeps sweeps, outcomes, attempts, workers' reports and data sets. Writes survive the death of any process.

    Every write but ``count_attempt`` is idempotent: doing it twice is doing it once. Safe for use from several threads
    and processes, each process with an instance of its own. Who writes: launching (sweeps, data sets), workers (the
    rest).
    """

    # sweeps

    def save_sweep(self, sweep: Sweep) -> None:
        """Insert the sweep. One of that id is replaced, whoever changed it meanwhile: change_sweep changes one."""

    def change_sweep(self, before: Sweep, after: Sweep) -> bool:
        """Put ``after`` in the place of ``before``; they differ in epoch, published and cancelled only.

        False, and nothing is written, where the sweep no longer stands as ``before``: another change came first, or
        it was deleted.
        """

    def sweep(self, sweep_id: str) -> Sweep:
        """Return the sweep, or raise SweepNotFound."""

    def summaries(self, sweep_ids: Sequence[str] | None = None) -> list[SweepSummary]:
        """Return the sweeps, the newest first, with their counts."""

    def delete_sweep(self, sweep_id: str) -> None:
        """Delete the sweep, and the outcomes that belong to no other sweep. Unknown ids are no error."""

    # outcomes

    def adopt(self, sweep_id: str, trial_ids: Collection[str]) -> set[str]:
        """Let the sweep own the outcomes that exist and are settled for it, and return the ids of those.

        Settled: the outcome already belongs to the sweep, or is final everywhere. A drop is settled only for a sweep
        that races itself: one that does not may own a drop that came in the place of its failure.
        """

    def record(self, sweep_id: str, outcomes: Sequence[TrialOutcome]) -> None:
        """Write the outcomes of one task in one go and let the sweep own them.

        A success is never replaced by a failure or a drop; otherwise the last one stands. Other owners keep the
        outcome. The attempts counted for these trials and their folds are forgotten. Where the sweep was deleted
        meanwhile nothing is written.
        """

    def outcomes(self, sweep_id: str, after: str | None = None, limit: int = 10_000) -> OutcomePage:
        """Return up to ``limit`` outcomes of the sweep recorded after the cursor, in the order of recording.

        Without a cursor: from the first. An outcome that was replaced comes again. An outcome recorded before a page
        was read is never missed by the pages after it. A page that is not full is the last for now.
        """

    def ranked(self, sweep_id: str, state: TrialState, limit: int) -> list[TrialOutcome]:
        """Return outcomes in that state: successes by the ranking metric, best first; others by time, earliest first.

        Equals come by trial id, here as everywhere.
        """

    def forget_failures(self, sweep_id: str) -> int:
        """Delete the sweep's failed outcomes, so that they can be tried again, and return how many there were.

        Other sweeps that own one lose it too, and own what comes in its place. Drops stay: they are no failures.
        """

    # on the way to an outcome

    def record_folds(self, results: Sequence[FoldResult]) -> None:
        """Keep what single folds gave, for FOLDS_KEPT_DAYS; of one fold the last result stands.

        Outcomes do not end that: the failure of one sweep must not take the folds that another waits with.
        """

    def fold_results(self, trial_ids: Collection[str]) -> dict[str, list[FoldResult]]:
        """Return what is kept of each trial that has any, by fold."""

    def count_attempt(self, unit_ids: Sequence[str], cause: TrialError) -> int:
        """Note that an attempt ended without a result; return the largest count among these units.

        A unit is a trial or a fold of it, as ``shared.trial.unit_id`` names it.
        """

    def attempts(self, unit_ids: Sequence[str]) -> dict[str, list[TrialError]]:
        """Return the ended attempts at each unit that has any, the oldest first."""

    # workers

    def report(self, worker: WorkerReport) -> None:
        """Replace what the worker said before."""

    def forget_worker(self, worker_id: str) -> None:
        """Remove a worker that leaves."""

    def workers(self) -> list[WorkerReport]:
        """Return the workers that reported within WORKER_TTL_SECONDS, by id."""

    # data sets

    def save_dataset(self, info: DatasetInfo, parquet: bytes) -> None:
        """Store a table once by its content hash."""

    def datasets(self) -> list[DatasetInfo]:
        """Return all stored tables, the newest first."""

    def load_dataset(self, content_hash: str) -> tuple[DatasetInfo, bytes]:
        """Return a table's description and Parquet file, or raise DatasetError."""

    def close(self) -> None:
        """Release connections."""
