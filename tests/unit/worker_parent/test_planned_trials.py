"""What planning makes of a spec, after its way through the queue, is what a worker takes for the sweep's."""

from __future__ import annotations

import pytest

from shared.catalog import Library
from shared.domain import Sweep, Task
from shared.planning import plan_sweep, plan_tasks
from shared.testing import make_spec, make_sweep
from worker.parent.planned_trials import PlannedTrials

GRIDS = {
    Library.XGBOOST: [
        {"booster": ["gbtree", "dart"], "skip_drop": [0.0, 0.5], "rate_drop": [0.0, 0.1], "n_estimators": [10, 20, 30]},
        {"learning_rate": [1e-3, 0.1 + 0.2], "max_depth": [0, 4], "max_leaves": [0, 7], "random_state": [1, 2]},
        [{"learning_rate": [0.1, 0.3]}, {"learning_rate": [0.3], "reg_lambda": [1, 2]}],
    ],
    Library.LIGHTGBM: [
        {"num_leaves": [31, 100], "max_depth": [-1, 3], "n_estimators": [10, 200], "early_stopping_rounds": [None, 5]},
        {"bagging_fraction": [1.0, 0.5], "bagging_freq": [0, 1], "extra_trees": [True, False]},
    ],
    Library.CATBOOST: [
        {"bootstrap_type": ["No", "Bernoulli"], "langevin": [True, False], "depth": [2, 6], "iterations": [5, 9]},
        {"subsample": [None, 0.5], "rsm": [0.5, 1], "l2_leaf_reg": [0, 3]},
    ],
}


@pytest.mark.parametrize(("library", "grid"), [(library, grid) for library in GRIDS for grid in GRIDS[library]])
def test_every_planned_task_is_taken(library, grid):
    spec = make_spec(library=library, param_grid=grid, seed=7)
    planned = Sweep.new(spec, "1.2.3", plan_sweep(spec).size.trials)
    sweep = Sweep.from_stored(planned.model_dump_json())
    check = PlannedTrials(sweep)
    tasks = [Task.decode(task.encode()) for task in plan_tasks(sweep, cells=1_000)]
    assert [check.fault(task) for task in tasks] == [None] * len(tasks)
    assert sum(len(task.trials) for task in tasks) == sweep.size


def test_trials_of_another_library_version_are_not_the_sweeps():
    (task, *_) = plan_tasks(make_sweep(library_version="9.9"), cells=1_000)
    assert "is not the one of its parameters" in (PlannedTrials(make_sweep()).fault(task) or "")


def test_of_a_sweep_without_data_no_id_is_known():
    sweep = make_sweep()
    (task, *_) = plan_tasks(sweep, cells=1_000)
    dataset = sweep.spec.dataset.model_copy(update={"content_hash": None})
    unbound = sweep.model_copy(update={"spec": sweep.spec.model_copy(update={"dataset": dataset})})
    assert PlannedTrials(unbound).fault(task) is None
