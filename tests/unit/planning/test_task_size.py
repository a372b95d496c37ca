"""How many trials a task is made of: enough for the queue to keep up, few enough to be lost without regret."""

from __future__ import annotations

from collections import Counter

import pytest

from shared.planning import plan_tasks
from shared.testing import make_spec, make_sweep

#: a table so small that a fit of one round takes next to nothing
CELLS = 100


def sizes(**grid):
    """Return how many trials each task of that grid has, without the last task's."""
    tasks = plan_tasks(make_sweep(spec=make_spec(param_grid={"max_depth": [1], **grid}, folds=2)), CELLS)
    *but_the_last, _ = (len(task.trials) for task in tasks)
    return but_the_last


def values(count):
    return [number / 1000 for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("rounds", "trials"), [([1], 64), ([1, 2, 3], 63)], ids=["one trial a fit", "three trials a fit"]
)
def test_a_task_of_several_small_fits_has_64_trials_at_most_and_no_fit_is_torn(rounds, trials):
    assert set(sizes(n_estimators=rounds, reg_lambda=values(6000))) == {trials}


def test_trials_of_one_fit_are_one_task_however_many_they_are():
    sharing = list(range(1, 101))
    assert Counter(sizes(n_estimators=sharing, reg_lambda=values(100))) == {100: 99}
