"""The command line as a person types it, and a sweep of three trials to type it for."""

from __future__ import annotations

from click.testing import CliRunner

from shared.adapters.backends import open_queue
from shared.command_line import main
from shared.planning import plan_tasks
from shared.settings import Settings
from shared.testing import make_outcome

SPEC = """\
name: From a shell
library: xgboost
dataset: {name: diabetes, target: target, task: regression}
param_grid: {learning_rate: [0.1, 0.2, 0.3]}
metrics: [rmse, r2]
folds: 3
"""


def run(*arguments, **options):
    """Return what came of a command."""
    return CliRunner().invoke(main, arguments, **options)


def succeed(*arguments, **options):
    """Return what came of a command that must not fail."""
    result = run(*arguments, **options)
    assert result.exit_code == 0, result.output
    return result


def launch():
    """Launch spec.yaml of this folder and return the id of the sweep."""
    return succeed("launch", "spec.yaml", "--no-follow").stdout.strip()


def finish(store, sweep_id, failed=None, trials=None):
    """Record an outcome for the first ``trials`` of a sweep, all by default: the lower the rate, the better."""
    planned = [trial for task in plan_tasks(store.sweep(sweep_id), 1) for trial in task.trials]
    for number, trial in enumerate(sorted(planned, key=lambda trial: trial.params["learning_rate"])[:trials]):
        params = {**trial.params, "random_state": 0}
        store.record(
            sweep_id, [make_outcome(trial_id=trial.trial_id, params=params, score=number + 1.0, failed=failed)]
        )


def queued(store):
    """Return how many tasks wait in the queues of all sweeps."""
    queue = open_queue(Settings())
    try:
        return queue.status([summary.sweep.address for summary in store.summaries()]).ready
    finally:
        queue.close()
