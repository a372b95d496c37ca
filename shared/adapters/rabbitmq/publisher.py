"""Publishing a stream with a window of unconfirmed messages, at the speed of the broker's disk.

pika's BlockingConnection waits for each confirm; here its SelectConnection runs in the calling thread and pulls the
stream as the window opens.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import takewhile
from typing import Any

from pika import SelectConnection
from pika.channel import Channel
from pika.exceptions import AMQPConnectionError, AMQPError
from pika.frame import Method
from pika.spec import Basic

from shared.adapters.rabbitmq.connection import Broker, BrokerSilent, broker_error
from shared.adapters.rabbitmq.topology import TASK_PROPERTIES
from shared.errors import PublishFailed

#: unconfirmed messages at once: enough to keep the broker busy, few enough to hold
WINDOW = 1_000
_PROGRESS_SECONDS = 0.1
_WATCH_SECONDS = 1.0
#: how long a confirm is waited for before another connection is tried: where a queue was deleted some never come
_SILENCE_SECONDS = 15.0
_CLOSE_SECONDS = 5.0


def _guarded(callback: Callable[..., None]) -> Callable[..., None]:
    """Keep an exception for the end: one that passed through pika's loop would leave it undone."""

    @wraps(callback)
    def guarded(self: Publication, *args: Any) -> None:
        try:
            callback(self, *args)
        except AMQPError as error:
            self._lose(error)
        except Exception as error:
            self._fail(error)

    return guarded


class _JoiningConnection(SelectConnection):
    """Sends together what is written in one turn of the loop; pika alone sends each message in three parts."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._parts: list[bytes] = []
        super().__init__(*arguments, **options)

    def _adapter_emit_data(self, data: bytes) -> None:  # the method that pika has its adapters override
        if not self._parts:
            self.ioloop.add_callback(self._send)
        self._parts.append(data)

    def _send(self) -> None:
        data = b"".join(self._parts)
        self._parts.clear()
        if not self.is_closed:
            super()._adapter_emit_data(data)  # type: ignore[misc]  # missing in pika's stubs


class Publication:
    """One call of ``publish``: over one connection, or several when they break."""

    def __init__(
        self,
        broker: Broker,
        queue: str,
        bodies: Iterator[bytes],
        on_progress: Callable[[int], None] | None,
    ) -> None:
        self._broker = broker
        self._queue = queue
        self._bodies = bodies
        self._on_progress = on_progress
        #: bodies by delivery tag, in order
        self._unconfirmed: dict[int, bytes] = {}
        #: what an earlier connection left unconfirmed; published again, since a duplicate is harmless and a gap is not
        self._again: deque[bytes] = deque()
        self._exhausted = False
        self._confirmed = 0
        #: why no more is published: the caller's error, or what the broker refused
        self._failure: Exception | None = None
        self._refusal: str | None = None
        self._progress_at = 0.0

    def run(self) -> int:
        """Publish everything and return how many messages were confirmed."""
        while not self._done:
            self._broker.patiently(self._run_connection)
        if self._failure is not None:
            raise self._failure
        if self._refusal is not None:
            raise PublishFailed(self._refusal, self._confirmed)
        if self._on_progress is not None:
            self._on_progress(self._confirmed)
        return self._confirmed

    @property
    def _done(self) -> bool:
        nothing_left = self._exhausted and not self._again
        return not self._unconfirmed and (self._stopped or nothing_left)

    @property
    def _stopped(self) -> bool:
        return self._failure is not None or self._refusal is not None

    def _run_connection(self) -> None:
        """Publish over one connection until done or until it breaks. Raises its error if it achieved nothing."""
        confirmed_before = self._confirmed
        self._lost: BaseException | None = None
        self._sent = 0
        self._moved_at = time.monotonic()
        self._connection = _JoiningConnection(
            self._broker.parameters,
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_closed,
            on_close_callback=self._on_closed,
        )
        try:
            self._connection.ioloop.start()
        finally:
            self._clean_up()
        self._again.extendleft(reversed(self._unconfirmed.values()))
        self._unconfirmed.clear()
        if self._lost is not None and self._confirmed == confirmed_before and not self._stopped:
            raise self._lost

    @_guarded
    def _on_open(self, connection: Any) -> None:
        connection.ioloop.call_later(_WATCH_SECONDS, self._watch)
        connection.channel(on_open_callback=self._on_channel)

    @_guarded
    def _on_channel(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_returned)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._fill())

    @_guarded
    def _fill(self) -> None:
        while not self._stopped and len(self._unconfirmed) < WINDOW:
            if (body := self._next()) is None:
                break
            self._sent += 1
            self._unconfirmed[self._sent] = body  # first, so that it is not forgotten should the channel be closed
            self._channel.basic_publish("", self._queue, body, TASK_PROPERTIES, mandatory=True)
        if self._done:
            self._close()

    def _next(self) -> bytes | None:
        if self._again:
            return self._again.popleft()
        if (body := next(self._bodies, None)) is None:
            self._exhausted = True
        self._moved_at = time.monotonic()  # the stream may be slow, which is no silence of the broker's
        return body

    @_guarded
    def _on_confirm(self, frame: Method[Basic.Ack | Basic.Nack]) -> None:
        tag = frame.method.delivery_tag
        tags = [tag]
        if frame.method.multiple:
            tags = list(takewhile(lambda sent: sent <= tag, self._unconfirmed))
        for each in tags:
            self._unconfirmed.pop(each, None)  # none is left once the broker was given up
        self._moved_at = time.monotonic()
        if isinstance(frame.method, Basic.Nack):
            self._refusal = "RabbitMQ refused a task"
        else:
            self._confirmed += len(tags)
            self._tell_progress()
        self._fill()

    @_guarded
    def _on_returned(self, _channel: Channel, method: Basic.Return, *_: object) -> None:
        self._confirmed -= 1  # the broker confirms it nevertheless, right after this
        self._refusal = f"RabbitMQ has no queue {self._queue} for a task ({method.reply_text})"

    def _tell_progress(self) -> None:
        now = time.monotonic()
        if self._on_progress is not None and not self._stopped and now - self._progress_at >= _PROGRESS_SECONDS:
            self._progress_at = now
            self._on_progress(self._confirmed)

    @_guarded
    def _watch(self) -> None:
        if self._unconfirmed and time.monotonic() - self._moved_at > min(_SILENCE_SECONDS, self._broker.patience):
            if self._stopped:
                self._unconfirmed.clear()
            self._lose(BrokerSilent("it confirms no task"))
        elif not self._connection.is_closing:
            self._connection.ioloop.call_later(_WATCH_SECONDS, self._watch)

    def _fail(self, error: Exception) -> None:
        """Publish no more; what is under way is waited for."""
        self._failure = self._failure or error
        if self._done:
            self._close()

    def _close(self) -> None:
        if self._connection.is_open:
            self._connection.close()
            # a broker that is silent does not answer this either
            self._connection.ioloop.call_later(_CLOSE_SECONDS, self._connection.ioloop.stop)

    def _lose(self, error: BaseException) -> None:
        self._lost = self._lost or error
        self._close()

    def _on_channel_closed(self, _channel: Channel, reason: Exception) -> None:
        if not self._connection.is_closing:
            self._lose(reason)

    def _on_closed(self, connection: Any, reason: BaseException) -> None:
        if not self._done and self._lost is None:
            self._lost = broker_error(reason)
        connection.ioloop.stop()

    def _clean_up(self) -> None:
        """Close what an interrupt left open, and the loop's own descriptors."""
        if self._connection.is_open:
            with contextlib.suppress(AMQPConnectionError):
                self._close()
                self._connection.ioloop.start()
        self._connection.ioloop.close()
