"""Completes the causes of attempts that were lost with their workers; reads whether or not a browser is open."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from dashboard.cluster.kubernetes.api import KubernetesApi, NotNow, Refused
from dashboard.cluster.kubernetes.losses import PodFacts, explain, pod_facts
from dashboard.cluster.kubernetes.pods import COMPONENT
from dashboard.cluster.kubernetes.values import Json
from shared.domain import Attempt, AttemptCause, AttemptEnd
from shared.errors import ServiceUnavailable
from shared.ports import Store

log = logging.getLogger(__name__)

#: between two looks while a sweep is open, in seconds: what a pod says must be read before it is gone
LOOK_SECONDS = 5.0
#: between two looks while nothing is: whether something is by now
IDLE_SECONDS = 30.0
#: of the log of a life that ended
LOG_LINES, LOG_BYTES = 40, 64 * 1024
#: how many pods that are gone are remembered
_MOST_PODS = 2_000

T = TypeVar("T")


class LossReader:
    """Looks at the workers' pods while a sweep is open, and remembers what they were until somebody asks."""

    def __init__(self, api: KubernetesApi, namespace: str, store: Store) -> None:
        self._api, self._store = api, store
        self._path = f"/api/v1/namespaces/{namespace}"
        self._pods: dict[str, PodFacts] = {}
        self._ask_ledger_at = float("-inf")
        self._sweep_is_open = False
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loss-reader", daemon=True)

    def start(self) -> None:
        """Look from now on, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._leave.set()
        if self._thread.is_alive():
            self._thread.join(1.0)  # a request may take longer: the thread ends with the process

    def look(self) -> bool:
        """Look once, if a sweep is open or an attempt unexplained; whether that is so.

        Raises ServiceUnavailable where the store or the API server does not answer.
        """
        lost = self._store.lost_attempts(in_pods=True)
        if not lost and not self._is_open():
            return False
        try:
            self._see()
        except Refused as refused:
            # nothing can be learned, so whoever waits for a look waits no more
            message = "the dashboard's account may not list pods, so nobody knows why the worker is gone"
            end = AttemptEnd(cause=AttemptCause.LOST, message=message, looked_at=datetime.now(UTC))
            for attempt in lost:
                self._store.complete_attempt(attempt.attempt_id, end)
            log.warning("may not look at pods: %s", refused, extra={"event": "losses.refused"})
            return True
        for attempt in lost:
            facts = self._pods.get(attempt.pod or "")
            known = facts is not None and (facts.ends or facts.disruption)
            self._complete(attempt, facts, [] if known else self._events(attempt.pod))
        return True

    def _run(self) -> None:
        while not self._leave.is_set():
            began, busy = time.monotonic(), False
            try:
                busy = self.look()
            except ServiceUnavailable as error:
                log.info("could not look after lost workers: %s", error, extra={"event": "losses.unavailable"})
            except Exception:  # an answer in no known shape must not end the reader
                log.exception("could not look after lost workers", extra={"event": "losses.failed"})
            pause = LOOK_SECONDS if busy else IDLE_SECONDS
            self._leave.wait(max(pause, 10 * (time.monotonic() - began)))

    def _is_open(self) -> bool:
        """Whether workers are at something, or a sweep is open, which costs more to know and is asked less often."""
        if any(worker.running for worker in self._store.workers()):
            return True
        if time.monotonic() >= self._ask_ledger_at:
            self._sweep_is_open = any(summary.status.goes_on for summary in self._store.summaries())
            self._ask_ledger_at = time.monotonic() + IDLE_SECONDS
        return self._sweep_is_open

    def _see(self) -> None:
        """List the workers' pods, and take the last lines of lives that ended before they are out of reach."""
        seen = set()
        for pod in self._api.list(f"{self._path}/pods", labelSelector=f"{COMPONENT}=worker"):
            before = self._pods.get(str(pod.get("metadata", {}).get("name", "")))
            facts = pod_facts(pod, before)
            if len(facts.ends) > (len(before.ends) if before else 0):
                facts = facts.model_copy(update={"log": self._log(facts.name, previous=facts.restarts > 0)})
            elif facts.is_ending and not (before and before.is_ending):
                facts = facts.model_copy(update={"log": self._log(facts.name, previous=False) or facts.log})
            self._pods[facts.name] = facts
            seen.add(facts.name)
        for name in self._pods.keys() - seen:
            self._pods[name] = self._pods[name].model_copy(update={"gone": True})
        gone = [name for name, facts in self._pods.items() if facts.gone]
        for name in gone[: max(0, len(gone) - _MOST_PODS)]:
            del self._pods[name]

    def _log(self, name: str, *, previous: bool) -> str:
        query: dict[str, str | int | bool] = {"tailLines": LOG_LINES, "limitBytes": LOG_BYTES, "previous": previous}
        return self._unless_refused(lambda: self._api.text(f"{self._path}/pods/{name}/log", **query), "")

    def _events(self, pod: str | None) -> list[Json]:
        if pod is None:
            return []
        about = f"involvedObject.name={pod}"
        return self._unless_refused(lambda: list(self._api.list(f"{self._path}/events", fieldSelector=about)), [])

    @staticmethod
    def _unless_refused(ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except (Refused, NotNow) as error:  # it helps, and nothing hangs on it
            log.debug("not told: %s", error)
            return otherwise

    def _complete(self, attempt: Attempt, facts: PodFacts | None, events: Sequence[Json]) -> None:
        end = explain(attempt, facts, events, datetime.now(UTC))
        if end is not None and self._store.complete_attempt(attempt.attempt_id, end):
            log.info(
                "found why a worker is gone: %s",
                end.message,
                extra={
                    "event": "attempt.explained",
                    "attempt_id": attempt.attempt_id,
                    "pod": attempt.pod,
                    "cause": str(end.cause),
                },
            )
