"""Calls of a service that is not waited for any longer than a worker that leaves has time.

A call of SQLite that waits for a lock, or of MongoDB that waits for an answer, cannot be interrupted. So another thread
makes them, one at a time: the worker's own sees at once that it is asked to stop, and leaves a call that takes longer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from shared.errors import ServiceUnavailable
from shared.ports import TaskConsumer, TaskQueue

T = TypeVar("T")

#: how often it is looked whether the worker is asked to stop, in seconds
_LOOK_SECONDS = 0.1
#: what a consumer answers of itself, without a call of the service
_OF_ITSELF = ("holds", "interruption", "mute", "look_ahead", "give_back", "stop_taking")


class _Call:
    """One call, made by the thread."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.what = (function, arguments, named)
        self.done = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None

    def make(self) -> None:
        """Make it, and keep what it gives or raises."""
        function, arguments, named = self.what
        try:
            self.result = function(*arguments, **named)
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()


class Impatience:
    """One service's thread. Once ``asked`` says that the worker is to stop, a call may take ``seconds``, no longer."""

    def __init__(self, service: str, asked: Callable[[], bool], seconds: float) -> None:
        self._service, self._asked, self._seconds = service, asked, seconds
        self._calls = SimpleQueue[_Call]()
        #: the one that did not return in time
        self._left: _Call | None = None
        # a daemon: what it waits for must not keep the process
        threading.Thread(target=self._make_calls, name=f"calls of {service}", daemon=True).start()

    def ask(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Return what the call gives; raise ServiceUnavailable where it is left.

        While one that was left has not returned, nothing else is tried. The same call again gets its answer.
        """
        call = self._left
        if call is None or (call.done.is_set() and call.what != (function, arguments, named)):
            call = _Call(function, arguments, named)
            self._calls.put(call)
        elif call.what != (function, arguments, named):
            raise self._no_answer()
        asked_at = time.monotonic() - self._seconds if call is self._left else None
        while not call.done.wait(_LOOK_SECONDS):
            if self._asked():
                asked_at = asked_at or time.monotonic()
                if time.monotonic() >= asked_at + self._seconds:
                    self._left = call
                    raise self._no_answer()
        self._left = None
        if call.error is not None:
            raise call.error
        return call.result

    def _no_answer(self) -> ServiceUnavailable:
        return ServiceUnavailable(
            self._service, "it does not answer, and the worker is to stop", "Check that it runs and nothing locks it."
        )

    def _make_calls(self) -> None:
        while True:
            self._calls.get().make()


class _Asked:
    """Stands in for a port: its methods are asked through the thread, but for those that the port answers of itself."""

    def __init__(self, port: object, impatience: Impatience, of_itself: Collection[str] = ()) -> None:
        self._port, self._impatience, self._of_itself = port, impatience, of_itself

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name in self._of_itself or not callable(method):
            return method
        return lambda *arguments, **named: self._impatience.ask(method, *arguments, **named)


class _AskedQueue(_Asked):
    """The same of a queue, whose consumers are asked through its thread too."""

    def consume(self) -> TaskConsumer:
        """Return a consumer."""
        consumer = self._impatience.ask(cast(TaskQueue, self._port).consume)
        return cast(TaskConsumer, _Asked(consumer, self._impatience, _OF_ITSELF))


def impatient(port: T, service: str, asked: Callable[[], bool], seconds: float) -> T:
    """Return the store or queue as one that a worker that leaves does not wait for."""
    kind = _AskedQueue if hasattr(port, "consume") else _Asked
    return cast(T, kind(port, Impatience(service, asked, seconds)))
