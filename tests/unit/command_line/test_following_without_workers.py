"""What ``follow`` and ``launch`` say of who evaluates a sweep, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from shared.adapters.embedded import EmbeddedStore
from shared.command_line import main, watching
from shared.domain import TASK_SCHEMA_VERSION, Priority, Sweep
from shared.operations import cancel, follow
from shared.ports import Sickness, WorkerReport
from shared.testing import InMemoryTaskQueue

SPEC = """
name: small
library: xgboost
dataset: {name: diabetes, target: target, task: regression}
folds: 3
metrics: [rmse]
param_grid: {learning_rate: [0.1, 0.2, 0.3]}
"""


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOOSTGRID_HOME", str(tmp_path / "home"))
    for name in ("RABBITMQ_URL", "MONGODB_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "spec.yaml").write_text(SPEC)
    store = EmbeddedStore(tmp_path / "home" / "boostgrid.sqlite")
    yield store
    store.close()


def run(*arguments: str):
    return CliRunner().invoke(main, arguments)


def launch(store, *options: str) -> Sweep:
    result = run("launch", "spec.yaml", "--no-follow", *options)
    assert result.exit_code == 0, result.output
    return store.sweep(result.stdout.strip())


def said_while_followed(store, sweep: Sweep, monkeypatch) -> str:
    """Follow the sweep for three rounds, in which it is still open, and return what is said on standard error."""

    def a_few_rounds(sweep_id, store, poll_seconds):
        for number, summary in enumerate(follow(sweep_id, store, 0)):
            yield summary
            if number == 2:
                cancel(sweep_id, store, InMemoryTaskQueue())

    monkeypatch.setattr(watching, "follow", a_few_rounds)
    return run("follow", sweep.sweep_id).stderr


def report(store, **changes: object) -> None:
    now = datetime.now(UTC)
    worker = WorkerReport(
        worker_id="w", host="h", pid=1, started_at=now, reported_at=now, engines=1, threads=1,
        task_version=TASK_SCHEMA_VERSION,
    )  # fmt: skip
    store.report(worker.model_copy(update=changes))


@pytest.mark.parametrize("priority", Priority)
def test_launch_takes_a_priority(store, priority):
    assert launch(store, "--priority", priority.value).priority is priority
    assert store.queued_sweeps()[0].priority is priority


def test_launch_has_the_normal_priority_and_refuses_one_that_is_none(store):
    assert launch(store).priority is Priority.NORMAL
    refused = run("launch", "spec.yaml", "--no-follow", "--priority", "urgent")
    assert refused.exit_code == 2
    assert "'urgent' is not one of 'low', 'normal', 'high'" in refused.stderr


def test_follow_says_once_that_the_workers_have_another_version_and_what_helps(store, monkeypatch):
    sweep = launch(store)
    report(store, versions={"xgboost": "1.0.0"})
    said = said_while_followed(store, sweep, monkeypatch)
    assert said.count(f"it needs XGBoost {sweep.library_version} (1 worker: XGBoost 1.0.0, not") == 1
    assert said.count(f"`python -m shared spec {sweep.sweep_id} | python -m shared launch -`") == 1


def test_follow_says_that_the_worker_is_sick(store, monkeypatch):
    sweep = launch(store)
    versions = {"xgboost": sweep.library_version}
    report(store, versions=versions, sickness=Sickness(reason="the disk is full", since=datetime.now(UTC)))
    said = said_while_followed(store, sweep, monkeypatch)
    assert said.count("sick, the disk is full") == 1
    assert "launch -" not in said


def test_follow_says_nothing_of_workers_that_can_do_it(store, monkeypatch):
    sweep = launch(store)
    report(store, versions={"xgboost": sweep.library_version})
    said = said_while_followed(store, sweep, monkeypatch)
    assert "None of" not in said
    assert "No worker" not in said


def test_follow_says_that_a_sweep_of_an_earlier_version_wants_a_resume(store, monkeypatch):
    sweep = launch(store)
    assert store.change_sweep(sweep, sweep.model_copy(update={"queued": False, "task_version": 2}))
    report(store, versions={"xgboost": sweep.library_version})
    said = said_while_followed(store, sweep, monkeypatch)
    assert said.count(f"`python -m shared resume {sweep.sweep_id}` lets workers of this one go on with it") == 1
