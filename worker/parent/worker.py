"""The worker's parent: takes tasks, has them evaluated by its engines, records the outcomes, then acknowledges."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Any

from shared.domain import AttemptCause, TrialError
from shared.errors import DatasetError, ServiceUnavailable
from shared.ports import Delivery, Store, TaskQueue
from shared.settings import WorkerSettings
from worker.parent.assignment import Assignment
from worker.parent.attempts import Ended, ended_engine, starved_engine
from worker.parent.choosing import Choosing
from worker.parent.dataset_cache import DatasetCache, UnusableCopy
from worker.parent.engine_pool import Engine, EnginePool, Reason
from worker.parent.grace import Grace
from worker.parent.health import UNREADABLE, UNSUITED, Health, trouble_by, trouble_of
from worker.parent.heartbeat import READY, SICK, Heartbeat
from worker.parent.holding import Holding
from worker.parent.intake import Decision, Drop, Hold, Intake, Kept, Later, Reject, Unsuited
from worker.parent.memory_watch import MemoryWatch
from worker.parent.outages import UntilAvailable
from worker.parent.queue_ends import QueueEnds
from worker.parent.recording import Recorder
from worker.parent.refusing import Refusing
from worker.parent.reporting import Reporting, WorkerIdentity
from worker.parent.requesting import request_of
from worker.parent.rivals import Rivals
from worker.parent.stop_request import StopRequest
from worker.parent.subscription import Subscription
from worker.parent.time_limit import time_limit
from worker.protocol import EngineMessage, Evaluated, Loading, Progress, Ready

log = logging.getLogger(__name__)

#: how often deadlines are looked at, in seconds
_TICK_SECONDS = 0.2
#: how long unwanted tasks may be taken and dropped before the engines are heard again, in seconds
_TAKE_SECONDS = 0.1


class Worker:
    """One parent with its engines. Single-threaded: everything happens in ``step``."""

    def __init__(
        self,
        settings: WorkerSettings,
        identity: WorkerIdentity,
        store: Store,
        queue: TaskQueue,
        pool: EnginePool,
        stop: StopRequest,
        memory: MemoryWatch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._stop = stop
        self._memory = memory
        self._clock = clock
        self._subscription = Subscription(queue, clock)
        self._choosing = Choosing(store, identity.versions, clock)
        self._refusing = Refusing(self._choosing, self._subscription)
        self._ends = QueueEnds(store, queue, clock)
        self._health = Health(clock)
        self._grace = Grace(stop, settings.grace_seconds, clock)
        self._until_available = until_available = UntilAvailable(self._while_unavailable, give_up=self._grace.is_over)
        self._intake = Intake(store, until_available, identity.worker_id, clock)
        self._datasets = DatasetCache(settings.home, store, settings.dataset_cache_mb * 2**20)
        self._rivals = Rivals(store, clock)
        self._recorder = Recorder(store, until_available, identity, pool.tallies)
        self._reporting = Reporting(store, identity, clock)
        self._heartbeat = Heartbeat(settings.heartbeat_file, clock)
        self._waiting: deque[Assignment] = deque()  # taken, and waiting for an engine
        self._held = Holding(self._subscription, self._choosing, self._health, clock)
        self._draining = False
        self._more_to_take = False
        self._without_engines = False

    def run(self) -> None:
        """Work until asked to stop, and until what was taken is settled or handed back.

        An error that was not foreseen leaves what was taken to be counted as lost with this worker.
        """
        try:
            while not (self._draining and not self._pool.busy):
                self.step()
            self._subscription.requeue_all("the worker leaves")
        except ServiceUnavailable as error:
            if not self._grace.is_over():
                raise
            log.error("leaving during an outage: %s", error, extra={"event": "worker.gave_up"})  # noqa: TRY400
            self._subscription.requeue_all("the worker leaves")
        finally:
            self._pool.close()
            self._subscription.close()
            if self._draining:  # what an error took along is told by the last report
                self._reporting.leave()
            log.info("stopped", extra={"event": "worker.stopped", "trials_done": self._recorder.trials_done})

    def step(self) -> None:
        """Hear the engines, settle what they finished and give them more; wait a moment if there is nothing to do."""
        self._heartbeat.beat()
        self._listen()
        for engine in self._pool.busy:
            engine.kill_if_overdue()
        self._memory.shared_by(self._reporting.workers_here)
        self._memory.look(self._pool)
        self._stop.watch_parent()
        if self._stop.asked:
            self._drain()
            self._stop_unwanted()  # the time of grace is for what is wanted still
        else:
            self._pool.start_missing()
            self._look_after_engines()
            self._stop_unwanted()
            self._look_at_queues()
            self._recheck_held()
            self._take()
            self._dispatch()
            if not self._health.is_well:
                self._heartbeat.say(SICK)
            elif self._subscription.is_there:
                self._heartbeat.say(READY)
        self._subscription.keep_up()
        self._reporting.report_if_due(
            self._pool.engines,
            self._recorder.trials_done,
            self._stop.asked,
            self._subscription.interruption,
            self._health.sickness,
            self._choosing.refused,
            self._subscription.mute,
        )

    # engines

    def _listen(self) -> None:
        engines = {engine.process.connection: engine for engine in self._pool.engines}
        sources: list[Any] = [*engines, self._stop]
        timeout = 0.0 if self._more_to_take else _TICK_SECONDS
        if self._may_take():
            timeout = min(timeout, self._choosing.seconds_to_next())
        ready: list[Any] = wait(sources, timeout)
        for source in ready:
            if source is self._stop:
                self._stop.heard()
            elif source in engines:
                self._hear(engines[source])

    def _hear(self, engine: Engine) -> None:
        try:
            for message in engine.receive():
                with self._refusing.what_is_unreadable(engine.delivery):
                    self._handle(engine, message)
        except EOFError:
            with self._refusing.what_is_unreadable(engine.delivery):
                self._reap(engine)

    def _handle(self, engine: Engine, message: EngineMessage) -> None:
        match message:
            case Ready():
                self._pool.became_ready(engine)
            case Loading():
                engine.loading = None if message.done else message.library
            case Progress():
                engine.heard(message)
            case Evaluated() if engine.reason is not Reason.CANCELLED:
                assignment = engine.finished()
                trouble = trouble_of(message.answers)
                if trouble is not None:
                    self._could_not(assignment, trouble)
                else:
                    self._health.got_well()
                    self._datasets.was_read(assignment.sweep.spec.dataset.content_hash)
                    if assignment.is_at_its_last and message.memory_mb <= self._memory.keep_mb and self._may_take():
                        self._subscription.look_ahead(self._choosing.to_ask())  # its round trips while this is written
                    self._recorder.evaluated(assignment, message.answers)
                    self._go_on(assignment)
                self._pool.replace_above(engine, message.memory_mb, self._memory.keep_mb)
            case _:
                self._subscription.acknowledge(engine.finished().delivery, "its sweep is not wanted any more")

    def _reap(self, engine: Engine) -> None:
        ending = self._pool.reap(engine)
        if engine.assignment is None:
            return
        assignment = engine.finished()
        match engine.reason:
            case Reason.CANCELLED:
                self._subscription.acknowledge(assignment.delivery, "its sweep is not wanted any more")
            case Reason.LEAVING:
                told = self._subscription.may_answer
                self._recorder.handed_back(assignment, AttemptCause.HANDED_BACK if told else AttemptCause.SERVICE_LOST)
                self._subscription.requeue(assignment.delivery, "the worker leaves")
            case Reason.TIMED_OUT:
                limit = time_limit(assignment.sweep.spec, assignment.batch)
                message = f"it took longer than its time limit, {limit:g} s"
                self._recorder.attempt_ended(assignment, Ended(AttemptCause.TIMEOUT, message, ending.log))
                self._go_on(assignment)
            case Reason.OUT_OF_MEMORY:
                self._recorder.attempt_ended(assignment, starved_engine(ending, self._memory))
                self._go_on(assignment)
            case None if engine.loading is not None:
                self._give_up(assignment, f"an engine died as it imported {engine.loading}: {ending}")
            case None:
                self._recorder.attempt_ended(assignment, ended_engine(ending, self._memory.limit / 2**20))
                self._go_on(assignment)

    def _stop_unwanted(self) -> None:
        for engine in self._pool.engines:
            running = engine.assignment
            if running and not engine.reason and not self._intake.is_wanted(running.sweep.sweep_id):
                engine.stop()

    def _dispatch(self) -> None:
        while self._waiting and (engine := self._pool.idle()) is not None:
            assignment = self._waiting.popleft()
            with self._refusing.what_is_unreadable(assignment.delivery):
                self._begin(engine, assignment)

    def _begin(self, engine: Engine, assignment: Assignment) -> None:
        spec = assignment.sweep.spec
        try:
            path = self._until_available(self._datasets.path, spec.dataset.content_hash)
        except UnusableCopy as error:
            self._could_not(assignment, trouble_by(error))
            return
        except DatasetError as error:  # nobody can have it
            self._recorder.failed(assignment, trouble_by(error))
            self._go_on(assignment)
            return
        request = request_of(assignment, path, self._rivals.of(assignment.sweep))
        self._memory.admit(engine, spec.library)
        try:
            engine.evaluate(assignment, request, time_limit(spec, assignment.batch))
        except OSError:  # it died idle: no attempt at anything
            self._waiting.appendleft(assignment)
            self._pool.reap(engine)
            return
        if assignment.is_suspicious or assignment.delivery.redelivered:
            self._reporting.hurry()  # should it take this worker along, its report is all that tells

    def unsettled(self) -> int:
        """Return how many tasks are taken and not settled; from any thread."""
        return len(self._waiting) + len(self._held) + len(self._pool.busy)

    # deliveries

    def _may_take(self) -> bool:
        may = not self._stop.asked and self._subscription.may_answer and self._health.may_try
        return may and self._idle_engines > len(self._held)

    @property
    def _idle_engines(self) -> int:
        """How many engines have nothing that they could begin with."""
        return self._pool.idle_count - len(self._waiting)

    def _look_at_queues(self) -> None:
        if self._choosing.look():
            ours = {each.sweep.sweep_id for each in self._assignments()}
            self._ends.look(self._choosing.queued, self._choosing.empty, ours)

    def _take(self) -> None:
        self._more_to_take = False
        until = self._clock() + _TAKE_SECONDS
        while self._may_take():
            if self._clock() >= until:
                self._more_to_take = True
                return
            addresses = self._subscription.ahead or self._choosing.to_ask()
            if not addresses and self._subscription.is_there:  # one that has nothing to ask for is to be ready too
                return
            delivery = self._subscription.take(addresses)
            if delivery is None:
                if self._subscription.may_answer:
                    self._choosing.were_empty(addresses)
                return
            if delivery.address in addresses:
                self._choosing.were_empty(addresses[: addresses.index(delivery.address)])
            self._choosing.took(delivery.task)
            self._health.trying()
            self._decide(delivery)

    def _decide(self, delivery: Delivery) -> None:
        taken = {each for assignment in self._assignments() for each in assignment.open_folds}
        with self._refusing.what_is_unreadable(delivery):
            self._settle(delivery, self._intake.decide(delivery, taken))

    def _settle(self, delivery: Delivery, decision: Decision) -> None:
        match decision:
            case Assignment() if not self._subscription.holds(delivery):
                self._subscription.requeue(delivery, "it was lost before an engine began with it: who gets it does")
            case Assignment():
                self._go_on(decision) if self._recorder.take_over(decision) else self._held.hold(delivery)
            case Hold():
                self._held.hold(delivery)
            case Drop():
                self._subscription.acknowledge(delivery, decision.reason)
            case Kept():
                self._recorder.complete(decision.sweep, delivery.task.trials)
                self._subscription.acknowledge(delivery, "its fold is recorded")
            case Reject():
                self._subscription.reject(delivery, decision.reason)
            case Unsuited():
                self._refusing.refuse(delivery, decision.reason)
            case Later():
                self._subscription.requeue(delivery, "what the store says of its sweep is of before")
                self._choosing.were_empty([delivery.address])

    def _recheck_held(self) -> None:
        for delivery in self._held.due():
            self._decide(delivery)
        self._held.make_room(self._idle_engines)

    def _go_on(self, assignment: Assignment) -> None:
        """Settle the assignment, or have the rest of it evaluated next."""
        if assignment.is_done:
            if assignment.fold is not None:
                self._recorder.complete(assignment.sweep, assignment.delivery.task.trials)
            self._subscription.acknowledge(assignment.delivery, "its trials are recorded")
        elif self._stop.asked:
            self._subscription.requeue(assignment.delivery, "the worker leaves")
        else:
            self._waiting.appendleft(assignment)

    def _assignments(self) -> list[Assignment]:
        return [*filter(None, (engine.assignment for engine in self._pool.engines)), *self._waiting]

    # what is wrong with this worker

    def _could_not(self, assignment: Assignment, trouble: TrialError) -> None:
        """Settle what an engine could not begin: for want of a readable table, of this worker's version, or at all."""
        content_hash = assignment.sweep.spec.dataset.content_hash
        try:
            if trouble.type in UNREADABLE and content_hash is not None:
                again = self._datasets.forget(content_hash, assignment.started_at)
                if again or trouble.type == DatasetError.__name__:
                    if not again:  # a fresh copy is read, and is not as the sweep has it
                        self._recorder.failed(assignment, trouble)
                    self._go_on(assignment)
                    return
        except UnusableCopy as error:
            trouble = trouble.model_copy(update={"message": str(error)})
        if trouble.type in UNSUITED:
            self._recorder.given_up(assignment, AttemptCause.WORKER_UNSUITED, trouble.message)
            self._refusing.refuse(assignment.delivery, trouble.message)
            return
        self._give_up(assignment, trouble.message)

    def _give_up(self, assignment: Assignment, why: str) -> None:
        """Hand back what this worker is too sick for."""
        self._recorder.given_up(assignment, AttemptCause.WORKER_SICK, why)
        self._subscription.requeue(assignment.delivery, "the worker is sick")
        self._fall_sick(why)

    def _look_after_engines(self) -> None:
        trouble = self._pool.trouble
        if trouble is not None and self._health.may_try:
            self._without_engines = True
            self._fall_sick(trouble)
        elif self._without_engines and self._pool.idle_count:
            self._without_engines = False
            self._health.got_well()

    def _fall_sick(self, reason: str) -> None:
        """Hand back what no engine has begun: it costs no attempt. What they are at may still come to its end."""
        self._health.fell_sick(reason)
        self._subscription.give_back()
        self._hand_back_unbegun("the worker is sick")

    def _hand_back_unbegun(self, why: str) -> None:
        for delivery in [*(each.delivery for each in self._waiting), *self._held.take_all()]:
            self._subscription.requeue(delivery, why)
        self._waiting.clear()

    # leaving

    def _drain(self) -> None:
        """Take no more, hand back what no engine has begun, and end what takes longer than the time of grace."""
        self._grace.is_over()  # starts its time, before a silent queue costs some of it
        if not self._draining:
            self._draining = True
            log.info("stopping", extra={"event": "worker.stopping", "running": len(self._pool.busy)})
            self._subscription.stop_taking()
            self._hand_back_unbegun("the worker leaves")
        if self._grace.is_over():
            for engine in self._pool.busy:
                engine.kill(Reason.LEAVING)

    def _while_unavailable(self) -> None:
        self._heartbeat.beat()
        self._memory.look(self._pool)
        self._subscription.keep_up()
        self._stop.watch_parent()
