"""A worker's subscription: pika on a thread of its own, so that heartbeats never wait for the caller."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count

from pika import BlockingConnection
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPConnectionError, ChannelWrongStateError, ConsumerCancelled
from pika.spec import Basic, BasicProperties

from shared.adapters.rabbitmq.connection import BROKER_ERRORS, Broker, describe
from shared.adapters.rabbitmq.topology import TASK_PROPERTIES, Topology
from shared.domain import Task
from shared.errors import ServiceUnavailable, UndecodableTask
from shared.ports import Delivery

log = logging.getLogger(__name__)

#: the longest that the thread sleeps before it looks whether its channel still lives, in seconds
_LOOK_SECONDS = 0.5
#: between two connections, so that a broker that closes each one is not flooded, in seconds
_PAUSE_SECONDS = 0.2
#: how long a caller waits for its thread, in seconds: a round trip and more
_ANSWER_SECONDS = 5.0
_CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
    """One connection with its channel. Delivery tags mean something on their own link only."""

    connection: BlockingConnection
    channel: BlockingChannel


@dataclass(slots=True)
class _Message:
    """A message that is ours for as long as its link lasts."""

    task: Task
    body: bytes
    redelivered: bool
    link: _Link
    tag: int

    @property
    def identity(self) -> tuple[str, int, tuple[str, ...]]:
        """What two deliveries of one task have in common."""
        return self.task.sweep_id, self.task.epoch, tuple(trial.trial_id for trial in self.task.trials)


class RabbitTaskConsumer:
    """One worker's subscription; reconnects by itself.

    A broker takes back what is held for longer than its consumer timeout and closes the channel. Where it then gives
    the task to this consumer again, the caller's Delivery is renewed instead of handed out twice.
    """

    def __init__(self, broker: Broker, topology: Topology, prefetch: int) -> None:
        self._broker = broker
        self._topology = topology
        self._prefetch = prefetch
        self._taking = True
        self._closing = threading.Event()
        self._tokens = count()
        #: guards what the caller and the thread share: all that follows
        self._lock = threading.Lock()
        #: None while there is no connection
        self._link: _Link | None = None
        self._lost_at = 0.0
        self._lost_by: BaseException | None = None
        #: delivered, not taken yet
        self._inbox: deque[_Message] = deque()
        #: taken, by token
        self._held: dict[str, _Message] = {}
        #: what the caller wants done on the thread, and where it waits for the answer
        self._calls: deque[tuple[Callable[[_Link], bool], Future[bool]]] = deque()
        link = self._connect()
        # readable while take has a task
        self._signal_out, self._signal_in = socket.socketpair()
        self._signalled = False
        self._thread = threading.Thread(target=self._run, args=(link,), name="rabbitmq-consumer", daemon=True)
        self._thread.start()

    # what the worker calls

    def take(self) -> Delivery | None:
        """Return the next task, or None if there is none now or ``prefetch`` are held.

        Raises ServiceUnavailable while the broker is away for longer than its patience; it may be called again.
        """
        with self._lock:
            if self._may_take():
                token, message = str(next(self._tokens)), self._inbox.popleft()
                self._held[token] = message
                self._update_signal()
                return Delivery(task=message.task, token=token, redelivered=message.redelivered)
            away = self._link is None and time.monotonic() - self._lost_at > self._broker.patience
        if away and not self._closing.is_set():
            raise self._broker.unavailable(self._lost_by)
        return None

    def wakeup(self) -> socket.socket:
        """Return a socket for multiprocessing.connection.wait that is readable while take has a task."""
        return self._signal_out

    def extend(self) -> None:
        """Do nothing: the thread's heartbeats keep what is held."""

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""
        return self._settle(delivery, lambda link, message: None)

    def hand_back(self, delivery: Delivery) -> bool:
        """Give the task to another consumer, as if never delivered. False if no longer held."""
        return self._settle(delivery, self._publish_again)

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""
        return self._settle(delivery, lambda link, message: self._topology.bury(link.channel, message.body, reason))

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""
        with self._lock:
            self._taking = False
            self._update_signal()
        self._call(self._leave)

    def close(self) -> None:
        """Leave; what is still held returns to the queue."""
        self.stop_taking()
        self._closing.set()
        with self._lock:
            self._held.clear()
            if self._link is not None:
                with contextlib.suppress(AMQPConnectionError):
                    self._link.connection.add_callback_threadsafe(lambda: None)  # wakes the thread
        self._thread.join(_CLOSE_SECONDS)
        self._signal_in.close()
        self._signal_out.close()

    # between the two threads

    def _may_take(self) -> bool:
        return self._taking and bool(self._inbox) and len(self._held) < self._prefetch

    def _update_signal(self) -> None:
        wanted = self._may_take()
        if wanted and not self._signalled:
            self._signal_in.send(b"\0")
        elif self._signalled and not wanted:
            self._signal_out.recv(1)
        self._signalled = wanted

    def _settle(self, delivery: Delivery, first: Callable[[_Link, _Message], None]) -> bool:
        # forgotten first: should a fresh copy come to this very consumer, it is a task like any other
        message = self._forget(delivery)
        if message is None:
            return False

        def settle(link: _Link) -> bool:
            if message.link is not link:
                return False
            first(link, message)
            link.channel.basic_ack(message.tag)
            return True

        return self._call(settle)

    def _forget(self, delivery: Delivery) -> _Message | None:
        with self._lock:
            message = self._held.pop(delivery.token, None)
            self._update_signal()
            return message

    def _call(self, work: Callable[[_Link], bool]) -> bool:
        """Do ``work`` on the thread and return its answer; False where the connection is lost before."""
        answer: Future[bool] = Future()
        with self._lock:
            if self._link is None:
                return False
            self._calls.append((work, answer))
            with contextlib.suppress(AMQPConnectionError):  # just closed: losing the link answers all calls
                self._link.connection.add_callback_threadsafe(self._answer_calls)
        try:
            return answer.result(_ANSWER_SECONDS)
        except TimeoutError:  # a silent broker: its heartbeat will tell, or the work is done when it speaks again
            return False

    # what the thread does

    def _run(self, link: _Link) -> None:
        while not self._closing.is_set():
            try:
                self._serve(link)
            except Exception as error:  # whatever broke this connection, the next one may work
                self._lose(error)
                if (next_link := self._reconnect()) is not None:
                    link = next_link
        self._lose(None)

    def _serve(self, link: _Link) -> None:
        """Process what comes in until told to close. Raises when the connection breaks."""
        while not self._closing.is_set():
            link.connection.process_data_events(time_limit=_LOOK_SECONDS)
            if link.channel.is_closed:
                raise ChannelWrongStateError("the broker closed the channel")
            if self._taking and not link.channel.consumer_tags:
                raise ConsumerCancelled("the broker ended the subscription")
            if not self._taking and link.channel.consumer_tags:
                self._leave(link)

    def _connect(self) -> _Link:
        link = self._broker.patiently(self._subscribe, give_up=self._closing)
        with self._lock:
            self._link = link
        return link

    def _subscribe(self) -> _Link:
        connection = self._broker.connect()
        try:
            link = _Link(connection, connection.channel())
            self._topology.declare(link.channel)
            link.channel.confirm_delivery()
            link.channel.basic_qos(prefetch_count=self._prefetch)
            if self._taking:
                link.channel.basic_consume(
                    self._topology.queue,
                    lambda _, method, properties, body: self._on_message(link, method, properties, body),
                )
        except BROKER_ERRORS:
            with contextlib.suppress(*BROKER_ERRORS):
                connection.close()
            raise
        return link

    def _reconnect(self) -> _Link | None:
        while not self._closing.wait(_PAUSE_SECONDS):
            try:
                return self._connect()
            except ServiceUnavailable as error:
                self._lost_by = error.__cause__
                log.warning("cannot reach RabbitMQ: %s", error.reason, extra={"event": "queue.unreachable"})
                self._closing.wait(self._broker.longest_wait)
        return None

    def _lose(self, error: BaseException | None) -> None:
        """Give the connection up; the broker delivers again what came over it."""
        with self._lock:
            link, self._link = self._link, None
            self._lost_at, self._lost_by = time.monotonic(), error
            self._inbox.clear()
            self._update_signal()
            while self._calls:
                self._calls.popleft()[1].set_result(False)
        if error is not None:
            log.warning("lost RabbitMQ: %s", describe(error), extra={"event": "queue.lost"})
        if link is not None and link.connection.is_open:
            with contextlib.suppress(*BROKER_ERRORS):
                link.connection.close()

    def _answer_calls(self) -> None:
        while self._calls and self._link is not None:
            work, answer = self._calls.popleft()
            try:
                answer.set_result(work(self._link))
            except Exception:
                answer.set_result(False)
                raise

    def _on_message(self, link: _Link, method: Basic.Deliver, _: BasicProperties, body: bytes) -> None:
        tag = method.delivery_tag or 0
        try:
            task = Task.decode(body)
        except UndecodableTask as error:
            self._topology.bury(link.channel, body, str(error))
            link.channel.basic_ack(tag)
            return
        message = _Message(task, body, bool(method.redelivered), link, tag)
        with self._lock:
            held = next((each for each in self._held.values() if each.identity == message.identity), None)
            if held is None:
                self._inbox.append(message)
                self._update_signal()
                return
            renewed = held.link is not link
            if renewed:
                held.link, held.tag = link, message.tag
        if renewed:
            log.info("got back a held task", extra={"event": "queue.renewed", "sweep_id": task.sweep_id})
        else:  # a publisher that had to repeat itself
            link.channel.basic_ack(message.tag)

    def _leave(self, link: _Link) -> bool:
        """Consume no more, and give back what came but was never taken."""
        for tag in link.channel.consumer_tags:
            link.channel.basic_cancel(tag)
        with self._lock:
            untaken = list(self._inbox)
            self._inbox.clear()
        for message in untaken:
            self._publish_again(link, message)
            link.channel.basic_ack(message.tag)
        return True

    def _publish_again(self, link: _Link, message: _Message) -> None:
        link.channel.basic_publish("", self._topology.queue, message.body, TASK_PROPERTIES, mandatory=True)
