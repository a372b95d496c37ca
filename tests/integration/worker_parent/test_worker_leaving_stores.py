"""Leaving a store that does not answer: no lock and no silence keeps a worker from going within its time of grace."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.adapters.embedded import EmbeddedStore, EmbeddedTaskQueue
from shared.adapters.mongodb import MongoStore
from shared.domain import TASK_SCHEMA_VERSION
from shared.ports import Store
from shared.testing import make_roomy_sweep, make_task_of
from tests.support import ROOT
from tests.support.engine_evaluators import HANG
from tests.support.gate import Gate
from tests.support.mongodb_server import with_option
from tests.support.worker_bench import store_table

pytestmark = pytest.mark.slow

GRACE = 5.0


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_a_locked_embedded_file_does_not_keep_a_worker(tmp_path: Path, busy: bool) -> None:
    path = tmp_path / "boostgrid.sqlite"
    with (
        a_worker(tmp_path, EmbeddedStore(path), busy, {}) as worker,
        closing(sqlite3.connect(path, isolation_level=None)) as lock,
    ):
        lock.execute("BEGIN IMMEDIATE")
        time.sleep(2)  # it waits for the lock
        leaves_in_time(worker, busy)
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_a_silent_mongodb_does_not_keep_a_worker(
    tmp_path: Path, mongodb_url: str, mongodb_database: str, busy: bool
) -> None:
    parts = urlsplit(mongodb_url)
    gate = Gate((parts.hostname or "", parts.port or 27017))
    through = mongodb_url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{gate.port}")
    url = with_option(through, "directConnection=true")
    environment = {"MONGODB_URL": url, "BOOSTGRID_MONGODB_DATABASE": mongodb_database}
    try:
        with a_worker(tmp_path, MongoStore(mongodb_url, mongodb_database), busy, environment) as worker:
            gate.freeze()
            time.sleep(2)  # it waits for an answer
            leaves_in_time(worker, busy)
    finally:
        gate.shut()
    assert "Traceback" not in (tmp_path / "log").read_text()


def leaves_in_time(worker: subprocess.Popen[bytes], busy: bool) -> None:
    asked_at = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    # what is busy has its whole time of grace, and time to leave (WorkerSettings.stop_seconds)
    assert time.monotonic() - asked_at < (GRACE + 5 if busy else GRACE)


@contextmanager
def a_worker(home: Path, store: Store, busy: bool, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a worker of two engines whose queue is embedded, idle or at two tasks without end."""
    store_table(store)
    queue = EmbeddedTaskQueue(home / "boostgrid.sqlite")
    sweep = make_roomy_sweep(queued=True, task_version=TASK_SCHEMA_VERSION)
    store.save_sweep(sweep)
    if busy:
        queue.publish(sweep.address, [make_task_of(sweep, key, rounds=[HANG]) for key in range(2)])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BOOSTGRID_")}
    for name in ("MONGODB_URL", "RABBITMQ_URL"):
        inherited.pop(name, None)
    settings = {"BOOSTGRID_HOME": str(home), "BOOSTGRID_ENGINES": "2", "BOOSTGRID_GRACE_SECONDS": str(GRACE)}
    with (home / "log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.support.worker_child"],
            cwd=ROOT,
            env=inherited | settings | environment,
            stderr=log,
        )
    try:
        wait_until(lambda: (home / "log").read_text().count("started an engine") == 2)
        wait_until(lambda: not busy or any(len(each.running) == 2 for each in store.workers()))
        wait_until(lambda: store.workers())
        yield worker
    finally:
        worker.kill()
        worker.wait()
        queue.close()
        store.close()


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
