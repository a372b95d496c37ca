"""Launching sweeps, and completing what was launched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from shared.catalog import Library, library_catalog
from shared.domain import TASK_SCHEMA_VERSION, Action, Actor, Priority, Sweep, SweepSpec, Task
from shared.errors import (
    DatasetError,
    FieldError,
    InvalidSpec,
    PublishFailed,
    RecordRefused,
    ServiceUnavailable,
    SweepNotFound,
    TooManySweeps,
)
from shared.operations.actions import Permit, authorise
from shared.operations.queues import check_room, remove_or_leave
from shared.operations.races_before import races_before
from shared.operations.sweep_changes import change_sweep, standing
from shared.operations.tables import bind_dataset, table_cells
from shared.planning import EVALUATION_VERSION, SweepPlan, plan_sweep, plan_tasks
from shared.planning.versions import UnknownVersion, launch_version
from shared.ports import LONGEST_TASK_SECONDS, Store, SweepLedger, TaskQueue
from shared.wording import counted

#: called with the trials dealt with so far, and all of them
ProgressCallback = Callable[[int, int], None]

#: how many trials are looked up in the store at once
_BATCH = 1_000

#: of a sweep from before its queue is made
_QUEUED = {"queued": True, "task_version": TASK_SCHEMA_VERSION}

_AS_NEW = "launch its spec as a new sweep"


def launch(
    spec: SweepSpec,
    store: Store,
    queue: TaskQueue,
    on_progress: ProgressCallback | None = None,
    *,
    by: Actor | None = None,
    plan: SweepPlan | None = None,
    priority: Priority = Priority.NORMAL,
) -> Sweep:
    """Store the data if need be, plan the sweep, save it and publish what has no outcome yet; return the sweep.

    Memory does not grow with the grid; of a list of grids, which may overlap, by some 100 bytes a trial.
    ``plan`` is the spec's, where it was made already. Should it die half-way, resume completes it.
    Raises DatasetError, InvalidSpec, PublishFailed, ServiceUnavailable, and NotAllowed and TooManySweeps before
    anything is stored.
    """
    permit = authorise(Action.LAUNCH, store, by)
    _check_time_limit(spec)
    check_room(store)
    library_version = _library_version(spec.library)
    spec, classes = bind_dataset(spec, store)
    plan = plan or plan_sweep(spec)
    sweep = Sweep.new(spec, library_version, plan.size.trials, classes, EVALUATION_VERSION)
    sweep = sweep.model_copy(update={"priority": priority, **_QUEUED})
    try:
        store.save_sweep(sweep)
    except RecordRefused as error:
        raise InvalidSpec([FieldError("param_grid", f"{error}; write fewer values, and launch it in parts")]) from error
    with _kept(sweep.sweep_id):
        try:
            cells = table_cells(spec, store)  # after it is saved: a table's deletion looks for sweeps once more, too
            check_room(store, taken=1)  # several may have been launched at once
        except (DatasetError, TooManySweeps):
            store.delete_sweep(sweep.sweep_id)
            raise
        permit.done(sweep.sweep_id, after=counted(sweep.size, "trial"))
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

    Its tasks that are still queued from before go with their queue. All that can be checked is checked
    before the sweep is touched, that the queue answers too; should it die afterwards, another resume completes it.
    Raises NotAllowed, SweepNotFound, InvalidSpec, DatasetError, PublishFailed, ServiceUnavailable.
    """
    permit = authorise(Action.RESUME, store, by)
    return publish_anew(sweep_id, store, queue, on_progress, permit)


def publish_anew(
    sweep_id: str,
    store: Store,
    queue: TaskQueue,
    on_progress: ProgressCallback | None,
    permit: Permit,
    then: Callable[[], str] = lambda: "",
) -> Sweep:
    """Resume the sweep; ``then`` is done once nothing refuses any more and the sweep waits for a resume.

    It returns what the audit says of it.
    """
    before = store.sweep(sweep_id)
    cells, plan = _publishable(before, store)
    sweep = _begin_epoch(before, store, queue)
    with _kept(sweep_id):
        also = then()
        permit.done(sweep_id, f"{standing(before)}{also}", standing(sweep))
    return _publish(sweep, cells, store, queue, on_progress, plan)


def _begin_epoch(sweep: Sweep, store: Store, queue: TaskQueue) -> Sweep:
    """Remove the queue of the epoch that stands, and begin the next one."""
    while True:
        if not sweep.queued:
            check_room(store)
        # first: nobody would find the queue of an epoch that has passed. And a broker that is away stops it here
        if not remove_or_leave(sweep.address, store, queue):
            check_room(store)  # for a time there are two
        after = sweep.model_copy(update={"epoch": sweep.epoch + 1, "cancelled": False, "published": False, **_QUEUED})
        if store.change_sweep(sweep, after):
            return after
        sweep = store.sweep(sweep.sweep_id)  # somebody else changed it


def _publishable(sweep: Sweep, store: Store) -> tuple[int, SweepPlan]:
    """Return the size of the sweep's table and its plan, where what is here can go on with it."""
    spec = sweep.spec
    here, label = _library_version(spec.library), library_catalog(spec.library).label
    if here != sweep.library_version:
        began = f"the sweep began with {label} {sweep.library_version} and launches here are for {here}"
        raise InvalidSpec([FieldError("library", f"{began}, so its scores could not be compared; {_AS_NEW}")])
    if sweep.evaluation_version not in (None, EVALUATION_VERSION):
        raise InvalidSpec([FieldError("spec", f"another version of Boostgrid planned the sweep; {_AS_NEW}")])
    known = {parameter.name for parameter in library_catalog(spec.library).parameters}
    unknown = sorted({name for grid in spec.param_grid for name in grid if name not in known})
    if unknown:  # a spec is read as it was stored, whatever the catalog of today says
        raise InvalidSpec(
            FieldError(f"param_grid.{name}", f"is no parameter of {label} here; {_AS_NEW} without it")
            for name in unknown
        )
    return table_cells(spec, store), plan_sweep(spec)


def _publish(
    sweep: Sweep,
    cells: int,
    store: Store,
    queue: TaskQueue,
    on_progress: ProgressCallback | None,
    plan: SweepPlan,
) -> Sweep:
    report = on_progress or (lambda done, total: None)
    report(0, sweep.size)
    tasks = plan_tasks(sweep, cells, plan)
    try:
        with _kept(sweep.sweep_id):
            published = queue.publish(sweep.address, _missing_tasks(sweep, tasks, store, report))
            if not published:  # all is evaluated: it needs no worker to say so
                queue.remove(sweep.address, if_empty=True)
            done: dict[str, object] = {"published": True, "queued": published > 0}
            stands = change_sweep(sweep.sweep_id, store, lambda now: done if _goes_on(sweep, now) else {})
    except PublishFailed as error:
        overtaken = _overtaken(sweep, store)
        if overtaken is None:
            raise PublishFailed(error.reason, error.confirmed, sweep.sweep_id) from error
        stands = overtaken
    except SweepNotFound:  # deleted while it was being published
        remove_or_leave(sweep.address, store, queue)
        raise
    if _goes_on(sweep, stands):
        report(sweep.size, sweep.size)
    else:
        # it may have been made after whoever cancelled or resumed it removed it
        remove_or_leave(sweep.address, store, queue)
    return stands


@contextmanager
def _kept(sweep_id: str) -> Iterator[None]:
    """Say of what does not answer in between that the sweep is stored, and how to go on with it."""
    try:
        yield
    except ServiceUnavailable as error:
        kept = f"The sweep is kept: `python -m shared resume {sweep_id}` publishes what is missing of it."
        raise ServiceUnavailable(error.service, error.reason, f"{error.hint} {kept}") from error


def _overtaken(sweep: Sweep, store: Store) -> Sweep | None:
    """Return the sweep as it stands where its queue went as it was cancelled, resumed or deleted meanwhile."""
    stands = store.sweep(sweep.sweep_id)
    return None if _goes_on(sweep, stands) else stands


def _missing_tasks(sweep: Sweep, tasks: Iterable[Task], store: Store, report: ProgressCallback) -> Iterator[Task]:
    """Yield the sweep's tasks without the trials that are settled; stop early if it was cancelled or resumed."""
    done = 0
    before = races_before(sweep, store)
    for batch in _batches(tasks):
        if not _is_current(sweep, store):
            return
        trial_ids = {trial.trial_id for task in batch for trial in task.trials}
        settled = store.adopt(sweep.sweep_id, trial_ids, before)
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
