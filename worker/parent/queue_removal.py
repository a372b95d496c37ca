"""The removal of one queue, on a thread: one that does not answer takes seconds, and the worker goes on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

from shared.domain import TaskAddress
from shared.ports import TaskQueue


class QueueRemoval:
    """Begins when it is made; ``then`` is what its caller does once the queue is gone."""

    def __init__(self, queue: TaskQueue, address: TaskAddress, then: Callable[[], None], *, if_empty: bool) -> None:
        """Raise RuntimeError where the system refuses another thread."""
        self.address, self.then = address, then
        self._queue, self._if_empty = queue, if_empty
        self._answer: Future[bool] = Future()
        threading.Thread(target=self._run, name="queue-removal", daemon=True).start()

    def is_done(self, seconds: float) -> bool:
        """Whether it has come to its end, within that time."""
        return bool(wait([self._answer], seconds).done)

    def result(self) -> bool:
        """Whether the queue is gone. Raises what its removal raised."""
        return self._answer.result()

    def _run(self) -> None:
        try:
            self._answer.set_result(self._queue.remove(self.address, if_empty=self._if_empty))
        except BaseException as error:  # raised where the result is asked for
            self._answer.set_exception(error)
