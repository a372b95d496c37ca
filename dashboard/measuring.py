"""What the dashboard measures of the whole for a scraper: trials, queues and workers, as its pages show them."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil

from shared.domain import SweepStatus, SweepSummary, TaskAddress
from shared.errors import ServiceUnavailable
from shared.operations import mute_queues
from shared.ports import Measure, Store, TaskQueue

log = logging.getLogger(__name__)

#: however often it is scraped, and by however many, store and queue are asked no more often, in seconds
_KEEP_SECONDS = 10.0


class Measuring:
    """Asks store and queue when it is scraped. One that does not answer is a figure too: its own are left out then.

    Both are opened by the first scrape, so that a service that is away at the start is found later.
    """

    def __init__(self, open_store: Callable[[], Store], open_queue: Callable[[], TaskQueue]) -> None:
        self._open_store, self._open_queue = open_store, open_queue
        self._store: Store | None = None
        self._queue: TaskQueue | None = None
        self._lock = threading.Lock()
        self._kept: list[Measure] = []
        self._kept_until = float("-inf")

    def measures(self) -> list[Measure]:
        """Return the figures, as of some seconds ago at most."""
        with self._lock:
            if time.monotonic() >= self._kept_until:
                self._kept = list(self._measured())
                self._kept_until = time.monotonic() + _KEEP_SECONDS
            return self._kept

    def close(self) -> None:
        """Close what was opened."""
        with self._lock:
            for opened in (self._store, self._queue):
                if opened is not None:
                    opened.close()
            self._store = self._queue = None

    def _measured(self) -> Iterator[Measure]:
        up = {"store": 0.0, "queue": 0.0}
        addresses: list[TaskAddress] | None = None
        with _said_where_away():
            addresses, found = self._of_store()
            up["store"] = 1.0
            yield from found
        with _said_where_away():
            found = self._of_queue(addresses)
            up["queue"] = 1.0
            yield from found
        yield Measure("boostgrid_service_up", "Whether the service answered.", values=up, label="service")
        yield Measure("boostgrid_dashboard_memory_bytes", "Memory of its processes.", values={"": _memory()})

    def _of_store(self) -> tuple[list[TaskAddress], list[Measure]]:
        if self._store is None:
            self._store = self._open_store()
        summaries, workers = self._store.summaries(), self._store.workers()
        queued = [each.address for each in self._store.queued_sweeps()]
        running = [task for worker in workers for task in worker.running]
        sweeps = Counter(summary.status.value for summary in summaries)
        return queued, [
            Measure("boostgrid_trials", "Trials of all sweeps, by state.", values=_states(summaries), label="state"),
            Measure("boostgrid_sweeps", "Sweeps, by status.", values=_with_zeros(sweeps), label="status"),
            Measure("boostgrid_workers", "Workers that reported lately.", values={"": len(workers)}),
            Measure(
                "boostgrid_engines", "Engines of those workers.", values={"": sum(each.engines for each in workers)}
            ),
            Measure("boostgrid_unsettled_tasks", "Tasks that engines are at.", values={"": len(running)}),
            Measure(
                "boostgrid_queues_mute",
                "Queues of sweeps that do not answer workers.",
                values={"": len(mute_queues(summaries, workers))},
            ),
            Measure(
                "boostgrid_queues_left",
                "Queues that did not answer when they were to be removed.",
                values={"": len(self._store.left_queues())},
            ),
        ]

    def _of_queue(self, addresses: list[TaskAddress] | None) -> list[Measure]:
        """Measure it; where the store does not say which queues there should be, without what is counted in them."""
        if self._queue is None:
            self._queue = self._open_queue()
        status = self._queue.status(addresses or [])
        dead = Measure("boostgrid_queue_dead_letters", "Dead letters.", values={"": status.dead})
        if addresses is None:
            return [dead]
        return [
            dead,
            Measure("boostgrid_queue_ready_tasks", "Tasks that wait, in all queues.", values={"": status.ready}),
            Measure("boostgrid_queues_missing", "Queues that sweeps should have.", values={"": len(status.missing)}),
        ]


@contextmanager
def _said_where_away() -> Iterator[None]:
    try:
        yield
    except ServiceUnavailable as error:
        log.warning("%s", error, extra={"event": "service.unavailable", "service": error.service})


def _memory() -> int:
    """Return the memory of this process and of those below it, in bytes: the web server is one."""
    total = 0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.Error):  # it has just ended
            total += process.memory_info().rss
    return total


def _states(summaries: list[SweepSummary]) -> dict[str, float]:
    states = Counter({"succeeded": 0, "failed": 0, "dropped": 0, "open": 0, "cancelled": 0})
    for each in summaries:
        states.update({"succeeded": each.succeeded, "failed": each.failed, "dropped": each.dropped})
        states["cancelled" if each.status is SweepStatus.CANCELLED else "open"] += each.open
    return {state: float(count) for state, count in states.items()}


def _with_zeros(sweeps: Counter[str]) -> dict[str, float]:
    return {status.value: float(sweeps[status.value]) for status in SweepStatus}
