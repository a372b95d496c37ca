"""Launching sweeps: what is published, what is not published again and what is refused."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from shared import operations
from shared.catalog import Metric, TaskType
from shared.domain import DatasetRef, ErrorCause, SweepStatus
from shared.errors import DatasetError, InvalidSpec, ServiceUnavailable
from shared.operations import launching
from shared.planning import plan_tasks, tasks
from shared.ports import LONGEST_TASK_SECONDS
from shared.testing import InMemoryStore, make_outcome
from tests.support.launched import diabetes_spec, drain, finish, summary_of, trial_ids


def test_launch_stores_the_data_and_publishes_every_trial_once(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    tasks = drain(queue)
    assert store.sweep(sweep.sweep_id) == sweep
    assert (sweep.size, sweep.published, sweep.epoch) == (3, True, 1)
    assert sweep.spec.dataset.content_hash == store.datasets()[0].content_hash
    assert sorted(trial_ids(tasks)) == sorted(trial_ids(plan_tasks(sweep, 1)))
    assert len(set(trial_ids(tasks))) == 3
    assert {task.sweep_id for task in tasks} == {sweep.sweep_id}


def test_launch_reports_trials_up_to_the_size(store, queue, monkeypatch):
    monkeypatch.setattr(launching, "_BATCH", 2)
    seen = []
    operations.launch(diabetes_spec(), store, queue, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (2, 3), (3, 3), (3, 3)]


def test_a_trial_in_tasks_of_single_folds_counts_once(store, queue, monkeypatch):
    monkeypatch.setattr(tasks, "_TASK_SECONDS", 0.0)
    seen = []
    sweep = operations.launch(diabetes_spec(), store, queue, on_progress=lambda done, total: seen.append((done, total)))
    assert {task.fold for task in drain(queue)} == set(range(sweep.spec.folds))
    assert seen == [(0, 3), (3, 3), (3, 3)]


def test_wider_grid_publishes_only_its_new_points(store, queue):
    first = operations.launch(diabetes_spec(), store, queue)
    finish(store, first, drain(queue))
    wider = operations.launch(diabetes_spec(param_grid={"learning_rate": [0.1, 0.2, 0.3, 0.4]}), store, queue)
    (task,) = drain(queue)
    assert task.trials[0].params == {"learning_rate": 0.4}
    assert (summary_of(store, wider).succeeded, summary_of(store, wider).open) == (3, 1)


def test_settled_trials_leave_the_task_that_they_share(store, queue):
    first = operations.launch(diabetes_spec(param_grid={"n_estimators": [10]}), store, queue)
    finish(store, first, drain(queue))
    operations.launch(diabetes_spec(param_grid={"n_estimators": [10, 20, 30]}), store, queue)
    tasks = drain(queue)
    assert sorted(trial.params["n_estimators"] for task in tasks for trial in task.trials) == [20, 30]


def test_same_sweep_again_is_finished_at_once(store, queue):
    first = operations.launch(diabetes_spec(), store, queue)
    finish(store, first, drain(queue))
    again = operations.launch(diabetes_spec(), store, queue)
    assert drain(queue) == []
    assert again.sweep_id != first.sweep_id
    assert summary_of(store, again).status is SweepStatus.FINISHED


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "boston"}, "no stored data set named 'boston'; built in are california_housing, .* stores another"),
        (
            {"name": "mine", "content_hash": "a" * 64},
            "no stored data set has the content_hash aaaaaaaaaaaa... of 'mine'; store the table, or remove",
        ),
        ({"content_hash": "a" * 64}, "diabetes here differs from the one of the spec; remove its content_hash"),
        ({"target": "price"}, "data set diabetes has no column 'price'; its columns are age, sex"),
    ],
)
def test_launch_refuses_data_that_it_cannot_have(store, queue, changes, message):
    dataset = {"name": "diabetes", "target": "target", "task": TaskType.REGRESSION} | changes
    with pytest.raises(DatasetError, match=message):
        operations.launch(diabetes_spec(dataset=dataset), store, queue)
    assert store.summaries() == []


def test_launch_refuses_a_target_unfit_for_the_task_or_the_folds(store, queue):
    wrong_task = DatasetRef(name="wine", target="target", task=TaskType.BINARY)
    with pytest.raises(DatasetError, match="has 3 classes and binary needs 2"):
        operations.launch(diabetes_spec(dataset=wrong_task, metrics=[Metric.ACCURACY]), store, queue)
    wine = DatasetRef(name="wine", target="target", task=TaskType.MULTICLASS)
    with pytest.raises(DatasetError, match="fewer than the 50 folds"):
        operations.launch(diabetes_spec(dataset=wine, metrics=[Metric.ACCURACY], folds=50), store, queue)


def test_spec_from_elsewhere_finds_its_named_set_by_content(store, queue):
    exported = operations.launch(diabetes_spec(), InMemoryStore(), queue).spec
    assert operations.launch(exported, store, queue).spec == exported


def test_library_that_is_not_installed_is_named(store, queue, monkeypatch):
    def missing(distribution):
        raise PackageNotFoundError(distribution)

    monkeypatch.setattr("shared.planning.versions.version", missing)
    monkeypatch.setattr("shared.planning.versions.locked_versions", lambda lock: {})
    with pytest.raises(InvalidSpec, match="library: xgboost-cpu is not installed here"):
        operations.launch(diabetes_spec(), store, queue)


def test_example_of_the_notebook_runs(store, queue, monkeypatch):
    code = operations.__doc__.split("::\n", 1)[1].split("\nWorkers must be running", 1)[0]
    code = "\n".join(line[4:] for line in code.splitlines())
    monkeypatch.setattr("shared.adapters.backends.open_store", lambda settings: store)
    monkeypatch.setattr("shared.adapters.backends.open_queue", lambda settings: queue)
    real_launch = operations.launch

    def launch_and_finish(spec, store, queue):
        sweep = real_launch(spec, store, queue)
        finish(store, sweep, drain(queue))
        return sweep

    monkeypatch.setattr(operations, "launch", launch_and_finish)
    scope = {}
    exec(code, scope)  # noqa: S102 - the documentation must run
    assert scope["best"].scores["rmse"].mean_score == 0.0


def test_a_time_limit_that_the_queue_would_not_wait_for_is_refused(store, queue):
    with pytest.raises(InvalidSpec, match=r"trial_timeout_seconds: must be at most 604800 \(a week\)"):
        operations.launch(diabetes_spec(trial_timeout_seconds=LONGEST_TASK_SECONDS + 1), store, queue)
    assert store.summaries() == []
    operations.launch(diabetes_spec(trial_timeout_seconds=LONGEST_TASK_SECONDS), store, queue)


class _NoAudit(InMemoryStore):
    """A store that has just stopped to answer as the audit is written."""

    away = True

    def append_audit(self, entry):
        if self.away:
            raise ServiceUnavailable("MongoDB", "refused", "Start it.")
        super().append_audit(entry)


def test_a_launch_that_the_audit_cannot_keep_names_its_sweep_and_how_to_go_on(queue):
    store = _NoAudit()
    with pytest.raises(ServiceUnavailable) as told:
        operations.launch(diabetes_spec(), store, queue)
    (kept,) = store.summaries()
    sweep_id = kept.sweep.sweep_id
    assert "Start it. It was done" in str(told.value)
    assert f"The sweep is kept: `python -m shared resume {sweep_id}` publishes what is missing of it." in str(
        told.value
    )

    store.away = False
    assert operations.resume(sweep_id, store, queue).published
    assert len(trial_ids(drain(queue))) == kept.sweep.size


def test_a_launch_whose_store_goes_once_it_is_saved_names_its_sweep(queue, monkeypatch):
    def away(*arguments, **options):
        raise ServiceUnavailable("MongoDB", "refused", "Start it.")

    store = InMemoryStore()
    monkeypatch.setattr(launching, "table_cells", away)
    with pytest.raises(ServiceUnavailable, match="python -m shared resume") as told:
        operations.launch(diabetes_spec(), store, queue)
    assert store.summaries()[0].sweep.sweep_id in str(told.value)


@pytest.mark.parametrize("action", [operations.resume, operations.retry_failed])
def test_what_resumes_and_the_audit_cannot_keep_names_its_sweep_and_how_to_go_on(queue, action):
    store = _NoAudit()
    store.away = False
    sweep = operations.launch(diabetes_spec(), store, queue)
    drain(queue)
    failed = next(iter(trial_ids(plan_tasks(sweep, 1))))
    outcome = make_outcome(failed=ErrorCause.EVALUATION).model_copy(update={"trial_id": failed})
    store.record(sweep.sweep_id, [outcome])
    store.away = True
    with pytest.raises(ServiceUnavailable, match=f"kept: `python -m shared resume {sweep.sweep_id}` publishes"):
        action(sweep.sweep_id, store, queue)

    store.away = False
    assert operations.resume(sweep.sweep_id, store, queue).published
    assert len(trial_ids(drain(queue))) == sweep.size - (action is operations.resume)
