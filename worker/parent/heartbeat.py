"""A sign of life for whoever runs the worker: a file that the parent's loop touches, with a word on how it stands.

A pod's probes look at it with the system's own tools. It says nothing of the engines: a long fit, an outage or a
worker that hands everything back is alive.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

#: the first word of the file: it reads the queue, whether busy or not; a pod's readiness
READY = "ready"
#: it waits for its services
STARTING = "starting"
#: it can evaluate nothing: alive, since a restart would not help, and not ready, which halts a rollout
SICK = "sick"
#: the least time between two touches, in seconds
_BEAT_SECONDS = 1.0


class Heartbeat:
    """Touches the file about once a second; without a path it does nothing. A disk that refuses is logged once."""

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._beat_at = float("-inf")
        self._refused = False
        self._said = ""

    def say(self, state: str) -> None:
        """Write how the worker stands, such as READY, if it stood otherwise before."""
        if state != self._said:
            self._said = state
            self._try(lambda path: _write(path, state))

    def beat(self) -> None:
        """Touch the file if that is due."""
        if self._clock() >= self._beat_at:
            self._beat_at = self._clock() + _BEAT_SECONDS
            self._try(os.utime)

    def _try(self, act: Callable[[Path], None]) -> None:
        if self._path is None:
            return
        try:
            act(self._path)
        except OSError as error:
            if not self._refused:
                log.warning(
                    "cannot write the heartbeat %s (%s); whoever watches it will end this worker: check the folder",
                    self._path,
                    error,
                    extra={"event": "heartbeat.failed"},
                )
            self._refused = True
        else:
            self._refused = False


def _write(path: Path, state: str) -> None:
    # written aside and renamed: a probe never reads half of it
    part = path.with_name(f"{path.name}.part")
    part.write_text(f"{state}\n")
    part.replace(path)
