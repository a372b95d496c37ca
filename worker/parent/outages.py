"""Waiting out a service that does not answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from shared.errors import ServiceUnavailable, UnreadableRecord

log = logging.getLogger(__name__)

T = TypeVar("T")

#: the first and the longest wait between two tries, in seconds
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 10.0
#: a service that has just been started, or is being moved, answers within this time: nothing to warn of, in seconds
_QUIET_SECONDS = 15.0
#: how often, in seconds, ``meanwhile`` is called during a wait
_SLICE_SECONDS = 0.2


class UntilAvailable:
    """Repeats a call until the service answers: ``until_available(store.record, sweep_id, outcomes)``."""

    def __init__(self, meanwhile: Callable[[], None], give_up: Callable[[], bool]) -> None:
        self._meanwhile = meanwhile
        self._give_up = give_up
        self._retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            wait=wait_exponential_jitter(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT, jitter=_FIRST_WAIT),
            stop=lambda _: give_up(),
            sleep=self._sleep,
            before_sleep=_say,
            reraise=True,
        )

    def __call__(self, call: Callable[..., T], *arguments: object) -> T:
        """Return what the call returns at last; raise its ServiceUnavailable once it is time to give up.

        An UnreadableRecord is raised at once: it does not pass.
        """
        return self._retrying(call, *arguments)

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._give_up() and (left := until - time.monotonic()) > 0:
            self._meanwhile()
            time.sleep(min(left, _SLICE_SECONDS))


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, ServiceUnavailable) and not isinstance(error, UnreadableRecord)


def _say(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    log.log(
        logging.INFO if (state.seconds_since_start or 0.0) < _QUIET_SECONDS else logging.WARNING,
        "%s Trying again in %.1f s.",
        error,
        state.upcoming_sleep,
        extra={"event": "service.unavailable", "service": getattr(error, "service", None)},
    )
