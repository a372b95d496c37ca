"""Local workers start with a log, stop when told, and are killed when they will not."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

import shared.adapters.processes.local_workers as local_workers
from shared.adapters.processes.local_workers import LocalWorkers
from tests.support import ROOT

OBEDIENT = "import time; print('started', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('started', flush=True); time.sleep(600)"
)
SHOWS_SURROUNDINGS = (
    "import os, sys; print(os.environ['BOOSTGRID_HOME'], os.environ['BOOSTGRID_EXIT_WITH_PARENT'],"
    " os.environ['BOOSTGRID_ENGINES'], os.getcwd(), flush=True); print('oh no', file=sys.stderr)"
)


def python(code):
    return (sys.executable, "-c", code)


def wait_until_started(worker):
    while b"started" not in worker.log.read_bytes():
        assert worker.poll() is None


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_worker_is_told_its_home_and_its_parent_and_has_a_log(tmp_path, monkeypatch):
    monkeypatch.delenv("BOOSTGRID_ENGINES", raising=False)
    monkeypatch.chdir(tmp_path)
    worker = LocalWorkers(Path("home"), python(SHOWS_SURROUNDINGS)).start(3)
    assert worker.process.wait() == 0
    assert worker.log == tmp_path / "home" / "logs" / "worker-3.log"
    root = ROOT
    assert worker.log.read_text() == f"{tmp_path / 'home'} {os.getpid()} 1 {root}\noh no\n"


def test_number_of_engines_may_be_set(tmp_path, monkeypatch):
    monkeypatch.setenv("BOOSTGRID_ENGINES", "4")
    worker = LocalWorkers(tmp_path, python(SHOWS_SURROUNDINGS)).start(1)
    worker.process.wait()
    assert f" {os.getpid()} 4 " in worker.log.read_text()


def test_stop_ends_a_worker_by_signal(tmp_path):
    workers = LocalWorkers(tmp_path, python(OBEDIENT))
    first, second = workers.start(1), workers.start(2)
    wait_until_started(first)
    workers.stop([first])
    assert first.poll() == -signal.SIGTERM
    assert second.poll() is None
    workers.stop([second])
    assert not is_alive(second.pid)


def test_worker_that_will_not_end_is_killed(tmp_path):
    workers = LocalWorkers(tmp_path, python(STUBBORN), stop_seconds=0.01)
    worker = workers.start(1)
    wait_until_started(worker)
    workers.stop([worker])
    assert worker.poll() == -signal.SIGKILL


def test_leaving_the_context_stops_every_worker(tmp_path):
    with LocalWorkers(tmp_path, python(OBEDIENT)) as workers:
        started = [workers.start(number) for number in (1, 2)]
    assert [worker.poll() for worker in started] == [-signal.SIGTERM, -signal.SIGTERM]


def test_leaving_the_context_by_an_error_kills_after_the_grace_period(tmp_path):
    started = []

    def interrupted():
        with LocalWorkers(tmp_path, python(STUBBORN), stop_seconds=0.01) as workers:
            started.append(workers.start(1))
            wait_until_started(started[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert started[0].poll() == -signal.SIGKILL


def test_stopping_twice_is_stopping_once(tmp_path):
    workers = LocalWorkers(tmp_path, python("raise SystemExit(3)"))
    worker = workers.start(1)
    assert worker.process.wait() == 3
    workers.stop([worker])
    workers.stop([worker])
    assert worker.poll() == 3


def test_log_goes_on_and_is_set_aside_when_large(tmp_path, monkeypatch):
    workers = LocalWorkers(tmp_path, python("print('hello')"))
    for _ in range(2):
        worker = workers.start(1)
        worker.process.wait()
    assert worker.log.read_text() == "hello\nhello\n"
    monkeypatch.setattr(local_workers, "_LOG_LIMIT", 5)
    workers.start(1).process.wait()
    assert worker.log.read_text() == "hello\n"
    assert worker.log.with_name("worker-1.log.1").read_text() == "hello\nhello\n"
