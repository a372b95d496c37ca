"""Following a sweep to its end, with workers of its own or without."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial

import pytest

from shared.adapters.processes.local_workers import LocalWorkers
from shared.command_line import watching
from shared.domain import ErrorCause
from shared.operations import cancel, follow
from shared.planning import plan_tasks
from shared.testing import InMemoryTaskQueue, make_fold_result, make_outcome
from tests.support.shell import SPEC, finish, launch, run, succeed

pytestmark = pytest.mark.usefixtures("home")


def test_follow_without_a_worker_says_how_to_start_one(store, monkeypatch):
    sweep_id = launch()

    def follow_and_finish(sweep_id, store, poll_seconds):
        for summary in follow(sweep_id, store, 0):
            yield summary
            finish(store, sweep_id)

    monkeypatch.setattr(watching, "follow", follow_and_finish)
    result = succeed("follow", sweep_id)
    assert result.stderr.count("No worker is running: start one with `python -m worker`") == 1


def test_follow_counts_folds_until_their_trials_end(store, home, monkeypatch):
    sweep_id = launch()
    sweep = store.sweep(sweep_id)
    trial_id = next(trial.trial_id for task in plan_tasks(sweep, 1) for trial in task.trials)
    store.record_folds([make_fold_result(trial_id=trial_id, fold=1)])
    words = []

    @contextmanager
    def shown(total, what):
        yield lambda done, word: words.append(word)

    def follow_and_finish(sweep_id, store, poll_seconds):
        for summary in follow(sweep_id, store, 0):
            yield summary
            finish(store, sweep_id)

    monkeypatch.setattr(watching, "progress_bar", shown)
    monkeypatch.setattr(watching, "follow", follow_and_finish)
    watching.watch(sweep_id, store, home, 0, 25)
    assert words[0] == f"1 of {sweep.size * sweep.spec.folds} folds"
    assert "folds" not in words[-1]


def test_ctrl_c_keeps_the_sweep_and_says_so(store, monkeypatch):
    sweep_id = launch()

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "follow", interrupted)
    result = run("follow", sweep_id)
    assert result.exit_code == 130
    assert f"`python -m shared follow {sweep_id}` shows it again" in result.stderr
    assert not store.sweep(sweep_id).cancelled


def test_cancelled_sweep_ends_the_following_with_an_error(store):
    sweep_id = launch()
    finish(store, sweep_id, trials=1)
    cancel(sweep_id, store, InMemoryTaskQueue())
    result = run("follow", sweep_id)
    assert result.exit_code == 1
    assert "Cancelled: 1 succeeded, 0 failed" in result.stdout
    assert result.stderr.endswith("Error: The sweep was cancelled.\n")


def test_sweep_whose_trials_all_failed_says_why(store):
    sweep_id = launch()
    finish(store, sweep_id, failed=ErrorCause.EVALUATION)
    result = run("follow", sweep_id)
    assert result.exit_code == 1
    assert "Every trial failed, the first with ValueError: it went wrong" in result.stderr


@pytest.mark.slow
def test_workers_that_keep_ending_are_given_up(store, home, monkeypatch):
    sweep_id = launch()
    broken = partial(LocalWorkers, command=(sys.executable, "-c", "print('oh no'); raise SystemExit(3)"))
    monkeypatch.setattr(watching, "LocalWorkers", broken)
    result = run("follow", sweep_id, "--workers", "1")
    log = home / "home" / "logs" / "worker-1.log"
    assert result.exit_code == 1
    assert result.stderr == f"Error: local worker 1 does not answer (it keeps ending, now with 3). See {log}\n"
    assert log.read_text() == "oh no\n" * 4


@pytest.mark.slow
def test_workers_that_cannot_be_started_are_given_up(store, home, monkeypatch):
    sweep_id = launch()
    monkeypatch.setattr(watching, "LocalWorkers", partial(LocalWorkers, command=("/nowhere/python",)))
    result = run("follow", sweep_id, "--workers", "1")
    assert result.exit_code == 1
    assert "local worker 1 does not answer (cannot be started: " in result.stderr


def test_the_end_of_a_sweep_that_stops_early_has_the_parameters_for_a_fit_on_all_rows(home, store):
    grid = "{learning_rate: [0.1], early_stopping_rounds: [5], n_estimators: [500]}"
    (home / "spec.yaml").write_text(SPEC.replace("{learning_rate: [0.1, 0.2, 0.3]}", grid), encoding="utf-8")
    sweep_id = launch()
    (task,) = plan_tasks(store.sweep(sweep_id), 1)
    (trial,) = task.trials
    outcome = make_outcome(trial_id=trial.trial_id, params={**trial.params, "random_state": 0}, rounds=(12, 30, 17))
    store.record(sweep_id, [outcome])
    said = succeed("follow", sweep_id).stdout
    assert (
        "  early_stopping_rounds = 5\n  learning_rate = 0.1\n  n_estimators = 500\n  random_state = 0\n"
        "The same for a fit on all rows, which nothing can stop early (the folds kept 12, 30, 17 rounds):\n"
        "  learning_rate = 0.1\n  n_estimators = 17\n  random_state = 0\n"
    ) in said
