"""What an engine writes: passed on to the worker's own log, its end kept for the attempt that it may be the last of."""

from __future__ import annotations

import sys
import threading
from collections import deque
from contextlib import suppress
from typing import IO

#: kept of what was written
LINES, LINE_CHARACTERS = 60, 500
#: how long what a dead engine wrote may take to arrive, in seconds
_END_SECONDS = 1.0
_PIECE_BYTES = 8_192


class LastLines:
    """Reads a pipe in a thread of its own until its end."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe = pipe
        self._lines: deque[str] = deque(maxlen=LINES)
        self._thread = threading.Thread(target=self._read, name="engine-log", daemon=True)
        self._thread.start()

    def forget(self) -> None:
        """Keep only what comes from now on."""
        self._lines.clear()

    def end(self) -> str:
        """Return the last lines, once the writer is gone."""
        self._thread.join(_END_SECONDS)  # a child of the engine's that lives on would hold the pipe open
        return "\n".join(self._lines)

    def _read(self) -> None:
        if self._pipe is None:
            return
        with self._pipe as pipe:
            # a progress bar may never end its line
            for line in iter(lambda: pipe.readline(_PIECE_BYTES), b""):
                text = line.decode(errors="replace").rstrip("\n")
                self._lines.append(text[:LINE_CHARACTERS])
                with suppress(OSError, ValueError):  # nobody reads the worker's log: its engine must not wait for that
                    print(text, file=sys.stderr, flush=True)
