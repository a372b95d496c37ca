"""Which queues are worth asking: a question is a round trip, and to a quorum queue a line in its log."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.domain import TaskAddress

#: after the first question that found nothing, and at most, in seconds
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
#: queues remembered before those that nobody asked about for long are forgotten: sweeps end
_MANY = 1_000


@dataclass(slots=True)
class _Pause:
    seconds: float
    until: float


class Pauses:
    """An empty queue is asked again after a pause that doubles, and at once after it gave something."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pauses: dict[TaskAddress, _Pause] = {}

    def due(self, addresses: Sequence[TaskAddress]) -> list[TaskAddress]:
        """Return those that may be asked now, in their order."""
        now = self._clock()
        if len(self._pauses) > max(_MANY, 2 * len(addresses)):
            self._pauses = {key: each for key, each in self._pauses.items() if each.until > now - LONGEST_PAUSE}
        return [each for each in addresses if (pause := self._pauses.get(each)) is None or pause.until <= now]

    def nothing_in(self, address: TaskAddress, is_missing: bool = False) -> None:
        """Note that it had nothing; one that does not exist is left alone for the longest pause at once."""
        before = self._pauses.get(address)
        seconds = LONGEST_PAUSE if is_missing else min(2 * before.seconds, LONGEST_PAUSE) if before else SHORTEST_PAUSE
        self._pauses[address] = _Pause(seconds, self._clock() + seconds)

    def something_in(self, address: TaskAddress) -> None:
        """Note that it had something."""
        self._pauses.pop(address, None)
