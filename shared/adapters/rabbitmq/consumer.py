"""A worker's subscription: pika on a thread of its own, so that heartbeats never wait for the caller."""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from pika.exceptions import ChannelWrongStateError
from pika.spec import Basic, BasicProperties

from shared.adapters.rabbitmq.connection import Broker, describe
from shared.adapters.rabbitmq.link import Link
from shared.adapters.rabbitmq.topology import Topology
from shared.domain import Task
from shared.errors import ServiceUnavailable, UndecodableTask
from shared.ports import Delivery, Interruption

log = logging.getLogger(__name__)

#: the longest that the thread sleeps before it looks whether its channel still lives, in seconds
_LOOK_SECONDS = 0.5
#: between two connections, so that a broker that closes each one is not flooded, in seconds
_PAUSE_SECONDS = 0.2
#: how long a caller waits for its thread, in seconds: a round trip and more. Who then leaves has waited once
_ANSWER_SECONDS = 3.0
#: how long leaving may take with a broker that answers, and with one that does not, in seconds
_CLOSE_SECONDS, _DESERT_SECONDS = 5.0, 0.5


@dataclass(slots=True)
class _Message:
    """A message that is ours for as long as its link lasts."""

    task: Task
    body: bytes
    redelivered: bool
    link: Link
    tag: int
    #: the subscription that it came by
    consumer_tag: str


class RabbitTaskConsumer:
    """One worker's subscription; connects, and connects again, by itself.

    A broker takes back what is held for longer than its consumer timeout and closes the channel or ends the
    subscription. Where it then gives the task to this consumer again, the caller's Delivery is renewed instead of
    handed out twice.
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
        self._link: Link | None = None
        #: whether the broker refused the last connection, or was tried for as long as its patience lasts; and why
        self._unreachable = False
        self._lost_by: BaseException | None = None
        #: whether the thread did not answer in time: its broker is silent
        self._silent = False
        self._interruption: Interruption | None = None
        #: delivered, not taken yet
        self._inbox: deque[_Message] = deque()
        #: taken, by token
        self._held: dict[str, _Message] = {}
        #: what the caller wants done on the thread, and where it waits for the answer
        self._calls: deque[tuple[Callable[[Link], bool], Future[bool]]] = deque()
        # readable while take has a task
        self._signal_out, self._signal_in = socket.socketpair()
        self._signalled = False
        self._thread = threading.Thread(target=self._run, name="rabbitmq-consumer", daemon=True)
        self._thread.start()

    # what the worker calls

    def take(self) -> Delivery | None:
        """Return the next task, or None if there is none now or ``prefetch`` are held.

        Raises ServiceUnavailable while the broker refuses or is away for longer than its patience; it may be called
        again.
        """
        with self._lock:
            if self._may_take():
                token, message = str(next(self._tokens)), self._inbox.popleft()
                self._held[token] = message
                self._update_signal()
                return Delivery(task=message.task, token=token, redelivered=message.redelivered)
            away = self._unreachable
        if away and not self._closing.is_set():
            raise self._broker.unavailable(self._lost_by)
        return None

    def wakeup(self) -> socket.socket:
        """Return a socket for multiprocessing.connection.wait that is readable while take has a task."""
        return self._signal_out

    def renew_leases(self) -> None:
        """Do nothing: the thread's heartbeats keep what is held."""

    def interruption(self) -> Interruption | None:
        """Return what broke the subscription last."""
        with self._lock:
            return self._interruption

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held."""
        return self._settle(delivery, lambda link, message: None)

    def requeue(self, delivery: Delivery) -> bool:
        """Give the task to another consumer, as if never delivered. False if no longer held."""
        return self._settle(delivery, lambda link, message: link.publish_again(message.body))

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""
        return self._settle(delivery, lambda link, message: link.dead_letter(message.body, reason))

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""
        with self._lock:
            self._taking = False
            self._update_signal()
        self._call(lambda link: not link.is_subscribed)

    def close(self) -> None:
        """Leave; what is still held returns to the queue."""
        self.stop_taking()
        self._closing.set()
        with self._lock:
            self._held.clear()
            link, deserted = self._link, self._link is None or self._silent
        if link is not None:
            link.wake(lambda: None)
        self._thread.join(_DESERT_SECONDS if deserted else _CLOSE_SECONDS)
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

    def _settle(self, delivery: Delivery, first: Callable[[Link, _Message], None]) -> bool:
        # forgotten first: should a fresh copy come to this very consumer, it is a task like any other
        message = self._forget(delivery)
        if message is None:
            return False

        def settle(link: Link) -> bool:
            if message.link is not link:
                return False
            first(link, message)
            link.acknowledge(message.tag)
            return True

        return self._call(settle)

    def _forget(self, delivery: Delivery) -> _Message | None:
        with self._lock:
            message = self._held.pop(delivery.token, None)
            self._update_signal()
            return message

    def _call(self, work: Callable[[Link], bool]) -> bool:
        """Do ``work`` on the thread and return its answer; False where the connection is lost before.

        A silent broker is waited for once: heartbeats will tell of it, or the work is done when it speaks again.
        """
        answer: Future[bool] = Future()
        with self._lock:
            if self._link is None:
                return False
            self._calls.append((work, answer))
            self._link.wake(lambda: None)
            seconds = 0.0 if self._silent else _ANSWER_SECONDS
        try:
            return answer.result(seconds)
        except TimeoutError:
            self._silent = True
            return False

    # what the thread does

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._serve(self._connect())
            except ServiceUnavailable as error:
                with self._lock:
                    self._unreachable, self._lost_by = True, error.__cause__
                if not self._closing.is_set():
                    log.warning("cannot reach RabbitMQ: %s", error.reason, extra={"event": "queue.unreachable"})
                    self._closing.wait(self._broker.longest_wait)
            except Exception as error:  # whatever broke this connection, the next one may work
                self._lose(error)
                self._closing.wait(_PAUSE_SECONDS)
        self._lose(None)

    def _connect(self) -> Link:
        link = self._broker.patiently(lambda: Link(self._broker, self._topology, self._prefetch), give_up=self._closing)
        with self._lock:
            self._link, self._unreachable, self._silent = link, False, False
        return link

    def _serve(self, link: Link) -> None:
        """Process what comes in until told to close. Raises when the connection breaks."""
        if self._taking:
            link.subscribe(self._on_message)
        while not self._closing.is_set():
            self._answer_calls(link)
            link.connection.process_data_events(time_limit=_LOOK_SECONDS)
            if link.is_closed:
                raise ChannelWrongStateError("the broker closed the channel")
            if self._taking and not link.is_subscribed:
                self._subscribe_again(link)
        self._answer_calls(link)

    def _subscribe_again(self, link: Link) -> None:
        """Settle what was delivered and not taken, and subscribe anew; what is held is still ours."""
        self._note("the broker ended the subscription")
        log.warning("RabbitMQ ended the subscription; subscribing again", extra={"event": "queue.cancelled"})
        link.subscribe(self._on_message)
        self._give_back_untaken(link)

    def _lose(self, error: BaseException | None) -> None:
        """Give the connection up; the broker delivers again what came over it."""
        with self._lock:
            link, self._link = self._link, None
            self._inbox.clear()
            self._update_signal()
            while self._calls:
                self._calls.popleft()[1].set_result(False)
        if error is not None:
            self._note(describe(error))
            log.warning("lost RabbitMQ: %s", describe(error), extra={"event": "queue.lost"})
        if link is not None:
            link.close()

    def _note(self, reason: str) -> None:
        with self._lock:
            self._interruption = Interruption(reason=reason, at=datetime.now(UTC))

    def _answer_calls(self, link: Link) -> None:
        if not self._taking and link.is_subscribed:
            link.unsubscribe()
            self._give_back_untaken(link)
        while self._calls:
            work, answer = self._calls.popleft()
            try:
                answer.set_result(work(link))
            except Exception:
                answer.set_result(False)
                raise
            self._silent = False

    def _on_message(self, link: Link, method: Basic.Deliver, _: BasicProperties, body: bytes) -> None:
        tag = method.delivery_tag or 0
        try:
            task = Task.decode(body)
        except UndecodableTask as error:
            link.dead_letter(body, str(error))
            link.acknowledge(tag)
            return
        message = _Message(task, body, bool(method.redelivered), link, tag, method.consumer_tag or "")
        with self._lock:
            # the whole task is what it is known by: two of its fields may be all that tells it from another
            held = next((each for each in self._held.values() if each.task == task), None)
            if held is None:
                self._inbox.append(message)
                self._update_signal()
                return
            # taken back from us, by the end of the connection or of the subscription
            renewed = held.link is not link or (message.redelivered and held.consumer_tag != message.consumer_tag)
            if renewed:
                held.link, held.tag, held.consumer_tag = link, tag, message.consumer_tag
        if renewed:
            log.info("got back a held task", extra={"event": "queue.renewed", "sweep_id": task.sweep_id})
        else:  # a publisher that had to repeat itself
            link.acknowledge(tag)

    def _give_back_untaken(self, link: Link) -> None:
        """Give back what came but was never taken, as if never delivered."""
        with self._lock:
            untaken = [message for message in self._inbox if message.link is link]
            self._inbox.clear()
            self._update_signal()
        for message in untaken:
            link.publish_again(message.body)
            link.acknowledge(message.tag)
