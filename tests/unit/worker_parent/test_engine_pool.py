"""When engines are started, and how long a worker waits where that goes wrong."""

from __future__ import annotations

import logging

import pytest

from tests.support.worker_bench import DeadEngine
from worker.parent.engine_pool import EnginePool


class Machine:
    """A system that starts engines while it ``can``, and its clock."""

    def __init__(self, size: int = 1) -> None:
        self.now = 100.0
        self.can = False
        #: when a start was tried
        self.tried: list[float] = []
        self.pool = EnginePool(size, self._start, lambda: self.now)

    def _start(self) -> DeadEngine:
        self.tried.append(self.now)
        if not self.can:
            raise BlockingIOError("Resource temporarily unavailable")
        return DeadEngine(len(self.tried))

    def run(self, seconds: float) -> list[float]:
        """Let the worker look after its engines for so long; return the waits between the starts it tried."""
        until = self.now + seconds
        while self.now <= until:
            self.pool.start_missing()
            self.now += 0.25
        return [later - earlier for earlier, later in zip(self.tried, self.tried[1:], strict=False)]

    def bury_all(self) -> None:
        """Let the worker see that its engines are dead."""
        for engine in tuple(self.pool.engines):
            self.pool.bury(engine)


@pytest.fixture
def machine():
    machines = []

    def make(**changes):
        machines.append(Machine(**changes))
        return machines[-1]

    yield make
    for each in machines:
        each.pool.close()


def test_an_engine_that_cannot_be_started_is_tried_again_after_waits_that_double_up_to_half_a_minute(machine):
    assert machine().run(150) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_an_operator_reads_why_an_engine_cannot_be_started_and_when_it_is_tried_again(machine, caplog):
    with caplog.at_level(logging.ERROR):
        machine().run(0)
    (record,) = caplog.records
    assert "Resource temporarily unavailable" in record.getMessage()
    assert "0.5 s" in record.getMessage()
    assert (record.event, record.wait_seconds) == ("engine.start_failed", 0.5)


def test_no_other_engine_is_tried_while_the_system_has_no_room_for_one(machine):
    m = machine(size=3)
    m.run(0)
    assert len(m.tried) == 1


def test_all_missing_engines_are_started_once_the_system_can(machine):
    m = machine(size=3)
    m.run(1)
    m.can = True
    m.run(30)
    assert len(m.pool.engines) == 3


def test_an_engine_that_came_to_work_ends_the_waits(machine):
    m = machine()
    m.run(60)
    m.can = True
    m.run(30)
    m.pool.became_ready(m.pool.engines[0])
    m.bury_all()
    m.can = False
    m.tried.clear()
    assert m.run(4) == [0.5, 1, 2]


def test_an_engine_that_was_started_and_died_before_it_came_to_work_does_not(machine):
    m = machine()
    m.run(0.25)
    m.can = True
    m.run(0.5)
    m.bury_all()
    m.can = False
    m.tried.clear()
    assert m.run(10) == [2, 4]
