"""Keeps as many local workers as are wanted, as a Deployment's controller keeps pods."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from shared.adapters.processes.local_workers import LocalWorker, LocalWorkers
from shared.domain import ProcessState, WorkerProcess
from shared.errors import BoostgridError

log = logging.getLogger(__name__)

#: the pause before the first restart, doubled by each crash in a row, in seconds
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
#: a worker that lived this long is healthy: its next crash counts as the first
HEALTHY_AFTER_SECONDS = 60.0


@dataclass
class _Slot:
    """One wanted worker over all its lives."""

    number: int
    worker: LocalWorker | None = None
    restarts: int = 0
    exit_code: int | None = None
    crashes_in_a_row: int = 0
    #: on the supervisor's clock
    start_at: float = 0.0
    living_since: float = 0.0
    #: why it does not run, once it crashed
    trouble: str = ""
    #: set while it is told to stop
    stopper: threading.Thread | None = None

    def observe(self) -> WorkerProcess:
        """Return what the dashboard is told of this slot."""
        if self.stopper is not None:
            state, detail = ProcessState.STOPPING, "finishes or hands back what it has"
        elif self.worker is not None:
            state, detail = ProcessState.RUNNING, ""
        elif self.trouble:
            state, detail = ProcessState.CRASHED, self.trouble
        else:
            state, detail = ProcessState.STARTING, ""
        return WorkerProcess(
            name=f"worker-{self.number}",
            state=state,
            pid=self.worker.pid if self.worker else None,
            restarts=self.restarts,
            exit_code=self.exit_code,
            started_at=self.worker.started_at if self.worker else None,
            detail=detail,
        )


class Supervisor:
    """Starts, stops and restarts workers until there are as many as are wanted.

    ``wanted`` is asked at every step. ``report`` is told what there is, and None when the supervisor leaves.
    ``busy_pids`` tells which workers have a task, so that idle ones are stopped first; it may fail.
    """

    def __init__(
        self,
        workers: LocalWorkers,
        wanted: Callable[[], int],
        report: Callable[[tuple[WorkerProcess, ...] | None], None],
        busy_pids: Callable[[], Collection[int]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workers = workers
        self._wanted = wanted
        self._report = report
        self._busy_pids = busy_pids
        self._clock = clock
        self._slots: dict[int, _Slot] = {}
        self._leave = threading.Event()
        #: what went wrong last, until it goes well
        self._told = ""
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Follow what is wanted from now on, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following, stop every worker gracefully, and return when all have ended."""
        self._leave.set()
        if self._thread.is_alive():
            self._thread.join()
        living = [slot.worker for slot in self._slots.values() if slot.worker is not None]
        self._workers.stop(living)
        try:
            self._report(None)
        except BoostgridError as error:  # what was reported last grows old by itself
            self._tell_once(error)

    def reconcile(self) -> None:
        """Take one step towards what is wanted, and report."""
        for slot in list(self._slots.values()):
            self._notice_end(slot)
        wanted = self._wanted()
        staying = [slot for slot in self._slots.values() if slot.stopper is None]
        for slot in self._superfluous(staying, len(staying) - wanted):
            self._dismiss(slot)
        for _ in range(wanted - len(staying)):
            number = next(n for n in range(1, len(self._slots) + 2) if n not in self._slots)
            self._slots[number] = _Slot(number)
        for slot in self._slots.values():
            if slot.worker is None and slot.stopper is None and self._clock() >= slot.start_at:
                self._start(slot)
        self._report(tuple(self._slots[number].observe() for number in sorted(self._slots)))

    def _run(self) -> None:
        while not self._leave.is_set():
            try:
                self.reconcile()
            except Exception as error:  # a full disk must not end the supervision
                self._tell_once(error)
            else:
                self._told = ""
            self._leave.wait(0.5)

    def _tell_once(self, error: Exception) -> None:
        """Log what went wrong unless it is what went wrong half a second ago; a traceback where nobody foresaw it."""
        if str(error) != self._told:
            self._told = str(error)
            trace = not isinstance(error, BoostgridError)
            log.error(
                "could not supervise the workers: %s", error, exc_info=trace, extra={"event": "supervisor.failed"}
            )

    def _start(self, slot: _Slot) -> None:
        try:
            slot.worker = self._workers.start(slot.number)
        except OSError as error:  # no memory or process left, a log that cannot be written
            slot.restarts, slot.exit_code = slot.restarts + 1, None
            self._note_trouble(slot, f"cannot be started: {error}; tried again soon")
            return
        slot.living_since = self._clock()

    def _notice_end(self, slot: _Slot) -> None:
        code = slot.worker.poll() if slot.worker is not None else None
        if slot.stopper is not None:
            if not slot.stopper.is_alive():
                del self._slots[slot.number]
            return
        if slot.worker is None or code is None:
            return
        if self._clock() - slot.living_since >= HEALTHY_AFTER_SECONDS:
            slot.crashes_in_a_row = 0
        slot.worker, slot.exit_code, slot.restarts = None, code, slot.restarts + 1
        self._note_trouble(slot, f"ended with {code}; starts again soon, see its log")

    def _note_trouble(self, slot: _Slot, trouble: str) -> None:
        slot.trouble = trouble
        slot.crashes_in_a_row += 1
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(slot.crashes_in_a_row - 1, 10))
        slot.start_at = self._clock() + pause
        log.warning(
            "worker-%d %s (in %.1f s)",
            slot.number,
            trouble,
            pause,
            extra={"event": "worker.crashed", "restarts": slot.restarts},
        )

    def _superfluous(self, staying: list[_Slot], count: int) -> list[_Slot]:
        if count <= 0:
            return []
        try:
            busy = set(self._busy_pids())
        except Exception:  # the store is away: any worker may go, none loses its trial
            log.warning("cannot tell which workers are idle", exc_info=True)
            busy = set()
        return sorted(
            staying,
            key=lambda slot: (slot.worker is not None, slot.worker and slot.worker.pid in busy, -slot.number),
        )[:count]

    def _dismiss(self, slot: _Slot) -> None:
        if slot.worker is None:
            del self._slots[slot.number]
            return
        slot.stopper = threading.Thread(target=self._workers.stop, args=([slot.worker],), daemon=True)
        slot.stopper.start()
