"""Sweeps on the diabetes set: launched on the fakes, their tasks taken and their trials ended."""

from __future__ import annotations

from shared.catalog import TaskType
from shared.domain import DatasetRef
from shared.testing import make_outcome, make_spec


def diabetes_spec(**changes):
    """Return a spec of three trials, but for these changes."""
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
    """Return the ids of all trials in these tasks."""
    return [trial.trial_id for task in tasks for trial in task.trials]


def finish(store, sweep, tasks, **changes):
    """Record an outcome for each trial of these tasks, the first with the best score."""
    for number, trial_id in enumerate(trial_ids(tasks)):
        store.record(sweep.sweep_id, [make_outcome(trial_id=trial_id, score=float(number), **changes)])


def summary_of(store, sweep):
    """Return where a sweep stands."""
    return store.summaries([sweep.sweep_id])[0]
