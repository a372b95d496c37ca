"""One background reader for the whole process: it reads while somebody looks, however many do, and never hurries."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential, wait_random

from dashboard.cluster.kubernetes.api import NotNow

log = logging.getLogger(__name__)

#: the pause between two readings; longer where one costs more than a tenth of that
PAUSE_SECONDS = 2.0
#: a reading may take this share of the time
COST_SHARE = 0.1
LONGEST_PAUSE_SECONDS = 10.0
#: after this long without a look nobody looks
ATTENTION_SECONDS = 10.0
#: how long the very first look waits for something to show
PATIENCE_SECONDS = 3.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """What was read last, when, and why it is not newer."""

    value: T
    at: datetime
    trouble: NotNow | None


class Reader(Generic[T]):
    """Calls ``read`` every ``pause`` seconds in a thread of its own, from the first look until nobody looks."""

    def __init__(
        self,
        read: Callable[[], T],
        *,
        pause: float = PAUSE_SECONDS,
        attention: float = ATTENTION_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._read, self._pause, self._attention, self._patience = read, pause, attention, patience
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked_at = 0.0
        self._hurry = threading.Event()
        self._first = threading.Event()
        self._seen: tuple[T, datetime] | None = None
        self._trouble: NotNow | None = None

    def look(self) -> Seen[T]:
        """Return what was read last and keep the reader going. Waits only for the first reading in a while.

        Raises NotNow where nothing was ever read.
        """
        with self._lock:
            self._looked_at = time.monotonic()
            if self._thread is None:
                # nobody looked meanwhile: what was wrong then, or how it stood, says nothing of now
                self._first.clear()
                self._trouble = None
                self._thread = threading.Thread(target=self._run, name="kubernetes-reader", daemon=True)
                self._thread.start()
        self._first.wait(self._patience)
        with self._lock:
            if self._seen is not None:
                return Seen(*self._seen, self._trouble)
            raise self._trouble or NotNow("no answer yet", "It may be slow.")

    def hurry(self) -> None:
        """Read again soon: something was changed."""
        self._hurry.set()

    @property
    def is_reading(self) -> bool:
        """Whether somebody looks, so that it reads."""
        with self._lock:
            return self._thread is not None

    def _run(self) -> None:
        while True:
            cost = self._once()
            self._sleep(min(LONGEST_PAUSE_SECONDS, max(self._pause, cost / COST_SHARE)))
            with self._lock:
                if not self._is_watched():
                    self._thread = None
                    return

    def _once(self) -> float:
        """Read, with pauses that grow while it fails and somebody looks; return what the last try cost, in seconds."""
        # jittered, so that dashboards which lost the same server do not come back to it together
        backoff = wait_exponential(multiplier=self._pause / 2, max=LONGEST_PAUSE_SECONDS) + wait_random(
            0, self._pause / 2
        )

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after if isinstance(error, NotNow) else 0.0
            return max(asked, backoff(state))

        tries = Retrying(
            wait=wait,
            stop=lambda _: not self._is_watched(),
            retry=retry_if_exception_type(NotNow),
            sleep=self._sleep,
            reraise=True,
        )
        cost = 0.0
        try:
            for attempt in tries:
                with attempt:
                    cost = self._try()
        except NotNow:
            log.info("nobody looks any more, and the API server does not answer", extra={"event": "cluster.left"})
        return cost

    def _try(self) -> float:
        began = time.monotonic()
        try:
            value = self._read()
        except NotNow as trouble:
            self._note(trouble)
            raise
        except Exception as error:  # an answer in no known shape must not end the reader
            log.exception("could not read the cluster", extra={"event": "cluster.unreadable"})
            unreadable = NotNow(f"an answer that cannot be read ({error})", "See the dashboard's log.")
            self._note(unreadable)
            raise unreadable from error
        with self._lock:
            self._seen, self._trouble = (value, datetime.now(UTC)), None
        self._first.set()
        return time.monotonic() - began

    def _note(self, trouble: NotNow) -> None:
        with self._lock:
            self._trouble = trouble
        self._first.set()

    def _is_watched(self) -> bool:
        return time.monotonic() - self._looked_at < self._attention

    def _sleep(self, seconds: float) -> None:
        self._hurry.wait(seconds)
        self._hurry.clear()
