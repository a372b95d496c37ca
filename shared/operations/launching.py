"""Launching sweeps, and completing what was launched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from shared.catalog import Library, library_catalog
from shared.domain import Actor, Sweep, SweepSpec, Task
from shared.errors import DatasetError, FieldError, InvalidSpec, SweepNotFound
from shared.operations.actions import note_action
from shared.operations.sweep_changes import change_sweep
from shared.operations.tables import bind_dataset, table_cells
from shared.planning import SweepPlan, plan_sweep, plan_tasks
from shared.planning.versions import UnknownVersion, launch_version
from shared.ports import LONGEST_TASK_SECONDS, Store, SweepLedger, TaskQueue

#: called with the trials dealt with so far, and all of them
ProgressCallback = Callable[[int, int], None]

#: how many trials are looked up in the store at once
_BATCH = 1_000


def launch(
    spec: SweepSpec,
    store: Store,
    queue: TaskQueue,
    on_progress: ProgressCallback | None = None,
    *,
    by: Actor | None = None,
    plan: SweepPlan | None = None,
) -> Sweep:
    """Store the data if need be, plan the sweep, save it and publish what has no outcome yet; return the sweep.

    Memory does not grow with the grid; of a list of grids, which may overlap, by some 100 bytes a trial.
    ``plan`` is the spec's, where it was made already. Should it die half-way, resume completes it.
    Raises DatasetError, InvalidSpec, PublishFailed, ServiceUnavailable.
    """
    _check_time_limit(spec)
    library_version = _library_version(spec.library)
    spec, classes = bind_dataset(spec, store)
    plan = plan or plan_sweep(spec)
    sweep = Sweep.new(spec, library_version, plan.size.trials, classes)
    store.save_sweep(sweep)
    try:
        cells = table_cells(spec, store)  # after it is saved: a deletion of the table looks for sweeps once more, too
    except DatasetError:
        store.delete_sweep(sweep.sweep_id)
        raise
    note_action("launched", sweep.sweep_id, by)
    return _publish(sweep, cells, store, queue, on_progress, plan)


def resume(
    sweep_id: str,
    store: Store,
    queue: TaskQueue,
    on_progress: ProgressCallback | None = None,
    *,
    by: Actor | None = None,
) -> Sweep:
    """Publish what is missing of a sweep that was cancelled, or whose launch or queue was lost; return the sweep.

    Its tasks that are still queued from before become stale, and workers drop them.
    Raises SweepNotFound, InvalidSpec, DatasetError, PublishFailed, ServiceUnavailable.
    """
    sweep = store.sweep(sweep_id)
    here = _library_version(sweep.spec.library)
    if here != sweep.library_version:
        label = library_catalog(sweep.spec.library).label
        raise InvalidSpec(
            [
                FieldError(
                    "library",
                    f"the sweep began with {label} {sweep.library_version} and launches here are for {here}, so its "
                    "scores could not be compared; launch its spec as a new sweep",
                )
            ]
        )
    cells = table_cells(sweep.spec, store)
    sweep = change_sweep(sweep_id, store, lambda now: {"epoch": now.epoch + 1, "cancelled": False, "published": False})
    note_action("resumed", sweep_id, by)
    return _publish(sweep, cells, store, queue, on_progress)


def _publish(
    sweep: Sweep,
    cells: int,
    store: Store,
    queue: TaskQueue,
    on_progress: ProgressCallback | None,
    plan: SweepPlan | None = None,
) -> Sweep:
    report = on_progress or (lambda done, total: None)
    report(0, sweep.size)
    queue.publish(_missing_tasks(sweep, plan_tasks(sweep, cells, plan), store, report))
    stands = change_sweep(sweep.sweep_id, store, lambda now: {"published": True} if _goes_on(sweep, now) else {})
    if _goes_on(sweep, stands):
        report(sweep.size, sweep.size)
    return stands


def _missing_tasks(sweep: Sweep, tasks: Iterable[Task], store: Store, report: ProgressCallback) -> Iterator[Task]:
    """Yield the sweep's tasks without the trials that are settled; stop early if it was cancelled or resumed."""
    done = 0
    for batch in _batches(tasks):
        if not _is_current(sweep, store):
            return
        trial_ids = {trial.trial_id for task in batch for trial in task.trials}
        settled = store.adopt(sweep.sweep_id, trial_ids)
        if settled:
            missing = trial_ids - settled
            yield from filter(None, (task.only(missing) for task in batch))
        else:
            yield from batch  # the usual case of a large grid, spared the copies
        done += sum(len(task.trials) for task in batch if not task.fold)  # those of several folds count once
        report(done, sweep.size)


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    batch: list[Task] = []
    trials = 0
    for task in tasks:
        batch.append(task)
        trials += len(task.trials)
        if trials >= _BATCH:
            yield batch
            batch, trials = [], 0
    if batch:
        yield batch


def _is_current(sweep: Sweep, store: SweepLedger) -> bool:
    try:
        return _goes_on(sweep, store.sweep(sweep.sweep_id))
    except SweepNotFound:  # deleted while it was being published
        return False


def _goes_on(published: Sweep, stored: Sweep) -> bool:
    """Whether a publication is still wanted: nobody has cancelled or resumed the sweep since it began."""
    return stored.epoch == published.epoch and not stored.cancelled


def _library_version(library: Library) -> str:
    try:
        return launch_version(library)
    except UnknownVersion as error:
        raise InvalidSpec([FieldError("library", str(error))]) from error


def _check_time_limit(spec: SweepSpec) -> None:
    limit = spec.trial_timeout_seconds
    if limit is not None and limit > LONGEST_TASK_SECONDS:
        raise InvalidSpec(
            [
                FieldError(
                    "trial_timeout_seconds",
                    f"must be at most {LONGEST_TASK_SECONDS:g} (a week): the queue takes a task back that is held for "
                    "longer",
                )
            ]
        )
