"""The time that a worker has left once it was asked to stop."""

from __future__ import annotations

from collections.abc import Callable

from worker.parent.stop_request import StopRequest


class Grace:
    """Runs from the first time that somebody looks after the request."""

    def __init__(self, stop: StopRequest, seconds: float, clock: Callable[[], float]) -> None:
        self._stop = stop
        self._seconds = seconds
        self._clock = clock
        self._over_at: float | None = None

    def is_over(self) -> bool:
        """Whether it is time to leave at any price; never while nobody asked."""
        if not self._stop.asked:
            return False
        if self._over_at is None:
            self._over_at = self._clock() + self._seconds
        return self._stop.hastened or self._clock() >= self._over_at
