"""A worker's hands in the queues: pika on a thread of its own, so that heartbeats never wait for the caller."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from pika.exceptions import ChannelWrongStateError

from shared.adapters.rabbitmq.connection import ANSWER_SECONDS, Broker, BrokerSilent, describe
from shared.adapters.rabbitmq.link import Link, QueueMissing, Received
from shared.adapters.rabbitmq.mute_queues import MuteQueues
from shared.adapters.rabbitmq.topology import Topology
from shared.domain import Task, TaskAddress
from shared.errors import ServiceUnavailable, UndecodableTask, UnknownTaskVersion
from shared.ports import Delivery, Interruption

log = logging.getLogger(__name__)

#: the longest that the thread sleeps before it looks whether its channels still live, in seconds
_LOOK_SECONDS = 0.5
#: between two connections, so that a broker that closes each one is not flooded, in seconds
_PAUSE_SECONDS = 0.2
#: how long a caller waits for its thread, in seconds: some round trips and more. Who then leaves has waited once
_ANSWER_SECONDS = 3.0
#: how long leaving may take with a broker that answers, and with one that does not, in seconds
_CLOSE_SECONDS, _DESERT_SECONDS = 5.0, 0.5
#: messages that one ``take`` asks a queue for at most, where those before were no tasks: each is a round trip
_MESSAGES_A_QUEUE = 16
#: how long no dead letter is written after their queue did not take one, in seconds: each try costs the connection
_DEAD_PAUSE_SECONDS = 600.0


@dataclass(slots=True)
class _Message:
    """A task that is ours until its channel or its link is lost."""

    task: Task
    address: TaskAddress
    link: Link
    received: Received

    def is_lost(self, link: Link) -> bool:
        """Whether the broker has it back, seen from the link that is there now."""
        return self.link is not link or self.received.is_lost


class RabbitTaskConsumer:
    """Gets one message when it is asked to; connects, and connects again, by itself.

    A broker takes back what is held for longer than its consumer timeout and closes the channel. Where it then gives
    the task to this consumer again, the caller's Delivery is renewed instead of handed out twice.
    """

    def __init__(self, broker: Broker, topology: Topology) -> None:
        self._broker = broker
        self._topology = topology
        self._taking = True
        self._closing = threading.Event()
        self._tokens = count()
        #: the thread's own
        self._mute = MuteQueues(self._ask_mute)
        #: from when on dead letters may be written
        self._dead_letters_from = float("-inf")
        #: what take waits for, and whether it was asked ahead of one
        self._question: Future[bool] | None = None
        self._is_ahead = False
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
        #: asked for, not taken yet: more than one only where a caller did not wait for its answer
        self._inbox: deque[_Message] = deque()
        #: taken, by token
        self._held: dict[str, _Message] = {}
        #: what the caller wants done on the thread, and where it waits for the answer
        self._calls: deque[tuple[Callable[[Link], bool], Future[bool]]] = deque()
        self._thread = threading.Thread(target=self._run, name="rabbitmq-consumer", daemon=True)
        self._thread.start()

    # what the worker calls

    def take(self, addresses: Sequence[TaskAddress]) -> Delivery | None:
        """Return a task of the first of these queues that has one now, or None if none has.

        Raises ServiceUnavailable while the broker refuses or is away for longer than its patience; it may be called
        again.
        """
        if self._taking and (addresses or self._is_ahead) and not self._inbox:
            if not self._is_ahead:
                self._ask_anew(addresses)
            if self._question is not None:
                self._wait(self._question)
        self._is_ahead = False
        with self._lock:
            if self._taking and self._inbox:
                token, message = str(next(self._tokens)), self._inbox.popleft()
                self._held[token] = message
                return Delivery(
                    task=message.task,
                    address=message.address,
                    token=token,
                    redelivered=message.received.redelivered,
                )
            away = self._unreachable
        if away and not self._closing.is_set():
            raise self._broker.unavailable(self._lost_by)
        return None

    def look_ahead(self, addresses: Sequence[TaskAddress]) -> bool:
        """Send the question of the next ``take`` now, so that its round trips take no time then."""
        if self._taking and addresses and not self._inbox:
            self._ask_anew(addresses)
            self._is_ahead = True
        return self._is_ahead

    def give_back(self) -> None:
        """Return what was looked for ahead and not taken."""
        self._is_ahead = False
        self._call(self._give_back_untaken)

    def renew_leases(self) -> None:
        """Do nothing: the thread's heartbeats keep what is held."""

    def interruption(self) -> Interruption | None:
        """Return what broke the connection last."""
        with self._lock:
            return self._interruption

    def mute(self) -> frozenset[TaskAddress]:
        """Return the queues that do not answer while the broker does."""
        return self._mute.known()

    def holds(self, delivery: Delivery) -> bool:
        """Whether neither the connection nor the channel that it came over is known to be lost."""
        with self._lock:
            message, link = self._held.get(delivery.token), self._link
        return message is not None and link is not None and not message.is_lost(link)

    def acknowledge(self, delivery: Delivery) -> bool:
        """Remove the task for good. False if it was no longer held.

        The broker confirms no acknowledgement, so nothing is waited for; what is asked of the thread next comes after.
        """
        with self._lock:
            message, link = self._held.pop(delivery.token, None), self._link
        if message is None or link is None or message.is_lost(link):
            return False
        self._send(lambda link: self._acknowledge(link, message))
        return not self._silent

    def requeue(self, delivery: Delivery) -> bool:
        """Put the task at the end of its queue, as if never delivered. False where that is gone, or it not held."""
        return self._settle(
            delivery, lambda link, message: self._publish_again(link, message.address, message.received)
        )

    def reject(self, delivery: Delivery, reason: str) -> bool:
        """Move the task to the dead letters. False if no longer held."""
        return self._settle(delivery, lambda link, each: self._dead_letter(link, each.address, each.received, reason))

    def stop_taking(self) -> None:
        """Take no more; what is held stays held."""
        with self._lock:
            self._taking = False
        self._call(self._give_back_untaken)

    def close(self) -> None:
        """Leave; what is still held returns to its queue."""
        self.stop_taking()
        self._closing.set()
        self._mute.close()
        with self._lock:
            self._held.clear()
            link, deserted = self._link, self._link is None or self._silent
        if link is not None:
            link.wake(lambda: None)
        self._thread.join(_DESERT_SECONDS if deserted else _CLOSE_SECONDS)

    # between the two threads

    def _ask_anew(self, addresses: Sequence[TaskAddress]) -> None:
        """Ask the queues, unless a question is open still: its broker is silent."""
        asked = list(addresses)
        if self._question is None or self._question.done():
            self._question = self._send(lambda link: self._ask(link, asked))

    def _settle(self, delivery: Delivery, first: Callable[[Link, _Message], bool]) -> bool:
        # forgotten first: should a fresh copy come to this very consumer, it is a task like any other
        with self._lock:
            message = self._held.pop(delivery.token, None)
        if message is None:
            return False

        def settle(link: Link) -> bool:
            if message.is_lost(link):
                return False
            settled = first(link, message)
            return self._acknowledge(link, message) and settled

        return self._call(settle)

    def _call(self, work: Callable[[Link], bool]) -> bool:
        """Do ``work`` on the thread and return its answer; False where the connection is lost before."""
        answer = self._send(work)
        return answer is not None and self._wait(answer)

    def _send(self, work: Callable[[Link], bool]) -> Future[bool] | None:
        """Have ``work`` done on the thread; None where there is no connection."""
        answer: Future[bool] = Future()
        with self._lock:
            if self._link is None:
                return None
            self._calls.append((work, answer))
            self._link.wake(lambda: None)
        return answer

    def _wait(self, answer: Future[bool]) -> bool:
        """Return the answer. A silent broker is waited for once: it is told of, or the work done when it speaks."""
        try:
            return answer.result(0.0 if self._silent else _ANSWER_SECONDS)
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
        link = self._broker.patiently(lambda: Link(self._broker, self._topology), give_up=self._closing)
        with self._lock:
            self._link, self._unreachable, self._silent = link, False, False
        return link

    def _serve(self, link: Link) -> None:
        """Do what the caller wants until told to close. Raises when the connection breaks."""
        while not self._closing.is_set():
            self._answer_calls(link)
            link.connection.process_data_events(time_limit=_LOOK_SECONDS)
            if link.is_closed:
                raise ChannelWrongStateError("the broker closed the channel")
        self._answer_calls(link)

    def _lose(self, error: BaseException | None) -> None:
        """Give the connection up; the broker delivers again what came over it."""
        with self._lock:
            link, self._link = self._link, None
            self._inbox.clear()
            while self._calls:
                self._calls.popleft()[1].set_result(False)
        if error is not None:
            reason = describe(error)
            with self._lock:
                self._interruption = Interruption(reason=reason, at=datetime.now(UTC))
            log.warning("lost RabbitMQ: %s", reason, extra={"event": "queue.lost"})
        if link is not None:
            link.close()

    def _answer_calls(self, link: Link) -> None:
        while self._calls:
            work, answer = self._calls.popleft()
            try:
                answer.set_result(work(link))
            except Exception:
                answer.set_result(False)
                raise
            self._silent = False

    def _ask(self, link: Link, addresses: Sequence[TaskAddress]) -> bool:
        """Ask the queues in their order until one gives a task, which the inbox has then."""
        for address in filter(self._mute.may_ask, addresses):
            for _ in range(_MESSAGES_A_QUEUE):
                try:
                    with self._mute.noted(address):
                        received = link.get(address)
                    if received is None:
                        break
                    if self._receive(link, address, received):
                        return True
                except (QueueMissing, UnknownTaskVersion):
                    break
        return False

    def _receive(self, link: Link, address: TaskAddress, received: Received) -> bool:
        """Look at what came. Return whether it is a task for the inbox; raise UnknownTaskVersion once it is back."""
        try:
            message = _Message(Task.decode(received.body), address, link, received)
        except UnknownTaskVersion:
            # a copy: what is merely returned is dead-lettered once it was returned too often
            self._publish_again(link, address, received)
            link.acknowledge(received)
            raise
        except UndecodableTask as error:
            self._dead_letter(link, address, received, str(error))
            link.acknowledge(received)
            return False
        with self._lock:
            # the whole task is what it is known by: two of its fields may be all that tells it from another
            held = next((each for each in self._held.values() if each.task == message.task), None)
            if held is None:
                self._inbox.append(message)
        if held is None:
            return True
        if held.is_lost(link):  # taken back from us, and given again
            held.link, held.received = link, received
            log.info("got back a held task", extra={"event": "queue.renewed", "sweep_id": message.task.sweep_id})
        else:  # a publisher that had to repeat itself
            link.acknowledge(received)
        return False

    @staticmethod
    def _acknowledge(link: Link, message: _Message) -> bool:
        if message.is_lost(link):
            return False
        link.acknowledge(message.received)
        return True

    def _give_back_untaken(self, link: Link) -> bool:
        """Give back what came but was never taken, as if never delivered."""
        with self._lock:
            untaken = [message for message in self._inbox if not message.is_lost(link)]
            self._inbox.clear()
        for message in untaken:
            self._publish_again(link, message.address, message.received)
            link.acknowledge(message.received)
        return True

    def _publish_again(self, link: Link, address: TaskAddress, received: Received) -> bool:
        with self._mute.noted(address):
            return link.publish_again(address, received.body)

    def _dead_letter(self, link: Link, address: TaskAddress, received: Received, reason: str) -> bool:
        """Write a dead letter; while their queue is silent the message goes to the end of its own instead."""
        if time.monotonic() < self._dead_letters_from:
            return self._publish_again(link, address, received)
        try:
            link.dead_letter(received.body, reason)
        except BrokerSilent:
            self._dead_letters_from = time.monotonic() + _DEAD_PAUSE_SECONDS
            raise
        return True

    def _ask_mute(self, address: TaskAddress) -> None:
        """Ask a queue that did not answer. What it gives is put back, and has cost no attempt."""
        link = Link(self._broker, self._topology)
        try:
            received = link.get(address, ANSWER_SECONDS)
            # one that was lost with its worker is to keep saying so: the broker takes it back with the connection
            if received is not None and not received.redelivered:
                link.publish_again(address, received.body)
                link.acknowledge(received)
        except QueueMissing:
            pass  # which is an answer
        finally:
            link.close()
