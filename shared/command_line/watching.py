"""Following a sweep in a terminal: a progress bar, and local workers for as long as it is followed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tqdm import tqdm

from shared.adapters.processes.local_workers import LocalWorkers
from shared.adapters.processes.losses import LocalLosses
from shared.adapters.processes.supervisor import Supervisor
from shared.command_line.services import opened_queue
from shared.domain import Sweep, SweepStatus, SweepSummary, WorkerProcess
from shared.errors import ServiceUnavailable
from shared.operations import (
    FEW_TRIALS,
    folds_done,
    follow,
    has_no_queue,
    lost_queue_sentence,
    lost_queues,
    mute_queue_sentence,
    mute_queues,
    nobody_suited,
)
from shared.planning import identified_points
from shared.ports import Store, WorkerReport
from shared.wording import number

#: how often a local worker may end before it is given up
_RESTARTS = 3
#: how often it is looked whether the broker still has the queue of a sweep that no worker is at, in seconds
_QUEUE_LOOK_SECONDS = 5.0

NO_WORKER = "No worker is running: start one with `python -m worker`, or follow with `--workers 2`."
LAUNCH_ANEW = "To launch it anew on their version: `python -m shared spec {} | python -m shared launch -`."
NO_QUEUE = "A version before this one launched it; `python -m shared resume {}` lets workers of this one go on with it."
RESUME = "`python -m shared resume {}` does that."
STILL_LAUNCHING = "Its launch has not ended; if that was stopped, `python -m shared resume {}` publishes the rest."


class _Crew:
    """A number of local workers that are started again when they end by themselves."""

    def __init__(self, workers: LocalWorkers, count: int, store: Store) -> None:
        self._seen: tuple[WorkerProcess, ...] = ()
        self._logs = workers.logs
        self._supervisor = Supervisor(workers, lambda: count, self._note, lambda: (), losses=LocalLosses(store))

    def keep(self) -> None:
        """Start again who ended. Raises ServiceUnavailable where that does not help."""
        self._supervisor.reconcile()
        for process in self._seen:
            if process.restarts > _RESTARTS:
                code = process.exit_code
                reason = process.detail if code is None else f"it keeps ending, now with {code}"
                log = self._logs / f"{process.name}.log"
                raise ServiceUnavailable(f"local {process.name.replace('-', ' ')}", reason, f"See {log}")

    def _note(self, seen: tuple[WorkerProcess, ...] | None) -> None:
        self._seen = seen or ()


class _Folds:
    """The sweep's evaluated folds, where its trials are so few that these tell more."""

    def __init__(self, sweep: Sweep, store: Store) -> None:
        self._sweep, self._store = sweep, store
        self._cursor: str | None = None
        self._open: set[str] = set()
        if sweep.size <= FEW_TRIALS:
            self._open = {trial_id for _, trial_id in identified_points(sweep.spec, sweep.library_version)}

    def text(self) -> str:
        """Return how many there are, or nothing where no open trial has any."""
        if not self._open:
            return ""
        page = self._store.outcomes(self._sweep.sweep_id, self._cursor)
        self._cursor = page.cursor
        self._open -= {outcome.trial_id for outcome in page.outcomes}
        of_open = folds_done(self._open, self._store)
        folds = self._sweep.spec.folds
        done = (self._sweep.size - len(self._open)) * folds + of_open
        return f"{done:,} of {self._sweep.size * folds:,} folds" if of_open else ""


class _QueueWatch:
    """Says once that the sweep's queue is lost, or does not answer.

    The broker is asked seldom, and one that is away is no news here.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._look_at = float("-inf")
        self._told = False

    def look(self, summary: SweepSummary) -> None:
        """Look if that is due."""
        if self._told or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _QUEUE_LOOK_SECONDS
        if mute_queues([summary], self._store.workers()):
            self._tell(summary, mute_queue_sentence(summary))
            return
        with suppress(ServiceUnavailable), opened_queue() as queue:
            if lost_queues([summary], self._store, queue):
                self._tell(summary, lost_queue_sentence(summary))

    def _tell(self, summary: SweepSummary, sentence: str) -> None:
        self._told = True
        tqdm.write(f"{sentence} {RESUME.format(summary.sweep.sweep_id)}", file=sys.stderr)


def watch(
    sweep_id: str, store: Store, home: Path, workers: int, stop_seconds: float, poll_seconds: float = 0.5
) -> SweepSummary:
    """Show the sweep's progress until it has ended, with that many local workers; return its last summary.

    Raises SweepNotFound, ServiceUnavailable.
    """
    sweep = store.sweep(sweep_id)
    folds = _Folds(sweep, store)
    with LocalWorkers(home, stop_seconds=stop_seconds) as local, progress_bar(sweep.size, "trials") as show:
        crew = _Crew(local, workers, store) if workers else None
        told, queue_watch = False, _QueueWatch(store)
        for summary in follow(sweep_id, store, poll_seconds):
            show(sweep.size - summary.open, ", ".join(filter(None, [folds.text(), *_counts(summary)])))
            if crew is not None:
                crew.keep()
            if not told and summary.open:
                told = _tell_of_workers(summary, store.workers(), own=crew is not None)
            queue_watch.look(summary)
    return summary


def _tell_of_workers(summary: SweepSummary, workers: Sequence[WorkerReport], *, own: bool) -> bool:
    """Print why nothing is evaluated, where that is so; return whether it was."""
    unsuited = nobody_suited(summary, workers)
    if unsuited is not None:
        tqdm.write(unsuited.sentence, file=sys.stderr)
        if unsuited.anew_helps:
            tqdm.write(LAUNCH_ANEW.format(summary.sweep.sweep_id), file=sys.stderr)
        return True
    if has_no_queue(summary):
        tqdm.write(NO_QUEUE.format(summary.sweep.sweep_id), file=sys.stderr)
        return True
    if workers or own:
        return False
    tqdm.write(NO_WORKER, file=sys.stderr)
    if summary.status is SweepStatus.LAUNCHING:
        tqdm.write(STILL_LAUNCHING.format(summary.sweep.sweep_id), file=sys.stderr)
    return True


@contextmanager
def progress_bar(total: int, what: str) -> Iterator[Callable[[int, str], None]]:
    """Give a function that shows how many are done, and a text about it, on standard error where that is a terminal."""
    with tqdm(total=total, desc=what, unit="", disable=None, file=sys.stderr, dynamic_ncols=True) as bar:

        def show(done: int, text: str = "") -> None:
            bar.set_postfix_str(text, refresh=False)
            bar.update(done - bar.n)

        yield show


def _counts(summary: SweepSummary) -> list[str]:
    counts = []
    if summary.best_score is not None:
        counts.append(
            f"best {summary.sweep.metric_name(summary.sweep.spec.ranking_metric)} {number(summary.best_score, 6)}"
        )
    if summary.failed:
        counts.append(f"{summary.failed:,} failed")
    if summary.dropped:
        counts.append(f"{summary.dropped:,} dropped")
    return counts
