"""`python -m dashboard.child MODULE ARGUMENTS...`: runs a module that ends when the process that started it does.

The starter holds the other end of this process's standard input and never writes to it. However the starter ends,
``kill -9`` included, the system closes that end.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

#: how long the module may take to end by itself once its starter is gone, in seconds
_GRACE_SECONDS = 5.0


def _end_with_starter() -> None:
    # not sys.stdin.read: it would hold a lock that the interpreter's end needs
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_starter, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
