"""Who starts workers completes the cause of what was lost with them."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from shared.adapters.processes.losses import LOOK_SECONDS, LocalLosses
from shared.adapters.processes.supervisor import Supervisor
from shared.domain import AttemptCause
from shared.errors import ServiceUnavailable
from shared.testing import InMemoryStore, make_attempt, make_sweep


class World:
    """Losses of one machine with a clock in the test's hand."""

    def __init__(self, folder):
        self.store = InMemoryStore()
        self.store.save_sweep(make_sweep())
        self.now = 0.0
        self.losses = LocalLosses(self.store, clock=lambda: self.now)
        self.log = folder / "worker-1.log"
        self.log.write_text("".join(f"line {number}\n" for number in range(100)))

    def life(self, pid=100):
        return SimpleNamespace(number=1, pid=pid, log=self.log, started_at=datetime.now(UTC), poll=lambda: None)

    def lose(self, pid=100, host=None, **changes):
        worker = f"{host or socket.gethostname()}-{pid}-abcdef"
        attempt = make_attempt(cause=AttemptCause.LOST, worker=worker, written_by="another", **changes)
        self.store.append_attempts([attempt])

    def attempt(self):
        ((found,),) = self.store.attempts(make_attempt().trial_ids).values()
        return found


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "the worker's process was killed by signal 9 (SIGKILL)"),
        (-11, "the worker's process was killed by signal 11 (SIGSEGV)"),
        (-250, "the worker's process was killed by signal 250 (unknown)"),
        (3, "the worker's process ended with code 3"),
    ],
)
def test_how_a_worker_ended_is_entered_with_its_last_lines(world, code, words):
    world.losses.ended(world.life(), code)
    world.lose()
    world.losses.look()
    attempt = world.attempt()
    assert (attempt.cause, attempt.message) == (AttemptCause.LOST, words)
    assert attempt.log.splitlines()[-1] == "line 99"
    assert len(attempt.log.splitlines()) == 40
    assert attempt.looked_at is not None


def test_an_attempt_that_is_written_later_is_found_then(world):
    world.losses.ended(world.life(), -9)
    world.losses.look()
    world.lose()
    world.losses.look()
    assert world.attempt().looked_at is None  # not at every step
    world.now += LOOK_SECONDS
    world.losses.look()
    assert world.attempt().looked_at is not None


@pytest.mark.parametrize("other", [{"pid": 10}, {"pid": 1001}, {"host": "elsewhere"}, {"pod": "worker-1"}])
def test_workers_of_others_are_left_alone(world, other):
    world.losses.ended(world.life(), -9)
    world.lose(**other)
    world.losses.look()
    assert world.attempt().looked_at is None


def test_a_log_that_is_gone_costs_nothing_else(world):
    world.log.unlink()
    world.losses.ended(world.life(), -9)
    world.lose()
    world.losses.look()
    assert "SIGKILL" in world.attempt().message


def test_a_store_that_does_not_answer_is_asked_again(world, monkeypatch):
    def refuse(*_, **__):
        raise ServiceUnavailable("MongoDB", "away", "wait")

    world.losses.ended(world.life(), -9)
    world.lose()
    with monkeypatch.context() as patched:
        patched.setattr(world.store, "lost_attempts", refuse)
        world.losses.look()
    world.now += LOOK_SECONDS
    world.losses.look()
    assert world.attempt().looked_at is not None


def test_the_supervisor_tells_how_its_workers_ended(world):
    life = world.life()
    workers = SimpleNamespace(start=lambda number: life)
    supervisor = Supervisor(workers, lambda: 1, lambda _: None, lambda: (), losses=world.losses)
    supervisor.reconcile()
    world.lose()
    life.poll = lambda: -9
    supervisor.reconcile()
    assert "SIGKILL" in world.attempt().message
