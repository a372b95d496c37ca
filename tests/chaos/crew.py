"""The workers of a run, and the dashboard that looks after some of them."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

import psutil

from tests.support import ROOT
from tests.support.dashboard_process import DashboardProcess


class Crew:
    """Workers of one and of several engines; ``keep`` starts again whom the run has ended."""

    def __init__(self, folder: Path, engines: tuple[int, ...], dashboard_home: Path | None = None) -> None:
        self._logs = folder / "logs"
        self._logs.mkdir(exist_ok=True)
        self._engines = engines
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._dashboard_home = dashboard_home
        self._dashboard: DashboardProcess | None = None
        self._ended: list[psutil.Process] = []
        self._started = 0

    @property
    def has_dashboard(self) -> bool:
        """Whether a dashboard with workers of its own is a part of it."""
        return self._dashboard_home is not None

    def keep(self) -> None:
        """Start who is not there."""
        for number, engines in enumerate(self._engines):
            worker = self._workers.get(number)
            if worker is None or worker.poll() is not None:
                self._workers[number] = self.start(engines)
        if self._dashboard_home is not None and (self._dashboard is None or self._dashboard.process.poll() is not None):
            self._dashboard = DashboardProcess(self._dashboard_home)

    def start(self, engines: int, prefix: tuple[str, ...] = (), **variables: str) -> subprocess.Popen[bytes]:
        """Start one worker more."""
        self._started += 1
        with (self._logs / f"worker-{self._started}-of-{engines}.log").open("ab") as log:
            return subprocess.Popen(
                [*prefix, sys.executable, "-m", "worker"],
                cwd=ROOT,
                env=os.environ | {"BOOSTGRID_ENGINES": str(engines), "BOOSTGRID_GRACE_SECONDS": "8"} | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def a_worker(self, chance: random.Random) -> psutil.Process | None:
        """Return one of those that live, the dashboard's among them."""
        found = [psutil.Process(each.pid) for each in self._workers.values() if each.poll() is None]
        if self._dashboard is not None and self._dashboard.process.poll() is None:
            found += self._dashboard.workers()
        return chance.choice(found) if found else None

    def an_engine(self, chance: random.Random) -> psutil.Process | None:
        """Return one of those that a worker has."""
        worker = self.a_worker(chance)
        engines = engines_of(worker) if worker is not None else []
        return chance.choice(engines) if engines else None

    def dashboard(self) -> psutil.Process | None:
        """Return the dashboard, where there is one."""
        return psutil.Process(self._dashboard.process.pid) if self._dashboard is not None else None

    def end(self) -> None:
        """Ask all to leave, and wait until they have."""
        for worker in self._workers.values():
            worker.terminate()
        if self._dashboard is not None:
            for left in self._dashboard.stop():
                self._ended.append(left)
        for worker in self._workers.values():
            try:
                worker.wait(60)
            except subprocess.TimeoutExpired:
                self._ended.append(psutil.Process(worker.pid))


def engines_of(worker: psutil.Process) -> list[psutil.Process]:
    """Return the worker's engines; none of one that is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return worker.children(recursive=True)
    return []


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the workers, engines and dashboards that still run out of the run's folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            home = process.environ().get("BOOSTGRID_HOME", "")
            of_python = process.name().startswith("python")  # the services are still at work
            if of_python and Path(home).is_relative_to(folder) and process.pid != os.getpid():
                found.append(process)
    return found
