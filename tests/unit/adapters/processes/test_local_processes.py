"""Local workers follow what is declared, as pods follow a Deployment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.cluster import ScalingRefused
from dashboard.cluster.local.processes import LocalProcesses
from shared.adapters.processes.home_lock import HomeInUse, HomeLock
from shared.adapters.processes.state_files import LocalFiles
from shared.adapters.processes.supervisor import LONGEST_PAUSE_SECONDS, Supervisor
from shared.domain import ProcessState


@dataclass
class FakeWorker:
    """A life that ends when the test says so."""

    number: int
    pid: int
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    exit_code: int | None = None

    def poll(self) -> int | None:
        return self.exit_code


class FakeWorkers:
    """Starts fake lives, and ends those that it is told to stop."""

    def __init__(self) -> None:
        self.lives: list[FakeWorker] = []
        self.start_error: OSError | None = None

    def start(self, number: int) -> FakeWorker:
        if self.start_error is not None:
            raise self.start_error
        self.lives.append(FakeWorker(number, pid=100 + len(self.lives)))
        return self.lives[-1]

    def stop(self, workers: Iterable[FakeWorker]) -> None:
        for worker in workers:
            worker.exit_code = 0

    @property
    def living(self) -> list[int]:
        return sorted(life.number for life in self.lives if life.exit_code is None)


class World:
    """A supervisor with its clock in the test's hand."""

    def __init__(self, home: Path) -> None:
        self.files = LocalFiles(home)
        self.workers = FakeWorkers()
        self.now = 0.0
        self.busy: set[int] = set()
        self.supervisor = Supervisor(
            self.workers,
            self.files.wanted,
            self.files.report,
            lambda: self.busy,
            clock=lambda: self.now,
        )
        self.cluster = LocalProcesses(home, maximum=8)

    def pass_time(self, seconds: float = 0.0) -> None:
        self.now += seconds
        self.supervisor.reconcile()

    def settle(self) -> None:
        for _ in range(200):
            self.supervisor.reconcile()
            if not any(process.state is ProcessState.STOPPING for process in self.cluster.state().processes):
                return
        raise AssertionError("still stopping")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_as_many_run_as_are_declared(world):
    world.files.declare(3)
    world.pass_time()
    assert world.workers.living == [1, 2, 3]

    world.cluster.scale(1)
    world.settle()
    assert world.workers.living == [1]
    assert [process.name for process in world.cluster.state().processes] == ["worker-1"]

    world.cluster.scale(2)
    world.pass_time()
    assert world.workers.living == [1, 2]


def test_idle_workers_are_stopped_first(world):
    world.files.declare(3)
    world.pass_time()
    world.busy = {world.workers.lives[2].pid}

    world.cluster.scale(1)
    world.settle()

    assert world.workers.living == [3]


def test_without_knowing_who_is_busy_it_still_scales_down(world):
    def no_store() -> set[int]:
        raise ConnectionError

    world.supervisor._busy_pids = no_store
    world.files.declare(2)
    world.pass_time()
    world.cluster.scale(0)
    world.settle()

    assert world.workers.living == []


def test_a_crashed_worker_starts_again_after_a_pause_that_grows(world):
    world.files.declare(1)
    world.pass_time()
    pauses = []
    for _ in range(9):
        world.workers.lives[-1].exit_code = -9
        world.pass_time()
        assert world.cluster.state().processes[0].state is ProcessState.CRASHED
        assert "-9" in world.cluster.state().processes[0].detail
        died = world.now
        lives = len(world.workers.lives)
        while len(world.workers.lives) == lives:
            world.pass_time(0.25)
        pauses.append(world.now - died)

    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert max(pauses) == LONGEST_PAUSE_SECONDS
    assert world.cluster.state().processes[0].restarts == 9


def test_a_worker_that_lived_long_starts_again_at_once(world):
    world.files.declare(1)
    world.pass_time()
    for _ in range(3):
        world.pass_time(3600)
        world.workers.lives[-1].exit_code = 1
        world.pass_time()
        world.pass_time(0.5)

    assert len(world.workers.lives) == 4
    assert world.workers.living == [1]


def test_a_worker_that_cannot_be_started_says_why_and_is_tried_again_after_a_pause(world):
    world.workers.start_error = OSError(12, "Cannot allocate memory")
    world.files.declare(1)
    for _ in range(3):
        world.pass_time()
        (process,) = world.cluster.state().processes
        assert process.state is ProcessState.CRASHED
        assert "Cannot allocate memory" in process.detail

    world.workers.start_error = None
    world.pass_time()
    assert world.workers.living == []
    world.pass_time(0.5)
    assert world.workers.living == [1]
    assert world.cluster.state().processes[0].state is ProcessState.RUNNING


def test_a_crashed_worker_that_is_no_longer_wanted_stays_away(world):
    world.files.declare(1)
    world.pass_time()
    world.workers.lives[-1].exit_code = 1
    world.pass_time()
    world.cluster.scale(0)
    world.pass_time(60)

    assert world.workers.living == []
    assert world.cluster.state().processes == ()


def test_a_start_that_fails_counts_as_one(world):
    world.workers.start_error = OSError("no memory")
    world.files.declare(1)
    world.pass_time()
    world.pass_time(1)
    (process,) = world.cluster.state().processes
    assert (process.restarts, process.exit_code) == (2, None)
    assert "no memory" in process.detail


def test_stop_ends_every_worker_and_the_report(world):
    world.files.declare(2)
    world.supervisor.start()
    world.pass_time()
    world.supervisor.stop()

    assert world.workers.living == []
    assert world.cluster.state().read_only is not None


def test_without_a_supervisor_scaling_is_refused_with_the_way_out(world):
    with pytest.raises(ScalingRefused, match="--workers"):
        world.cluster.scale(1)


@pytest.mark.parametrize("workers", [-1, 9])
def test_a_number_outside_the_limits_is_refused(world, workers):
    world.files.declare(1)
    world.pass_time()

    with pytest.raises(ScalingRefused, match="0 to 8"):
        world.cluster.scale(workers)


def test_a_damaged_file_counts_as_none(world, tmp_path):
    (tmp_path / "workers-desired.json").write_text("{")

    world.pass_time()

    assert world.workers.living == []


def test_logs_are_the_last_lines_of_that_worker_alone(world, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "worker-1.log").write_text("one\ntwo\nthree\n")
    (tmp_path / "secret.log").write_text("secret")

    assert world.cluster.logs("worker-1", tail=2) == "two\nthree\n"
    assert world.cluster.logs("worker-9") == ""
    assert world.cluster.logs("../secret") == ""


def test_a_home_has_one_owner_and_names_its_address(tmp_path):
    with (
        HomeLock(tmp_path, "http://localhost:8501"),
        pytest.raises(HomeInUse, match="http://localhost:8501"),
        HomeLock(tmp_path, "http://localhost:8502"),
    ):
        raise AssertionError("two owners")

    with HomeLock(tmp_path, "http://localhost:8502"):
        pass


def test_an_owner_that_has_not_said_its_address_yet_is_another_address(tmp_path):
    with HomeLock(tmp_path, "http://localhost:8501"):
        (tmp_path / "dashboard.address").unlink()
        with pytest.raises(HomeInUse, match="another address"), HomeLock(tmp_path, "http://localhost:8502"):
            raise AssertionError("two owners")
