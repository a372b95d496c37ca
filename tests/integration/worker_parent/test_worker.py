"""Workers with real engine processes, on the embedded stack."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from shared.adapters.embedded import EmbeddedStore, EmbeddedTaskQueue
from shared.domain import (
    TASK_SCHEMA_VERSION,
    AttemptCause,
    ErrorCause,
    Sweep,
    SweepSpec,
    Task,
    TaskAddress,
    TrialOutcome,
    TrialState,
)
from shared.operations import launch
from shared.testing import make_roomy_sweep, make_spec, make_task_of
from tests.support import ROOT
from tests.support.engine_evaluators import EXIT, HANG, HANG_ONCE, SEGFAULT, SUCCEED, TAKE_SIX_SECONDS, home_log
from tests.support.worker_bench import store_table

pytestmark = pytest.mark.slow


class Stack:
    """The embedded store and queue in a folder, and workers on them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = EmbeddedStore(home / "boostgrid.sqlite")
        self.queue = EmbeddedTaskQueue(home / "boostgrid.sqlite")
        store_table(self.store)
        self.workers: list[subprocess.Popen[bytes]] = []

    def sweep(self, **changes) -> Sweep:
        sweep = make_roomy_sweep(**{"queued": True, "task_version": TASK_SCHEMA_VERSION} | changes)
        self.store.save_sweep(sweep)
        return sweep

    def publish(self, sweep: Sweep, *whats: int, key: object = 0) -> Task:
        """Publish a task of trials that do these things."""
        task = make_task_of(sweep, key, rounds=whats)
        self.queue.publish(task.address, [task])
        return task

    def environment(self) -> dict[str, str]:
        """Return what a worker on this stack needs to know."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("BOOSTGRID_") and name not in ("MONGODB_URL", "RABBITMQ_URL")
        }
        return inherited | {"BOOSTGRID_HOME": str(self.home), "BOOSTGRID_ENGINES": "1"}

    def worker(self, module: str = "tests.support.worker_child", **environment: str) -> subprocess.Popen[bytes]:
        with (self.home / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env=self.environment() | environment,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(process)
        return process

    def until(self, condition: Callable[[], object], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (self.home / "worker.log").read_text()
            time.sleep(0.05)

    def until_running(self, trials: int = 1) -> None:
        """Wait until evaluations of so many trials have begun."""
        self.until(lambda: len(self.evaluated()) >= trials)

    def until_done(self, sweep: Sweep, trials: int) -> dict[str, TrialOutcome]:
        self.until(lambda: len(self.outcomes(sweep)) == trials and self.status() == (0, 0))
        return self.outcomes(sweep)

    def status(self) -> tuple[int, int | None]:
        epochs = [(each.sweep.sweep_id, each.sweep.epoch) for each in self.store.summaries()]
        status = self.queue.status([TaskAddress(sweep_id=sweep_id, epoch=epoch) for sweep_id, epoch in epochs])
        return status.ready, status.unacknowledged

    def outcomes(self, sweep: Sweep) -> dict[str, TrialOutcome]:
        return {outcome.trial_id: outcome for outcome in self.store.outcomes(sweep.sweep_id).outcomes}

    def evaluated(self) -> list[str]:
        """Return the trials that engines began to evaluate, in order."""
        log = home_log(self.home)
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []

    def engines(self, worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
        return psutil.Process(worker.pid).children()

    def close(self) -> None:
        for worker in self.workers:
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in [*psutil.Process(worker.pid).children(recursive=True), worker]:
                    process.kill()
            worker.wait()
        self.queue.close()
        self.store.close()


@pytest.fixture
def stack(tmp_path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    stack.close()


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_a_launched_sweep_is_evaluated(stack, library):
    spec = SweepSpec.parse(
        {
            "name": "Small",
            "library": library,
            "dataset": {"name": "diabetes", "target": "target", "task": "regression"},
            "param_grid": {"learning_rate": [0.1, 0.3], "n_estimators": [5, 10]},
            "metrics": ["rmse"],
            "folds": 3,
        }
    )
    sweep = launch(spec, stack.store, stack.queue)
    stack.worker("worker")
    outcomes = stack.until_done(sweep, 4)
    assert {outcome.state for outcome in outcomes.values()} == {TrialState.SUCCEEDED}


def test_an_engine_that_is_killed_costs_an_attempt_and_nothing_else(stack):
    sweep = stack.sweep()
    stack.publish(sweep, HANG_ONCE)
    worker = stack.worker()
    stack.until_running()
    (engine,) = stack.engines(worker)
    engine.kill()
    (outcome,) = stack.until_done(sweep, 1).values()
    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.attempts == 2
    assert worker.poll() is None
    assert len(stack.evaluated()) == 2


def test_a_worker_that_is_killed_is_replaced_by_another(stack):
    sweep = stack.sweep()
    stack.publish(sweep, HANG_ONCE)
    victim = stack.worker()
    stack.until_running()
    engines = stack.engines(victim)
    victim.kill()
    victim.wait()
    stack.until(lambda: not any(engine.is_running() for engine in engines))
    stack.worker()
    (outcome,) = stack.until_done(sweep, 1).values()
    assert outcome.state is TrialState.SUCCEEDED
    assert outcome.attempts == 2
    assert len(stack.evaluated()) == 2


def test_an_eviction_costs_no_attempt(stack):
    sweep = stack.sweep()
    stack.publish(sweep, HANG_ONCE)
    worker = stack.worker(BOOSTGRID_GRACE_SECONDS="0")
    stack.until_running()
    engines = stack.engines(worker)
    worker.terminate()
    assert worker.wait(30) == 0
    assert not any(engine.is_running() for engine in engines)
    assert stack.status() == (1, 0)
    assert stack.store.workers() == []
    stack.worker()
    (outcome,) = stack.until_done(sweep, 1).values()
    assert outcome.attempts == 1


def test_ctrl_c_lets_the_running_task_finish(stack):
    sweep = stack.sweep()
    stack.publish(sweep, *[SUCCEED] * 50)
    worker = stack.worker()
    stack.until_running()
    worker.send_signal(signal.SIGINT)
    assert worker.wait(30) == 0
    assert len(stack.outcomes(sweep)) == 50
    assert "Traceback" not in (stack.home / "worker.log").read_text()


def test_engines_survive_a_signal_to_the_whole_group(stack):
    sweep = stack.sweep()
    stack.publish(sweep, *[SUCCEED] * 50)
    worker = stack.worker()
    stack.until_running()
    os.killpg(worker.pid, signal.SIGTERM)
    assert worker.wait(30) == 0
    assert {outcome.attempts for outcome in stack.outcomes(sweep).values()} == {1}
    assert len(stack.outcomes(sweep)) == 50
    assert "Traceback" not in (stack.home / "worker.log").read_text()


def test_a_second_signal_hastens(stack):
    stack.publish(stack.sweep(), HANG)
    worker = stack.worker(BOOSTGRID_GRACE_SECONDS="600")
    stack.until_running()
    worker.terminate()
    stack.until(lambda: "stopping" in (stack.home / "worker.log").read_text())
    worker.terminate()
    assert worker.wait(30) == 0
    assert stack.status() == (1, 0)


def test_the_late_result_of_a_frozen_worker_is_left_out_and_its_attempt_told(stack):
    sweep = stack.sweep()
    task = stack.publish(sweep, TAKE_SIX_SECONDS)
    trial_id = task.trials[0].trial_id
    frozen = stack.worker()
    stack.until(lambda: any(worker.running for worker in stack.store.workers()))
    (before,) = stack.store.workers()
    os.kill(frozen.pid, signal.SIGSTOP)  # its engine goes on, and answers to nobody
    stack.worker()
    stack.until_running(trials=2)  # once the lease is over
    os.kill(frozen.pid, signal.SIGCONT)
    (outcome,) = stack.until_done(sweep, 1).values()
    stack.until(lambda: not any(worker.running for worker in stack.store.workers()))

    assert outcome.worker != before.worker_id
    (same,) = stack.outcomes(sweep).values()
    assert same == outcome
    (attempt,) = stack.store.attempts([trial_id])[trial_id]
    assert (attempt.cause, attempt.worker) == (AttemptCause.LOST, before.worker_id)
    assert attempt.attempt_id == before.running[0].attempt_id
    assert attempt.written_by == outcome.worker
    assert len(stack.evaluated()) == 2


def test_an_engines_last_lines_are_kept_with_the_attempt(stack):
    sweep = stack.sweep()
    task = stack.publish(sweep, SEGFAULT)
    stack.worker()
    stack.until_done(sweep, 1)
    trial_id = task.trials[0].trial_id
    for attempt in stack.store.attempts([trial_id])[trial_id]:
        assert attempt.cause is AttemptCause.CRASHED
        assert "SIGSEGV" in attempt.message
        assert "Fatal Python error: Segmentation fault" in attempt.log
    assert "Fatal Python error: Segmentation fault" in (stack.home / "worker.log").read_text()


@pytest.mark.parametrize("poison", [SEGFAULT, EXIT], ids=["native crash", "exit"])
def test_a_poisonous_trial_fails_and_its_siblings_succeed(stack, poison):
    sweep = stack.sweep()
    task = stack.publish(sweep, SUCCEED, poison, SUCCEED)
    stack.worker()
    outcomes = stack.until_done(sweep, 3)
    first, poisoned, last = (outcomes[trial.trial_id] for trial in task.trials)
    assert (first.state, last.state) == (TrialState.SUCCEEDED, TrialState.SUCCEEDED)
    assert poisoned.state is TrialState.FAILED
    assert poisoned.error.cause is ErrorCause.ENGINE_DIED
    assert poisoned.attempts == 3


def test_a_trial_over_its_time_limit_fails_and_its_siblings_succeed(stack):
    sweep = stack.sweep(spec=make_spec(trial_timeout_seconds=1))
    task = stack.publish(sweep, HANG, SUCCEED)
    stack.worker()
    outcomes = stack.until_done(sweep, 2)
    slow, quick = (outcomes[trial.trial_id] for trial in task.trials)
    assert slow.error.cause is ErrorCause.TIMEOUT
    assert quick.state is TrialState.SUCCEEDED


def test_a_cancelled_sweep_stops_in_the_middle_of_a_trial(stack):
    sweep = stack.sweep()
    stack.publish(sweep, HANG)
    worker = stack.worker()
    stack.until_running()
    (engine,) = stack.engines(worker)
    stack.sweep(cancelled=True)
    stack.until(lambda: stack.status() == (0, 0))
    assert stack.outcomes(sweep) == {}
    assert engine.is_running()


def test_a_worker_ends_with_the_process_that_started_it(stack):
    stack.publish(stack.sweep(), HANG)
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys\n"
            "environment = os.environ | {'BOOSTGRID_EXIT_WITH_PARENT': str(os.getpid())}\n"
            "worker = subprocess.Popen([sys.executable, '-m', 'tests.support.worker_child'], env=environment)\n"
            "print(worker.pid, flush=True); worker.wait()",
        ],
        cwd=ROOT,
        env=stack.environment() | {"BOOSTGRID_GRACE_SECONDS": "0"},
        stdout=subprocess.PIPE,
    )
    worker = psutil.Process(int(starter.stdout.readline()))
    try:
        stack.until_running()
        starter.kill()
        starter.communicate()
        psutil.wait_procs([worker], timeout=30)
        assert not worker.is_running()
        assert stack.status() == (1, 0)
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()


def test_two_workers_evaluate_each_trial_once(stack):
    sweep = stack.sweep()
    for number in range(100):
        stack.publish(sweep, SUCCEED, SUCCEED, key=number)
    stack.worker()
    stack.worker()
    stack.until_done(sweep, 200)
    assert len(stack.evaluated()) == len(set(stack.evaluated())) == 200
