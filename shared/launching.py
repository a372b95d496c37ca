"""Launching sweeps and steering them: what the dashboard, a notebook and the command line all call.

In a notebook::

    from shared.backends import open_queue, open_store
    from shared.launching import follow, launch
    from shared.settings import Settings
    from shared.sweep import SweepSpec
    from shared.trial import TrialState

    settings = Settings()
    store, queue = open_store(settings), open_queue(settings)
    spec = SweepSpec.parse({
        "name": "First look",
        "library": "xgboost",
        "dataset": {"name": "diabetes", "target": "target", "task": "regression"},
        "param_grid": {"learning_rate": [0.03, 0.1, 0.3], "max_depth": [2, 4]},
        "metrics": ["rmse", "r2"],
    })
    sweep = launch(spec, store, queue)
    for summary in follow(sweep.sweep_id, store):
        print(summary.succeeded, "of", sweep.size, "best", summary.best_score)
    winner = store.ranked(sweep.sweep_id, TrialState.SUCCEEDED, 1)[0]

Workers must be running: ``python -m worker``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from shared.catalog import Library, library_catalog
from shared.catalog.versions import UnknownVersion, launch_version
from shared.datasets import NAMED_DATASETS, check_target, read_frame, store_named
from shared.errors import DatasetError, FieldError, InvalidSpec, SweepNotFound
from shared.planning import grid_size, plan_tasks
from shared.ports import ResultStore, SweepSummary, TaskQueue
from shared.sweep import DatasetRef, Sweep, SweepSpec, SweepStatus
from shared.trial import Task

#: called with the trials dealt with so far, and all of them
ProgressCallback = Callable[[int, int], None]

#: how many trials are looked up in the store at once
_BATCH = 1_000


def launch(spec: SweepSpec, store: ResultStore, queue: TaskQueue, on_progress: ProgressCallback | None = None) -> Sweep:
    """Store the data if need be, plan the sweep, save it and publish what has no outcome yet; return the sweep.

    Memory does not grow with the grid; of a list of grids, which may overlap, by some 100 bytes a trial.
    Should it die half-way, resume completes it.
    Raises DatasetError, InvalidSpec, PublishFailed, ServiceUnavailable.
    """
    library_version = _library_version(spec.library)
    spec = bind_dataset(spec, store)
    cells = _cells(spec, store)
    sweep = Sweep.new(spec, library_version, grid_size(spec).trials)
    store.save_sweep(sweep)
    return _publish(sweep, cells, store, queue, on_progress)


def resume(sweep_id: str, store: ResultStore, queue: TaskQueue, on_progress: ProgressCallback | None = None) -> Sweep:
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
    cells = _cells(sweep.spec, store)
    sweep = _change(sweep_id, store, lambda now: {"epoch": now.epoch + 1, "cancelled": False, "published": False})
    return _publish(sweep, cells, store, queue, on_progress)


def retry_failed(
    sweep_id: str, store: ResultStore, queue: TaskQueue, on_progress: ProgressCallback | None = None
) -> Sweep:
    """Forget the sweep's failures and resume it; return the sweep. Raises what resume raises.

    What racing dropped stays dropped: launch the spec without racing to have those trials evaluated, and only those.
    """
    store.sweep(sweep_id)
    store.forget_failures(sweep_id)
    return resume(sweep_id, store, queue, on_progress)


def cancel(sweep_id: str, store: ResultStore) -> Sweep:
    """Stop a sweep: workers drop its tasks, what has an outcome keeps it. Raises SweepNotFound."""
    return _change(sweep_id, store, lambda now: {"cancelled": True})


def delete(sweep_id: str, store: ResultStore) -> None:
    """Delete a sweep and the outcomes that no other sweep has. Raises SweepNotFound."""
    cancel(sweep_id, store)  # so that workers drop its tasks even if the deletion is cut short
    store.delete_sweep(sweep_id)


def status(summary: SweepSummary) -> SweepStatus:
    """Return how far the sweep has come."""
    if summary.missing == 0:
        return SweepStatus.FINISHED
    if summary.sweep.cancelled:
        return SweepStatus.CANCELLED
    return SweepStatus.RUNNING if summary.sweep.published else SweepStatus.LAUNCHING


def follow(sweep_id: str, store: ResultStore, poll_seconds: float = 0.5) -> Iterator[SweepSummary]:
    """Yield the sweep's counts again and again, for the last time when it is finished or cancelled.

    Raises SweepNotFound, also when it is deleted meanwhile.
    """
    while True:
        summaries = store.summaries([sweep_id])
        if not summaries:
            raise SweepNotFound(f"there is no sweep {sweep_id}")
        yield summaries[0]
        if not status(summaries[0]).goes_on:
            return
        time.sleep(poll_seconds)


def bind_dataset(spec: SweepSpec, store: ResultStore) -> SweepSpec:
    """Return the spec bound to a stored table that fits it, storing a named set if need be. Raises DatasetError."""
    dataset_hash = _stored_hash(spec.dataset, store)
    target = spec.dataset.target
    info, parquet = store.load_dataset(dataset_hash)
    if target not in info.columns:
        raise DatasetError(f"data set {info.name} has no column {target!r}; its columns are {', '.join(info.columns)}")
    if len(info.columns) < 2:
        raise DatasetError(f"data set {info.name} has no feature beside the target {target!r}")
    check_target(read_frame(parquet, columns=[target]), target, spec.dataset.task, spec.folds)
    return spec.with_dataset_hash(dataset_hash)


def _stored_hash(dataset: DatasetRef, store: ResultStore) -> str:
    wanted = dataset.content_hash
    stored = store.datasets()  # the newest first
    if wanted and any(info.content_hash == wanted for info in stored):
        return wanted
    if dataset.name in NAMED_DATASETS:
        found = store_named(dataset.name, store).content_hash
        if wanted and found != wanted:
            raise DatasetError(f"{dataset.name} here differs from the one of the spec; remove its content_hash")
        return found
    by_name = [info.content_hash for info in stored if info.name == dataset.name]
    if wanted or not by_name:
        which = f"with the content_hash of {dataset.name!r}" if wanted else f"named {dataset.name!r}"
        raise DatasetError(f"no stored data set {which}; upload it first, or choose one of {', '.join(NAMED_DATASETS)}")
    return by_name[0]


def _publish(
    sweep: Sweep, cells: int, store: ResultStore, queue: TaskQueue, on_progress: ProgressCallback | None
) -> Sweep:
    report = on_progress or (lambda done, total: None)
    report(0, sweep.size)
    queue.publish(_missing_tasks(sweep, cells, store, report))
    stands = _change(sweep.sweep_id, store, lambda now: {"published": True} if _goes_on(sweep, now) else {})
    if _goes_on(sweep, stands):
        report(sweep.size, sweep.size)
    return stands


def _change(sweep_id: str, store: ResultStore, change: Callable[[Sweep], dict[str, object]]) -> Sweep:
    """Change what stands, however often somebody else changes it first, and return it. Raises SweepNotFound."""
    while True:
        before = store.sweep(sweep_id)
        after = before.model_copy(update=change(before))
        if after == before or store.change_sweep(before, after):
            return after


def _missing_tasks(sweep: Sweep, cells: int, store: ResultStore, report: ProgressCallback) -> Iterator[Task]:
    """Yield the sweep's tasks without the trials that are settled; stop early if it was cancelled or resumed."""
    done = 0
    for batch in _batches(plan_tasks(sweep, cells)):
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


def _cells(spec: SweepSpec, store: ResultStore) -> int:
    """Return the size of the spec's table, rows × columns."""
    for info in store.datasets():
        if info.content_hash == spec.dataset.content_hash:
            return info.rows * len(info.columns)
    raise DatasetError(f"the data set {spec.dataset.name} is no longer stored; launch the spec as a new sweep")


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


def _is_current(sweep: Sweep, store: ResultStore) -> bool:
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
