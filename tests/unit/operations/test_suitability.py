"""Whether any live worker can do a sweep, and what is said where none can."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.domain import TASK_SCHEMA_VERSION, SweepSummary
from shared.operations import has_no_queue, nobody_suited
from shared.ports import Sickness, WorkerReport
from shared.testing import make_sweep

NOW = datetime.now(UTC)


def summary(done: int = 0, **changes: object) -> SweepSummary:
    sweep = make_sweep(**{"library_version": "3.2.0", "queued": True, "task_version": TASK_SCHEMA_VERSION} | changes)
    return SweepSummary(sweep=sweep, succeeded=done, failed=0)


def worker(number: int = 1, version: str | None = "3.2.0", **changes: object) -> WorkerReport:
    report = WorkerReport(
        worker_id=f"w{number}",
        host="h",
        pid=number,
        started_at=NOW,
        reported_at=NOW,
        engines=1,
        threads=1,
        versions={} if version is None else {"xgboost": version},
        task_version=TASK_SCHEMA_VERSION,
    )
    return report.model_copy(update=changes)


def test_one_that_can_is_enough():
    assert nobody_suited(summary(), [worker(1, "3.1.0"), worker(2)]) is None


def test_workers_of_another_version_are_counted_and_a_launch_anew_helps():
    found = nobody_suited(summary(), [worker(1, "3.1.0"), worker(2, "3.1.0"), worker(3, None)])
    assert found.sentence == (
        "None of the 3 live workers can evaluate it: it needs XGBoost 3.2.0 (2 workers: XGBoost 3.1.0, not 3.2.0; "
        "1 worker: XGBoost is not installed). They take other sweeps."
    )
    assert found.anew_helps


def test_messages_of_another_version_are_named_as_what_it_needs():
    before, now = TASK_SCHEMA_VERSION - 1, TASK_SCHEMA_VERSION
    assert nobody_suited(summary(), [worker(task_version=before)]).sentence == (
        f"The only live worker cannot evaluate it: it needs XGBoost 3.2.0 and messages of version {now} "
        f"(1 worker: messages of version {before}, not {now}). It takes other sweeps."
    )


def test_a_sick_worker_says_why_and_a_launch_anew_does_not_help():
    found = nobody_suited(summary(), [worker(sickness=Sickness(reason="the disk is full", since=NOW))])
    assert "1 worker: sick, the disk is full" in found.sentence
    assert not found.anew_helps


def test_what_a_worker_refused_is_told_whatever_its_versions_say():
    refused = {summary().sweep.sweep_id: "its table is damaged"}
    assert "its table is damaged" in nobody_suited(summary(), [worker(refused=refused)]).sentence


def test_nothing_is_said_without_workers_or_of_a_sweep_that_has_ended():
    stranger = [worker(version=None)]
    assert nobody_suited(summary(), []) is None
    assert nobody_suited(summary(cancelled=True), stranger) is None
    assert nobody_suited(summary(done=summary().sweep.size), stranger) is None


def test_one_that_an_earlier_version_launched_needs_a_resume_rather_than_another_worker():
    before = summary(queued=False, task_version=2)
    assert has_no_queue(before)
    assert nobody_suited(before, [worker()]) is None
    assert not has_no_queue(summary())
    assert not has_no_queue(summary(queued=False, published=False))
    assert not has_no_queue(summary(queued=False, done=before.sweep.size))
