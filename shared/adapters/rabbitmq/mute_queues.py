"""Queues that do not answer while their broker does: a quorum queue without a leader, after a broker that died."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.adapters.rabbitmq.connection import BROKER_ERRORS, BrokerSilent
from shared.domain import TaskAddress

log = logging.getLogger(__name__)

#: the first and the longest pause before such a queue is asked again, in seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
#: for how long after its pause one is still said to be mute, and remembered, where nobody wants to ask it, in seconds
_BELIEVED_SECONDS, _REMEMBERED_SECONDS = 120.0, 3_600.0


@dataclass(slots=True)
class _Pause:
    until: float
    seconds: float
    #: whether the broker answered while the queue did not: a broker that is silent is no fault of the queue
    confirmed: bool = False


class MuteQueues:
    """Notes them, so that one does not keep a consumer from all the others.

    A question that is not answered costs the connection, and all that is held on it. So the consumer asks such a queue
    once; from then on ``ask`` does, on a thread and over a connection of its own, until the queue answers.
    """

    def __init__(self, ask: Callable[[TaskAddress], None]) -> None:
        #: raises BrokerSilent where the broker can be reached and the queue does not answer, else BROKER_ERRORS
        self._ask = ask
        self._lock = threading.Lock()
        self._pauses: dict[TaskAddress, _Pause] = {}
        self._asking = False
        self._closed = False

    def may_ask(self, address: TaskAddress) -> bool:
        """Whether the consumer is to ask the queue; of one that is noted it is found out whether it answers again."""
        with self._lock:
            pause = self._pauses.get(address)
            if pause is None:
                return True
            if pause.until > time.monotonic() or self._asking or self._closed:
                return False
            self._asking = True
        try:
            threading.Thread(target=self._try, args=(address,), name="rabbitmq-mute-queue", daemon=True).start()
        except RuntimeError:  # the system refuses another thread: later then
            with self._lock:
                self._asking = False
        return False

    def known(self) -> frozenset[TaskAddress]:
        """Return those that surely do not answer; from any thread."""
        now = time.monotonic()
        with self._lock:
            self._pauses = {each: at for each, at in self._pauses.items() if now < at.until + _REMEMBERED_SECONDS}
            believed = {each for each, at in self._pauses.items() if now < at.until + _BELIEVED_SECONDS}
            return frozenset(each for each in believed if self._pauses[each].confirmed)

    @contextmanager
    def noted(self, address: TaskAddress) -> Iterator[None]:
        """Ask the queue inside; its silence is noted and raised, its answer ends what was noted."""
        try:
            yield
        except BrokerSilent:
            self._note(address, confirmed=False)
            raise
        with self._lock:
            self._pauses.pop(address, None)

    def close(self) -> None:
        """Ask no more, and say no more of what is being asked."""
        with self._lock:
            self._closed = True

    def _try(self, address: TaskAddress) -> None:
        try:
            self._ask(address)
        except BrokerSilent:
            self._note(address, confirmed=True)
        except BROKER_ERRORS:
            self._note(address, confirmed=False)
        except Exception:
            if not self._closed:
                about = {"event": "queue.unasked", "sweep_id": address.sweep_id}
                log.exception("could not ask a queue again", extra=about)
            self._note(address, confirmed=False)
        else:
            with self._lock:
                self._pauses.pop(address, None)
        finally:
            with self._lock:
                self._asking = False

    def _note(self, address: TaskAddress, *, confirmed: bool) -> None:
        with self._lock:
            last = self._pauses.get(address)
            seconds = min(_LONGEST_PAUSE, 2 * last.seconds) if last else _FIRST_PAUSE
            self._pauses[address] = _Pause(time.monotonic() + seconds, seconds, confirmed)
            if self._closed:
                return
        about = {"event": "queue.mute", "sweep_id": address.sweep_id, "epoch": address.epoch, "seconds": seconds}
        log.warning("a queue of RabbitMQ does not answer: the others are asked first", extra=about)
