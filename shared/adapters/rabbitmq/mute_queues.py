"""Queues that do not answer while their broker does: a quorum queue without a leader, after a broker that died."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shared.adapters.rabbitmq.connection import BrokerSilent
from shared.domain import TaskAddress

log = logging.getLogger(__name__)

#: for how long such a queue is not asked, in seconds: each question costs the connection, and all that is held on it
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 600.0


class MuteQueues:
    """Notes them, so that one does not keep a consumer from all the others. Used by one thread."""

    def __init__(self) -> None:
        #: until when each is not asked, and how long its last pause was
        self._pauses: dict[TaskAddress, tuple[float, float]] = {}

    def may_ask(self, address: TaskAddress) -> bool:
        """Whether the queue is to be asked now."""
        return self._pauses.get(address, (0.0, 0.0))[0] <= time.monotonic()

    @contextmanager
    def noted(self, address: TaskAddress) -> Iterator[None]:
        """Ask the queue inside; its silence is noted and raised, its answer ends what was noted."""
        try:
            yield
        except BrokerSilent:
            last = self._pauses.get(address, (0.0, 0.0))[1]
            seconds = min(_LONGEST_PAUSE, 2 * last) if last else _FIRST_PAUSE
            self._pauses[address] = (time.monotonic() + seconds, seconds)
            about = {"event": "queue.mute", "sweep_id": address.sweep_id, "seconds": seconds}
            log.warning("a queue of RabbitMQ does not answer: the others are asked first", extra=about)
            raise
        self._pauses.pop(address, None)
