"""Launching and steering sweeps: what is published, and what is not published again."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pandas as pd
import pytest

from shared import operations
from shared.catalog import Metric, TaskType
from shared.datasets import load_named
from shared.domain import DatasetRef, ErrorCause, SweepStatus
from shared.errors import DatasetError, InvalidSpec, PublishFailed, SweepNotFound
from shared.operations import launching
from shared.planning import plan_tasks, tasks
from shared.ports import LONGEST_TASK_SECONDS
from shared.testing import InMemoryStore, InMemoryTaskQueue, make_outcome, make_spec


@pytest.fixture
def store():
    return InMemoryStore()


@pytest.fixture
def queue():
    return InMemoryTaskQueue()


def diabetes_spec(**changes):
    dataset = DatasetRef(name="diabetes", target="target", task=TaskType.REGRESSION)
    return make_spec(**{"dataset": dataset, "param_grid": {"learning_rate": [0.1, 0.2, 0.3]}} | changes)


def drain(queue):
    """Take and acknowledge every queued task."""
    consumer = queue.consume()
    tasks = []
    while delivery := consumer.take(queue.addresses()):
        tasks.append(delivery.task)
        consumer.acknowledge(delivery)
    consumer.close()
    return tasks


def trial_ids(tasks):
    return [trial.trial_id for task in tasks for trial in task.trials]


def finish(store, sweep, tasks, **changes):
    for number, trial_id in enumerate(trial_ids(tasks)):
        store.record(sweep.sweep_id, [make_outcome(trial_id=trial_id, score=float(number), **changes)])


def summary_of(store, sweep):
    return store.summaries([sweep.sweep_id])[0]


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


def test_table_of_ones_own_is_found_by_hash_and_by_name(store, queue):
    frame = pd.DataFrame({"x": range(10), "y": range(10)})
    info = operations.store_frame(frame, "mine", store)
    for content_hash in (info.content_hash, None):
        dataset = DatasetRef(name="mine", content_hash=content_hash, target="y", task=TaskType.REGRESSION)
        sweep = operations.launch(diabetes_spec(dataset=dataset), store, queue)
        assert sweep.spec.dataset.content_hash == info.content_hash


def table(*values):
    return pd.DataFrame({"x": range(10), "y": [*range(9), *values]})


def own(name, content_hash=None):
    dataset = DatasetRef(name=name, content_hash=content_hash, target="y", task=TaskType.REGRESSION)
    return diabetes_spec(dataset=dataset)


def test_a_table_is_found_by_each_of_its_names(store, queue):
    first = operations.store_frame(table(1), "v1.csv", store)
    second = operations.store_frame(table(1), "final.csv", store)
    assert (second.content_hash, second.name, list(second.all_names)) == (
        first.content_hash,
        "final.csv",
        ["v1.csv", "final.csv"],
    )
    for name in ("v1.csv", "final.csv"):
        assert operations.launch(own(name), store, queue).spec.dataset.content_hash == first.content_hash


def test_a_name_means_what_was_stored_under_it_last(store, queue):
    monday, tuesday = (operations.store_frame(table(value), "train.csv", store) for value in (1, 2))
    assert operations.bind_dataset(own("train.csv"), store).spec.dataset.content_hash == tuesday.content_hash
    again = operations.store_frame(table(1), "train.csv", store)
    assert again.stored_at > tuesday.stored_at > monday.stored_at
    assert operations.bind_dataset(own("train.csv"), store).spec.dataset.content_hash == monday.content_hash
    operations.store_frame(table(2), "another.csv", store)  # of another name
    assert operations.bind_dataset(own("train.csv"), store).spec.dataset.content_hash == monday.content_hash
    assert [info.content_hash for info in store.datasets()] == [tuesday.content_hash, monday.content_hash]


def test_an_unknown_name_lists_what_is_stored(store):
    operations.store_frame(table(1), "rents.csv", store)
    with pytest.raises(
        DatasetError, match=r"'rent.csv'; did you mean 'rents.csv'\? stored are rents.csv; built in are"
    ):
        operations.bind_dataset(own("rent.csv"), store)


def test_a_built_in_name_with_the_hash_of_a_table_of_ones_own_is_refused(store, queue):
    info = operations.store_frame(table(1), "mine.csv", store)
    with pytest.raises(
        DatasetError, match=r"that of 'mine\.csv' and the name that of the built-in set 'diabetes'; write"
    ):
        operations.launch(own("diabetes", info.content_hash), store, queue)
    assert store.summaries() == []


def test_a_table_equal_to_a_built_in_set_keeps_both_names(store, queue):
    built_in = operations.store_named("diabetes", store)
    info = operations.store_frame(load_named("diabetes"), "mine.csv", store)
    assert info.content_hash == built_in.content_hash
    assert (info.target, info.task) == ("target", TaskType.REGRESSION)
    for name in ("mine.csv", "diabetes"):
        dataset = DatasetRef(name=name, content_hash=info.content_hash, target="target", task=TaskType.REGRESSION)
        assert (
            operations.bind_dataset(diabetes_spec(dataset=dataset), store).spec.dataset.content_hash
            == info.content_hash
        )
    assert operations.store_named("diabetes", store) == info


def test_a_store_that_keeps_a_first_description_tells_the_name_in_it():
    class KeepsTheFirst(InMemoryStore):
        def save_dataset(self, info, parquet):
            if not any(stored.content_hash == info.content_hash for stored in self.datasets()):
                super().save_dataset(info, parquet)

    store = KeepsTheFirst()
    operations.store_frame(table(1), "v1.csv", store)
    assert list(operations.store_frame(table(1), "final.csv", store).all_names) == ["v1.csv"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_table_needs_a_name(store, name):
    with pytest.raises(DatasetError, match="name"):
        operations.store_frame(table(1), name, store)


def test_the_name_of_a_table_has_no_blanks_around_it(store):
    assert operations.store_frame(table(1), " mine.csv ", store).name == "mine.csv"


def test_of_a_wide_table_some_columns_are_listed(store):
    frame = pd.DataFrame({f"gene_{number}": [1.0, 2.0] for number in range(3_000)})
    operations.store_frame(frame, "wide.csv", store)
    with pytest.raises(DatasetError, match=r"did you mean 'gene_77'.* and 2,990 more") as caught:
        operations.bind_dataset(
            diabetes_spec(dataset=own("wide.csv").dataset.model_copy(update={"target": "gene77"})), store
        )
    assert len(str(caught.value)) < 300


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


class BreakingQueue(InMemoryTaskQueue):
    """Refuses after its first task."""

    def publish(self, address, tasks, on_progress=None):
        super().publish(address, [next(iter(tasks))])
        raise PublishFailed("the broker refused a task", confirmed=1)


def test_launch_that_dies_half_way_is_completed_by_resume(store, queue):
    with pytest.raises(PublishFailed, match="1 tasks had been confirmed; resume publishes the rest"):
        operations.launch(diabetes_spec(), store, BreakingQueue())
    (summary,) = store.summaries()
    assert summary.status is SweepStatus.LAUNCHING
    sweep = operations.resume(summary.sweep.sweep_id, store, queue)
    tasks = drain(queue)
    assert (sweep.published, sweep.epoch, len(trial_ids(tasks))) == (True, 2, 3)
    assert {task.epoch for task in tasks} == {2}


def test_resume_of_a_cancelled_sweep_publishes_only_what_is_missing(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    done, *rest = drain(queue)
    finish(store, sweep, [done])
    operations.cancel(sweep.sweep_id, store, queue)
    assert summary_of(store, sweep).status is SweepStatus.CANCELLED
    resumed = operations.resume(sweep.sweep_id, store, queue)
    assert sorted(trial_ids(drain(queue))) == sorted(trial_ids(rest))
    assert not resumed.cancelled
    assert summary_of(store, sweep).status is SweepStatus.RUNNING


def test_resume_with_another_version_of_the_library_is_refused(store, queue, monkeypatch):
    sweep = operations.launch(diabetes_spec(), store, queue)
    monkeypatch.setattr(launching, "launch_version", lambda library: "99.0")
    with pytest.raises(InvalidSpec, match=r"began with XGBoost .* and launches here are for 99\.0"):
        operations.resume(sweep.sweep_id, store, queue)
    assert store.sweep(sweep.sweep_id) == sweep


def test_retry_publishes_only_the_failed_trials(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    good, bad, worse = drain(queue)
    finish(store, sweep, [good])
    finish(store, sweep, [bad], failed=ErrorCause.EVALUATION)
    finish(store, sweep, [worse], failed=ErrorCause.ENGINE_DIED)
    operations.retry_failed(sweep.sweep_id, store, queue)
    assert sorted(trial_ids(drain(queue))) == sorted(trial_ids([bad, worse]))
    assert (summary_of(store, sweep).succeeded, summary_of(store, sweep).failed) == (1, 0)


def test_what_racing_dropped_is_done_for_resume_and_retry(store, queue):
    sweep = operations.launch(diabetes_spec(racing=True), store, queue)
    good, slow, bad = drain(queue)
    finish(store, sweep, [good])
    finish(store, sweep, [slow], dropped_after=2)
    assert summary_of(store, sweep).status is SweepStatus.RUNNING
    operations.resume(sweep.sweep_id, store, queue)
    assert trial_ids(drain(queue)) == trial_ids([bad])
    finish(store, sweep, [bad], failed=ErrorCause.TIMEOUT)
    assert summary_of(store, sweep).status is SweepStatus.FINISHED
    operations.retry_failed(sweep.sweep_id, store, queue)
    assert trial_ids(drain(queue)) == trial_ids([bad])
    assert summary_of(store, sweep).dropped == 1


def test_a_second_race_does_not_evaluate_again_what_the_first_has_dropped(store, queue):
    first = operations.launch(diabetes_spec(racing=True), store, queue)
    good, slow, slower = drain(queue)
    finish(store, first, [good])
    finish(store, first, [slow, slower], dropped_after=2)
    second = operations.launch(diabetes_spec(racing=True), store, queue)
    assert drain(queue) == []
    assert (summary_of(store, second).succeeded, summary_of(store, second).dropped) == (1, 2)
    assert summary_of(store, second).status is SweepStatus.FINISHED
    wider = {"learning_rate": [0.1, 0.2, 0.3, 0.4]}
    operations.launch(diabetes_spec(racing=True, param_grid=wider), store, queue)
    assert [trial.params for task in drain(queue) for trial in task.trials] == [{"learning_rate": 0.4}]


@pytest.mark.parametrize(
    "changes", [{"param_grid": {"learning_rate": [0.1, 0.2]}}, {"racing": False}, {"metrics": [Metric.R2, Metric.RMSE]}]
)
def test_what_a_race_against_others_or_for_another_metric_dropped_is_evaluated(store, queue, changes):
    first = operations.launch(diabetes_spec(racing=True), store, queue)
    tasks = drain(queue)
    finish(store, first, tasks, dropped_after=2)
    second = operations.launch(diabetes_spec(**{"racing": True} | changes), store, queue)
    assert len(trial_ids(drain(queue))) == second.size


def test_the_same_sweep_without_racing_publishes_only_what_racing_dropped(store, queue):
    raced = operations.launch(diabetes_spec(racing=True), store, queue)
    good, slow, slower = drain(queue)
    finish(store, raced, [good])
    finish(store, raced, [slow, slower], dropped_after=2)
    sweep = operations.launch(diabetes_spec(), store, queue)
    assert sorted(trial_ids(drain(queue))) == sorted(trial_ids([slow, slower]))
    finish(store, sweep, [slow, slower])
    for each in (raced, sweep):
        assert (summary_of(store, each).succeeded, summary_of(store, each).dropped) == (3, 0)


def test_a_drop_in_the_place_of_a_failure_is_still_to_be_evaluated_where_there_is_no_race(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    *good, slow = drain(queue)
    finish(store, sweep, good)
    finish(store, sweep, [slow], failed=ErrorCause.TIMEOUT)
    raced = operations.launch(diabetes_spec(racing=True), store, queue)
    assert trial_ids(drain(queue)) == trial_ids([slow])
    finish(store, raced, [slow], dropped_after=2)
    assert summary_of(store, raced).status is SweepStatus.FINISHED
    assert summary_of(store, sweep).status is SweepStatus.RUNNING
    operations.resume(sweep.sweep_id, store, queue)
    assert trial_ids(drain(queue)) == trial_ids([slow])


@pytest.mark.parametrize("stop", [operations.cancel, operations.delete])
def test_sweep_stopped_while_it_is_launched_publishes_no_more(store, queue, monkeypatch, stop):
    monkeypatch.setattr(launching, "_BATCH", 1)

    def stop_after_the_first(done, total):
        if done == 1:
            stop(store.summaries()[0].sweep.sweep_id, store, queue)

    if stop is operations.cancel:
        sweep = operations.launch(diabetes_spec(), store, queue, stop_after_the_first)
        assert (sweep.cancelled, sweep.published) == (True, False)
    else:
        with pytest.raises(SweepNotFound):
            operations.launch(diabetes_spec(), store, queue, stop_after_the_first)
        assert store.summaries() == []
    assert queue.addresses() == []


class MeddlingStore(InMemoryStore):
    """Lets somebody else change the sweep right before its next change."""

    def __init__(self, meddle):
        super().__init__()
        self.meddle = meddle

    def change_sweep(self, before, after):
        meddle, self.meddle = self.meddle, None
        if meddle:
            meddle(before.sweep_id, self)
        return super().change_sweep(before, after)


def test_a_cancel_at_the_very_end_of_a_launch_is_not_lost(queue):
    store = MeddlingStore(lambda sweep_id, store: operations.cancel(sweep_id, store, queue))
    sweep = operations.launch(diabetes_spec(), store, queue)
    assert store.sweep(sweep.sweep_id) == sweep
    assert (sweep.cancelled, sweep.published) == (True, False)


def test_a_delete_at_the_very_end_of_a_launch_stays_a_delete(queue):
    store = MeddlingStore(lambda sweep_id, store: operations.delete(sweep_id, store, queue))
    with pytest.raises(SweepNotFound):
        operations.launch(diabetes_spec(), store, queue)
    assert store.summaries() == []


def test_a_cancel_beside_a_resume_cancels_what_was_resumed(queue):
    store = MeddlingStore(None)
    sweep = operations.launch(diabetes_spec(), store, queue)
    store.meddle = lambda sweep_id, store: operations.resume(sweep_id, store, queue)
    assert operations.cancel(sweep.sweep_id, store, queue).epoch == 2
    assert store.sweep(sweep.sweep_id).cancelled


def test_of_two_resumes_at_once_one_publishes_under_each_epoch(queue):
    store = MeddlingStore(None)
    sweep = operations.launch(diabetes_spec(), store, queue)
    drain(queue)
    store.meddle = lambda sweep_id, store: operations.resume(sweep_id, store, queue)
    assert operations.resume(sweep.sweep_id, store, queue).epoch == 3
    assert [task.epoch for task in drain(queue)] == [3, 3, 3]  # the queue of epoch 2 went as it was overtaken


def test_delete_removes_the_sweep_and_its_outcomes(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    finish(store, sweep, drain(queue))
    operations.delete(sweep.sweep_id, store, queue)
    assert store.summaries() == []
    operations.launch(diabetes_spec(), store, queue)
    assert len(drain(queue)) == 3


@pytest.mark.parametrize(
    "act",
    [
        lambda store, queue: operations.resume("nothing", store, queue),
        lambda store, queue: operations.retry_failed("nothing", store, queue),
        lambda store, queue: operations.cancel("nothing", store, queue),
        lambda store, queue: operations.delete("nothing", store, queue),
        lambda store, queue: next(operations.follow("nothing", store)),
    ],
)
def test_unknown_sweep_is_an_error(store, queue, act):
    with pytest.raises(SweepNotFound, match="nothing"):
        act(store, queue)


def test_follow_ends_when_the_sweep_is_finished(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    tasks = drain(queue)
    counts = []
    for summary in operations.follow(sweep.sweep_id, store, poll_seconds=0):
        counts.append((summary.succeeded, summary.open))
        finish(store, sweep, [tasks.pop()] if tasks else [])
    assert counts == [(0, 3), (1, 2), (2, 1), (3, 0)]


def test_follow_ends_when_the_sweep_is_cancelled(store, queue):
    sweep = operations.launch(diabetes_spec(), store, queue)
    summaries = operations.follow(sweep.sweep_id, store, poll_seconds=0)
    next(summaries)
    operations.cancel(sweep.sweep_id, store, queue)
    assert [summary.status for summary in summaries] == [SweepStatus.CANCELLED]


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


def test_a_resume_without_the_data_leaves_the_sweep_as_it_was(store, queue, monkeypatch):
    sweep = operations.cancel(operations.launch(diabetes_spec(), store, queue).sweep_id, store, queue)
    monkeypatch.setattr(store, "datasets", list)
    with pytest.raises(DatasetError, match="no longer stored"):
        operations.resume(sweep.sweep_id, store, queue)
    assert store.sweep(sweep.sweep_id) == sweep


def test_a_time_limit_that_the_queue_would_not_wait_for_is_refused(store, queue):
    with pytest.raises(InvalidSpec, match=r"trial_timeout_seconds: must be at most 604800 \(a week\)"):
        operations.launch(diabetes_spec(trial_timeout_seconds=LONGEST_TASK_SECONDS + 1), store, queue)
    assert store.summaries() == []
    operations.launch(diabetes_spec(trial_timeout_seconds=LONGEST_TASK_SECONDS), store, queue)
