"""Whether the trials of a message are those of the sweep that it names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from shared.catalog.model import Params
from shared.domain import Sweep, Task
from shared.planning import full_params
from shared.planning.trial_ids import TrialIds

_NOT_ITS = "resume the sweep; where another version of Boostgrid launched it, roll out matching workers first"


class PlannedTrials:
    """Checks tasks of one sweep: by its spec alone, so that nothing of what a message claims is taken on trust."""

    def __init__(self, sweep: Sweep) -> None:
        self._spec = sweep.spec
        # one without data has no ids; it is refused where its data is wanted
        self._ids = TrialIds(sweep.spec, sweep.library_version) if sweep.spec.dataset.content_hash else None
        # true is 1 and 1 is 1.0 to Python, and each is another value of a parameter
        self._grids = [
            {name: {(type(value), value) for value in values} for name, values in grid.items()}
            for grid in sweep.spec.param_grid
        ]

    def fault(self, task: Task) -> str | None:
        """Return why the task cannot be one of the sweep's; None where it may."""
        if task.fold is not None and task.fold >= self._spec.folds:
            return f"the task is about fold {task.fold + 1} of {self._spec.folds}; {_NOT_ITS}"
        if len({trial.trial_id for trial in task.trials}) < len(task.trials):
            return f"the task names a trial twice; {_NOT_ITS}"
        for trial in task.trials:
            if not any(_is_point(trial.params, grid) for grid in self._grids):
                return f"the parameters of trial {trial.trial_id[:12]} are no point of the sweep's grid; {_NOT_ITS}"
            full = full_params(self._spec.library, trial.params, self._spec.seed)
            if self._ids is not None and self._ids.of(full) != trial.trial_id:
                return f"trial {trial.trial_id[:12]} is not the one of its parameters; {_NOT_ITS}"
        return None


def _is_point(params: Params, grid: Mapping[str, Collection[object]]) -> bool:
    return params.keys() == grid.keys() and all((type(value), value) in grid[name] for name, value in params.items())
