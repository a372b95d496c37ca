"""A sweep's tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.domain import PlannedTrial, Sweep, Task
from shared.planning.grid_plan import Fit, Group, all_groups, groups_to_do
from shared.planning.size import SweepPlan, plan_sweep
from shared.planning.spread import Spread
from shared.planning.trial_ids import TrialIds

#: what a fit takes beside training, in seconds
_SECONDS_A_FIT = 0.002
#: what one unit of relative cost takes for each cell of the table, in seconds (measured on California housing)
_SECONDS_A_CELL = 2e-9
#: small fits share a task up to this much work, so that queue and store never limit the fleet, in seconds
_TASK_SECONDS = 1.0
#: unless a sweep is so small that it would come in fewer tasks than this; a fit that is more than such a share of the
#: sweep, and more than a task's work on each fold, comes as a task a fold
_TASKS_A_SWEEP = 64
#: trials of a task that is made of several fits, at most
_TASK_TRIALS = 64


def plan_tasks(sweep: Sweep, cells: int, plan: SweepPlan | None = None) -> Iterator[Task]:
    """Yield the sweep's tasks: a tenth spread over its grid, then the costliest first; every distinct trial is in one.

    ``plan`` is the spec's, where it was made already.
    ``cells`` is the size of the data set's table, rows × columns: it tells how much work a fit is. A fit so large that
    its task could outlast the rest of the sweep on many engines is a task a fold: then its trials are in as many.
    """
    spec, spec_hash = sweep.spec, sweep.spec.spec_hash
    plan = plan or plan_sweep(spec)

    def work_of(fits: int, cost: float) -> float:
        return spec.folds * (fits * _SECONDS_A_FIT + cost * cells * _SECONDS_A_CELL)

    def seconds(fit: Fit) -> float:
        return work_of(1, fit.cost)

    whole = work_of(plan.fits_a_fold, plan.cost)
    share = whole / _TASKS_A_SWEEP
    enough = min(_TASK_SECONDS, share)
    # a race and a time limit are over a whole trial
    divisible = not spec.racing and spec.trial_timeout_seconds is None

    def task(trials: list[PlannedTrial], fold: int | None = None) -> Task:
        return Task(sweep_id=sweep.sweep_id, epoch=sweep.epoch, spec_hash=spec_hash, fold=fold, trials=tuple(trials))

    trials: list[PlannedTrial] = []
    work = 0.0
    for fit, group in _groups_to_do(sweep, plan.size.fits // spec.folds):
        if divisible and seconds(fit) > max(share, spec.folds * _TASK_SECONDS):
            yield from (task(group, fold) for fold in range(spec.folds))
            continue
        if trials and (work + seconds(fit) > enough or len(trials) + len(group) > _TASK_TRIALS):
            yield task(trials)
            trials, work = [], 0.0
        trials += group
        work += seconds(fit)
    if trials:
        yield task(trials)


def _groups_to_do(sweep: Sweep, fits: int) -> Iterator[tuple[Fit, list[PlannedTrial]]]:
    """Yield each fit with its trials: a tenth spread over the sweep, then the costliest first."""
    if len(sweep.spec.param_grid) == 1:
        yield from _identified(sweep, groups_to_do(sweep.spec))
        return
    spread = Spread([fits])
    # twice in one order: which of overlapping grids a trial comes from, and so how many fits there are, hangs on it
    for is_first in (True, False):
        groups = _identified(sweep, all_groups(sweep.spec))
        yield from (group for number, group in enumerate(groups) if (number in spread) is is_first)


def _identified(sweep: Sweep, groups: Iterable[Group]) -> Iterator[tuple[Fit, list[PlannedTrial]]]:
    """Yield each fit with those of its trials that no earlier fit has."""
    ids = TrialIds(sweep.spec, sweep.library_version)
    several = len(sweep.spec.param_grid) > 1
    seen: set[bytes] = set()
    for fit, group in groups:
        trials = []
        for written, full in group:
            identity = ids.of(full)
            if several:  # only grids that overlap can name a trial twice
                digest = bytes.fromhex(identity[:32])
                if digest in seen:
                    continue
                seen.add(digest)
            trials.append(PlannedTrial(trial_id=identity, params=written))
        if trials:
            yield fit, trials
