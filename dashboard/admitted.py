"""Which browsers were let in: an upload goes past the pages, straight into the server's memory."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Admitted:
    """The sessions that the gate let in when it looked last. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: set[str] = set()

    def note(self, session: str, let_in: bool, is_connected: Callable[[str], bool]) -> None:
        """Note whether the gate let the session in, and forget those whose browser is gone."""
        with self._lock:
            self._sessions = {each for each in self._sessions if is_connected(each)} - {session}
            if let_in:
                self._sessions.add(session)

    def __contains__(self, session: object) -> bool:
        """Whether the session was let in."""
        with self._lock:
            return session in self._sessions


#: of this process: the pages note who is let in, and the server around them asks
ADMITTED = Admitted()
