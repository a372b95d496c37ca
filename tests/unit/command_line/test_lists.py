"""What is listed: sweeps with their queues and drops, attempts, and a library's parameters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.adapters.backends import open_queue
from shared.catalog import Library, library_catalog
from shared.command_line import watching
from shared.domain import AttemptCause, ErrorCause, TrialState
from shared.errors import ServiceUnavailable
from shared.planning import plan_tasks
from shared.ports import WorkerReport
from shared.settings import Settings
from shared.testing import make_attempt, make_outcome
from tests.support.shell import SPEC, finish, launch, queued, run, succeed

pytestmark = pytest.mark.usefixtures("home")


def test_a_lost_queue_is_told_by_list_and_by_follow_and_resume_publishes_what_is_missing(store, monkeypatch):
    sweep_id = launch()
    assert "lost" not in succeed("list").stderr
    finish(store, sweep_id, trials=1)
    queue = open_queue(Settings())
    queue.remove(store.sweep(sweep_id).address)
    queue.close()
    assert queued(store) == 0

    listed = succeed("list")
    assert listed.stdout.splitlines()[1].split()[4] == "interrupted"
    assert f"{sweep_id}: The broker has lost its queue, so 2 trials wait nowhere" in listed.stderr

    with monkeypatch.context() as patched:
        patched.setattr(watching, "follow", lambda *_: iter(store.summaries([sweep_id])))
        said = run("follow", sweep_id).stderr
    assert said.count("The broker has lost its queue") == 1
    assert f"`python -m shared resume {sweep_id}`" in said

    succeed("resume", sweep_id, "--no-follow")
    assert queued(store) > 0
    assert "lost" not in succeed("list").stderr


def test_a_queue_that_does_not_answer_is_told_by_list_and_by_follow_until_a_resume(store, monkeypatch):
    sweep_id = launch()
    now = datetime.now(UTC)
    worker = WorkerReport(worker_id="w", host="h", pid=1, started_at=now, reported_at=now, engines=1, threads=1)
    store.report(worker.model_copy(update={"mute": (store.sweep(sweep_id).address,)}))
    told = "Its queue does not answer, while the broker does, so 3 trials wait"
    assert f"{sweep_id}: {told}" in succeed("list").stderr

    with monkeypatch.context() as patched:
        patched.setattr(watching, "follow", lambda *_: iter(store.summaries([sweep_id]) * 2))
        said = run("follow", sweep_id).stderr
    assert said.count(told) == 1
    assert f"`python -m shared resume {sweep_id}`" in said

    succeed("resume", sweep_id, "--no-follow")
    assert "does not answer" not in succeed("list").stderr


def test_list_does_without_a_queue_that_is_away_and_says_so(store, monkeypatch):
    sweep_id = launch()

    def down(settings):
        raise ServiceUnavailable("RabbitMQ", "connection refused", "Start it.")

    monkeypatch.setattr("shared.command_line.services.open_queue", down)
    listed = succeed("list")
    assert sweep_id in listed.stdout
    assert "still queued is not known: RabbitMQ does not answer (connection refused). Start it." in listed.stderr


def test_attempts_tell_how_each_ended_and_of_one_trial_what_its_log_said(store):
    sweep_id = launch()
    assert "No attempt ended without a result" in succeed("attempts", sweep_id).stderr
    finish(store, sweep_id, failed=ErrorCause.ENGINE_DIED, trials=1)
    (outcome,) = store.ranked(sweep_id, TrialState.FAILED, 9)
    for number in range(3):
        attempt = make_attempt(
            number, AttemptCause.OUT_OF_MEMORY, sweep_id=sweep_id, pod=f"pod-{number}", log="last words"
        )
        store.append_attempts([attempt.model_copy(update={"trial_ids": (outcome.trial_id,)})])
    header, *rows = succeed("attempts", sweep_id).stdout.splitlines()
    assert header.split() == ["TRIAL", "FOLD", "ENDED", "CAUSE", "WHERE", "WHY"]
    assert [row.split()[0] for row in rows] == [outcome.trial_id[:12]] * 3
    assert all("out of memory" in row for row in rows)
    for name in (outcome.trial_id, outcome.trial_id[:8]):
        assert "last words" in succeed("attempts", sweep_id, name).stdout
    result = run("attempts", sweep_id, "xyz")
    assert result.exit_code == 1
    assert "no trial with an outcome of" in result.stderr


def test_list_shows_every_sweep(store):
    assert "There is no sweep yet" in succeed("list").stderr
    first, second = launch(), launch()
    finish(store, first)
    header, newest, oldest = succeed("list").stdout.splitlines()
    assert header.split() == ["SWEEP", "NAME", "STATUS", "DONE", "FAILED", "DROPPED", "BEST", "CREATED"]
    assert newest.replace("From a shell", "NAME").split()[:5] == [second, "NAME", "running", "0/3", "0"]
    assert oldest.replace("From a shell", "NAME").split()[:8] == [
        first,
        "NAME",
        "finished",
        "3/3",
        "0",
        "0",
        "rmse",
        "1.00000",
    ]
    assert oldest.endswith(f" {datetime.now().astimezone():%Z}")


@pytest.mark.parametrize("library", Library)
def test_parameters_of_a_library_are_listed(library):
    lines = succeed("parameters", library.value).stdout.splitlines()
    assert lines[0].split()[:3] == ["PARAMETER", "DEFAULT", "TAKES"]
    assert [line.split()[0] for line in lines[1:]] == [each.name for each in library_catalog(library).parameters]
    (rate,) = (line for line in lines if line.startswith("learning_rate "))
    assert "number" in rate
    assert "eta" in rate
    assert run("parameters", "sklearn").exit_code == 2


def test_what_racing_dropped_is_counted_by_itself(store, home):
    (home / "spec.yaml").write_text(SPEC + "racing: true\n")
    sweep_id = launch()
    finish(store, sweep_id, trials=2)
    last = max(
        (trial for task in plan_tasks(store.sweep(sweep_id), 1) for trial in task.trials),
        key=lambda trial: trial.params["learning_rate"],
    )
    store.record(sweep_id, [make_outcome(trial_id=last.trial_id, params=last.params, dropped_after=2)])
    assert succeed("list").stdout.splitlines()[1].replace("From a shell", "").split()[1:5] == [
        "finished",
        "3/3",
        "0",
        "1",
    ]
    assert "Finished: 2 succeeded, 0 failed, 1 dropped" in succeed("follow", sweep_id).stdout
