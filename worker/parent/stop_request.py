"""The wish that the worker should stop, from a signal or a parent that is gone."""

from __future__ import annotations

import os
import signal
import socket
from types import FrameType


class StopRequest:
    """Counts how often it was asked to stop; readable for multiprocessing.connection.wait once it was."""

    def __init__(self, parent: int | None = None) -> None:
        self._times = 0
        self._parent = parent
        self._reader, self._writer = socket.socketpair()

    def install(self) -> None:
        """Let SIGTERM and SIGINT ask; a second one hastens. Call it in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def ask(self) -> None:
        """Ask the worker to stop."""
        self._times += 1
        self._writer.send(b"!")

    def watch_parent(self) -> None:
        """Ask once if the process that started this worker is gone."""
        if self._parent is not None and os.getppid() != self._parent:
            self._parent = None
            self.ask()

    @property
    def asked(self) -> bool:
        """Whether the worker should stop, finishing what it can in its time of grace."""
        return self._times > 0

    @property
    def hastened(self) -> bool:
        """Whether it should stop without grace."""
        return self._times > 1

    def fileno(self) -> int:
        """Return what becomes readable with each request."""
        return self._reader.fileno()

    def heard(self) -> None:
        """Make it unreadable until the next request."""
        self._reader.recv(64)

    def close(self) -> None:
        """Release the sockets."""
        self._reader.close()
        self._writer.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.ask()
