"""`python -m dashboard` as a child of a test, with its home in a tmp folder."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import psutil

from tests.support import ROOT

_START_SECONDS = 90.0


class DashboardProcess:
    """A dashboard in a process of its own; ``output`` grows as it writes. As a context it is stopped at the end."""

    def __init__(self, home: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        self.home = home
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "--no-browser", "--port", str(any_port()), *arguments],
            cwd=ROOT,
            env=environment | {"BOOSTGRID_HOME": str(home), "PYTHONUNBUFFERED": "1"} | dict(settings or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    def url(self) -> str:
        """Wait until it says that it runs, and return where."""
        self.wait_until(lambda: "running at" in self.output or self.process.poll() is not None)
        found = re.search(r"running at\s+(\S+)", self.output)
        assert found, self.output
        return found[1]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for ``condition``; when that takes too long, fail with what it wrote."""
        deadline = time.monotonic() + _START_SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        """Return its children and theirs."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        """Return those of them that are workers."""
        return [process for process in self.family() if _is_worker(process)]

    def wait(self) -> int:
        """Wait for its end and return the exit code."""
        code = self.process.wait(60)
        self._reader.join(10)
        return code

    def stop(self) -> list[psutil.Process]:
        """Stop it as Ctrl-C does, where it still runs, and return those of its family that are left."""
        try:
            family = self.family()
        except psutil.NoSuchProcess:
            return []
        self.process.send_signal(signal.SIGINT)
        self.wait()
        return psutil.wait_procs(family, timeout=30)[1]

    def kill(self) -> None:
        """End it and its family at once, as a power cut does."""
        for process in (*self.family(), psutil.Process(self.process.pid)):
            with contextlib.suppress(psutil.NoSuchProcess):  # one that another's end took along
                process.kill()
        self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for left in self.stop():
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()


def _is_worker(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):  # it may end while it is looked at
        return process.cmdline()[1:3] == ["-m", "worker"]
    return False


def any_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
