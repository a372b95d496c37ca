"""`python -m worker.engine`: an engine, started by its worker only."""

from __future__ import annotations

import ctypes
import faulthandler
import importlib
import os
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from multiprocessing.connection import Connection

from worker.engine.serving import cross_validator, serve

#: prctl's option by which the kernel kills a process when its parent dies
_PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> None:
    """End this process when ``parent`` does, even in the midst of training."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:  # where the kernel does not, and for a parent that died before it was asked to
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def main() -> None:
    """Run the engine that worker.parent.engine_process starts."""
    parser = ArgumentParser(description="An engine of a Boostgrid worker; started by the worker only.")
    parser.add_argument("pipe", type=int, help="file descriptor of the pipe to the parent")
    parser.add_argument("parent", type=int, help="process id of the parent")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--cache-mb", type=int, required=True)
    parser.add_argument("--evaluator", help="module:function to use instead of cross_validator, in tests")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides when to end
    faulthandler.enable()
    _die_with(arguments.parent)
    make = cross_validator
    if arguments.evaluator:
        module, _, name = arguments.evaluator.partition(":")
        make = getattr(importlib.import_module(module), name)
    serve(Connection(arguments.pipe), make(arguments.threads, arguments.cache_mb))


if __name__ == "__main__":
    main()
