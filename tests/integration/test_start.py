"""`python -m dashboard`: one command starts everything, and nothing is left when it ends, however it ends."""

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
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]


class Started:
    """A dashboard in a process of its own; ``output`` grows as it writes."""

    def __init__(self, home: Path, *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "--no-browser", "--port", str(_any_port()), *arguments],
            cwd=ROOT,
            env=environment | {"BOOSTGRID_HOME": str(home), "PYTHONUNBUFFERED": "1"},
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
        wait_until(lambda: "running at" in self.output or self.process.poll() is not None, self)
        found = re.search(r"running at\s+(\S+)", self.output)
        assert found, self.output
        return found[1]

    def family(self) -> list[psutil.Process]:
        """Return its children and theirs."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def wait(self) -> int:
        """Wait for its end and return the exit code."""
        code = self.process.wait(60)
        self._reader.join(10)
        return code


def wait_until(condition, started: Started) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline, started.output
        time.sleep(0.1)


def all_gone(family: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family)


def _any_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator:
    started: list[Started] = []

    def launch(*arguments: str, home: Path = tmp_path) -> Started:
        started.append(Started(home, *arguments))
        return started[-1]

    yield launch
    for each in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            family = each.family()
            each.process.send_signal(signal.SIGTERM)
            each.wait()
            psutil.wait_procs(family, timeout=30)


def workers(started: Started) -> list[psutil.Process]:
    return [process for process in started.family() if process.cmdline()[1:3] == ["-m", "worker"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_command_starts_all_and_a_signal_stops_all(start, tmp_path, number):
    started = start()
    with urllib.request.urlopen(started.url()) as page:  # noqa: S310 - a local http address
        assert page.status == 200
    wait_until(lambda: len(workers(started)) == 2, started)
    family = started.family()

    started.process.send_signal(number)

    assert started.wait() == 0, started.output
    assert "Stopped. Sweeps and results are kept." in started.output
    assert all_gone(family)
    assert (tmp_path / "boostgrid.sqlite").exists()


def test_nothing_is_left_after_kill_9(start):
    started = start("--workers", "1")
    started.url()
    wait_until(lambda: len(workers(started)) == 1, started)
    family = started.family()

    started.process.kill()
    started.wait()

    wait_until(lambda: all_gone(family), started)


def test_asked_twice_it_stops_at_once(start):
    started = start("--workers", "1")
    started.url()
    wait_until(lambda: len(workers(started)) == 1, started)
    family = started.family()
    workers(started)[0].suspend()  # it would take its time

    started.process.send_signal(signal.SIGINT)
    wait_until(lambda: "Stopping" in started.output, started)
    started.process.send_signal(signal.SIGINT)

    assert started.wait() == 130
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
    wait_until(lambda: all_gone(family), started)


def test_a_second_start_on_the_same_home_names_the_first(start):
    first = start("--no-workers")
    url = first.url()

    second = start("--no-workers")

    assert second.wait() == 1
    assert f"already running at {url}" in second.output.replace("127.0.0.1", "localhost")


def test_a_start_after_a_stop_keeps_the_number_of_workers(start):
    first = start("--workers", "1")
    first.url()
    first.process.send_signal(signal.SIGINT)
    first.wait()

    second = start()
    second.url()

    wait_until(lambda: len(workers(second)) == 1, second)


def test_a_taken_port_gives_the_next_free_one(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        url = start("--no-workers", "--port", str(port)).url()

    assert int(url.rsplit(":", 1)[1]) > port


def test_workers_and_no_workers_exclude_each_other(start):
    started = start("--no-workers", "--workers", "2")

    assert started.wait() == 2
    assert "exclude each other" in started.output
