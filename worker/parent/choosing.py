"""Which queues a worker asks for a task, and when."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shared.domain import TASK_SCHEMA_VERSION, QueuedSweep, Task, TaskAddress
from shared.errors import ServiceUnavailable
from shared.planning.versions import unsuited
from shared.ports import SweepLedger
from worker.parent.fair_order import FairOrder
from worker.parent.intervals import BELIEVE_SECONDS, STORE_PAUSE_SECONDS

log = logging.getLogger(__name__)

#: the first and the longest pause before an empty queue is asked again, in seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
#: queues that one take asks at most, so that it never blocks for long; the next one goes on with the rest
_QUEUES_A_TAKE = 16


@dataclass(slots=True)
class _Pause:
    until: float
    seconds: float


class Choosing:
    """Knows the queues, keeps those that this worker is suited for, and asks an empty one ever less often."""

    def __init__(self, ledger: SweepLedger, versions: dict[str, str], clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._versions = versions
        self._clock = clock
        self._order = FairOrder()
        #: all that have a queue, those too that this worker cannot do
        self.queued: tuple[QueuedSweep, ...] = ()
        self._suited: tuple[QueuedSweep, ...] = ()
        self._pauses: dict[TaskAddress, _Pause] = {}
        #: sweep id -> why an engine here could not do it, whatever the versions say
        self._refused: dict[str, str] = {}
        self._read_at = float("-inf")

    def look(self) -> bool:
        """Read which sweeps have a queue, once a second; return whether it was done now. An outage changes nothing."""
        if self._clock() < self._read_at:
            return False
        try:
            queued = self._ledger.queued_sweeps()
        except ServiceUnavailable as error:
            self._read_at = self._clock() + STORE_PAUSE_SECONDS
            log.warning("%s", error, extra={"event": "service.unavailable", "service": error.service})
            return False
        self._read_at = self._clock() + BELIEVE_SECONDS
        self.queued = tuple(queued)
        present = {each.sweep_id for each in queued}
        self._refused = {sweep_id: why for sweep_id, why in self._refused.items() if sweep_id in present}
        self._suited = tuple(each for each in queued if not each.cancelled and self.why_not(each) is None)
        addresses = {each.address for each in self._suited}
        self._pauses = {address: pause for address, pause in self._pauses.items() if address in addresses}
        return True

    def why_not(self, sweep: QueuedSweep) -> str | None:
        """Return why this worker cannot do the sweep, or None."""
        return self._refused.get(sweep.sweep_id) or unsuited(sweep, self._versions, TASK_SCHEMA_VERSION)

    def refuse(self, sweep_id: str, why: str) -> None:
        """Take no task of the sweep any more."""
        log.warning("this worker cannot do the sweep: %s", why, extra={"event": "sweep.refused", "sweep_id": sweep_id})
        self._refused[sweep_id] = why
        self._suited = tuple(each for each in self._suited if each.sweep_id != sweep_id)

    @property
    def refused(self) -> dict[str, str]:
        """The sweeps that an engine here could not do, with the reason."""
        return dict(self._refused)

    def to_ask(self) -> list[TaskAddress]:
        """Return the queues to ask now, in this order."""
        now = self._clock()
        addresses = (each.address for each in self._order.of(self._suited))
        due = [each for each in addresses if each not in self._pauses or self._pauses[each].until <= now]
        return due[:_QUEUES_A_TAKE]

    def seconds_to_next(self) -> float:
        """Return how long until a queue is to be asked, or the ledger is."""
        now = self._clock()
        waits = [self._read_at]
        for each in self._suited:
            pause = self._pauses.get(each.address)
            waits.append(pause.until if pause else now)
        return max(0.0, min(waits) - now)

    def were_empty(self, addresses: Iterable[TaskAddress]) -> None:
        """Note queues that had nothing: each is asked again after a pause that doubles."""
        for address in addresses:
            known = self._pauses.get(address)
            seconds = min(_LONGEST_PAUSE, 2 * known.seconds) if known else _FIRST_PAUSE
            self._pauses[address] = _Pause(self._clock() + seconds, seconds)

    @property
    def addresses(self) -> list[TaskAddress]:
        """The queues of all sweeps that this worker can do."""
        return [each.address for each in self._suited]

    def took(self, task: Task) -> None:
        """Note what was taken: its queue has more, as far as anyone knows."""
        self._pauses.pop(task.address, None)
        self._order.took(task.sweep_id, task.cost)

    @property
    def empty(self) -> list[QueuedSweep]:
        """The sweeps whose queue had nothing when it was asked last."""
        return [each for each in self._suited if each.address in self._pauses]
