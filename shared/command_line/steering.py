"""Commands that launch sweeps and steer them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import BinaryIO

import click

from shared import operations
from shared.catalog import TaskType, library_catalog
from shared.catalog.validation import Issue
from shared.command_line import options
from shared.command_line.looking import without_success
from shared.command_line.services import opened_queue, opened_store
from shared.command_line.watching import progress_bar, watch
from shared.domain import MOST_SPEC_BYTES, Priority, Sweep, SweepSpec, SweepStatus, SweepSummary, label_of
from shared.operations import export
from shared.planning import MOST_COMPARED, SweepPlan, combinations_to_compare, count_points, plan_sweep
from shared.planning.same_model import merging_reasons
from shared.ports import Store, TaskQueue
from shared.settings import DashboardSettings, WorkerSettings
from shared.wording import agreeing, counted, number, shown

#: what a shell reports of a process that Ctrl-C ended
_INTERRUPTED = 130


@click.command()
@options.spec
def check(spec_file: BinaryIO) -> None:
    """Say what SPEC.yaml asks for, and what is odd about it; fail where it cannot be launched."""
    warnings: list[Issue] = []
    spec = _read_spec(spec_file, warnings)
    if combinations_to_compare(spec.library, spec.param_grid) > MOST_COMPARED:
        points = count_points(spec.param_grid)
        click.echo(
            f"{_what(spec)}: at most {counted(points, 'trial')} on {spec.folds} folds each; which points of so large "
            "a grid are the same model is told at the launch"
        )
        _warn(warnings, err=False)
    else:
        _describe(spec, warnings)
    with opened_store() as store:
        _say_positive_class(_bind(spec, store))


@click.command()
@options.spec
@options.follow
@options.workers
@options.yes
@options.priority
def launch(spec_file: BinaryIO, follow: bool, workers: int, yes: bool, priority: str) -> None:
    """Launch the sweep that SPEC.yaml declares, and print its id."""
    warnings: list[Issue] = []
    spec = _read_spec(spec_file, warnings)
    plan = _describe(spec, warnings, err=True)
    trials = plan.size.trials
    limit = DashboardSettings().confirm_trials_above
    if trials > limit and not yes:
        click.confirm(f"These are more than {limit:,} trials. Launch them?", abort=True, err=True)
    with opened_store() as store:
        bound = _bind(spec, store, err=True)
        _say_positive_class(bound, err=True)
        sweep = _publish(
            trials,
            lambda queue, show: operations.launch(
                bound.spec, store, queue, show, plan=plan, priority=Priority(priority)
            ),
        )
        _follow_and_report(sweep, store, follow, workers)


@click.command()
@options.sweep
@options.follow
@options.workers
def resume(sweep_id: str, follow: bool, workers: int) -> None:
    """Publish what is missing of a sweep that was cancelled or interrupted."""
    with opened_store() as store:
        found = operations.find_sweep(sweep_id, store)
        sweep = _publish(found.size, lambda queue, show: operations.resume(found.sweep_id, store, queue, show))
        _follow_and_report(sweep, store, follow, workers)


@click.command()
@options.sweep
@options.follow
@options.workers
def retry(sweep_id: str, follow: bool, workers: int) -> None:
    """Try the failed trials of a sweep again."""
    with opened_store() as store:
        found = operations.find_sweep(sweep_id, store)
        sweep = _publish(found.size, lambda queue, show: operations.retry_failed(found.sweep_id, store, queue, show))
        _follow_and_report(sweep, store, follow, workers)


@click.command("follow")
@options.sweep
@options.workers
def follow_sweep(sweep_id: str, workers: int) -> None:
    """Show the progress of a sweep until its end."""
    with opened_store() as store:
        _follow_and_report(operations.find_sweep(sweep_id, store), store, True, workers)


@click.command()
@options.sweep
def cancel(sweep_id: str) -> None:
    """Stop a sweep; what has been evaluated is kept."""
    with opened_store() as store:
        sweep_id = operations.find_sweep(sweep_id, store).sweep_id
        with opened_queue() as queue:
            operations.cancel(sweep_id, store, queue)
        finished = store.summaries([sweep_id])[0].status is SweepStatus.FINISHED
    if finished:
        click.echo("It is finished: there is nothing to cancel.", err=True)
        return
    click.echo(f"Cancelled; `python -m shared resume {sweep_id}` goes on with it.", err=True)


@click.command()
@options.sweep
@options.yes
def delete(sweep_id: str, yes: bool) -> None:
    """Delete a sweep and its results."""
    with opened_store() as store:
        sweep = operations.find_sweep(sweep_id, store)
        if not yes:
            click.confirm(f"Delete {sweep.sweep_id} with its {sweep.size:,} trials?", abort=True, err=True)
        with opened_queue() as queue:
            operations.delete(sweep.sweep_id, store, queue)


def _read_spec(file: BinaryIO, warnings: list[Issue]) -> SweepSpec:
    return SweepSpec.from_bytes(file.read(MOST_SPEC_BYTES + 1), warnings)


def _describe(spec: SweepSpec, warnings: list[Issue], err: bool = False) -> SweepPlan:
    """Print what the spec asks for and return its plan."""
    plan = plan_sweep(spec)
    size = plan.size
    merged = size.points - size.trials
    are = agreeing(merged, "is", "are")
    same = f" ({size.points:,} points, {merged:,} of which {are} the same model as another)" if merged else ""
    click.echo(
        f"{_what(spec)}: {counted(size.trials, 'trial')}{same}, {counted(size.fits, 'fit')} over {spec.folds} folds",
        err=err,
    )
    for why in merging_reasons(spec.library, spec.param_grid, spec.seed) if merged else ():
        click.echo(f"Same model: {why}", err=err)
    _warn(warnings, err)
    return plan


def _what(spec: SweepSpec) -> str:
    return f"{library_catalog(spec.library).label} on {spec.dataset.name}"


def _say_positive_class(bound: operations.Bound, err: bool = False) -> None:
    """Print which of two classes scores and weights speak of."""
    positive = bound.positive_class
    if positive is None:
        return
    other = next(each for each in bound.classes if each != positive)
    ranking = label_of(bound.spec.ranking_metric, TaskType.BINARY, positive, bound.spec.ranking_metric.value)
    click.echo(f"The positive class is {shown(positive)}, the other {shown(other)}; ranked by {ranking}", err=err)


def _bind(spec: SweepSpec, store: Store, err: bool = False) -> operations.Bound:
    """Return the spec with its table, and print what is odd about both together."""
    warnings: list[Issue] = []
    bound = operations.bind_dataset(spec, store, warnings)
    _warn(warnings, err)
    return bound


def _warn(warnings: list[Issue], err: bool) -> None:
    for issue in warnings:
        click.echo(f"Warning: {issue.field}: {issue.message}", err=err)


def _publish(trials: int, act: Callable[[TaskQueue, operations.ProgressCallback], Sweep]) -> Sweep:
    with opened_queue() as queue, progress_bar(trials, "publishing") as show:
        return act(queue, lambda done, total: show(done, ""))


def _follow_and_report(sweep: Sweep, store: Store, follow: bool, workers: int) -> None:
    click.echo(sweep.sweep_id)
    if not follow:
        return
    settings = WorkerSettings()
    try:
        summary = watch(sweep.sweep_id, store, settings.home, workers, settings.stop_seconds)
    except KeyboardInterrupt:
        click.echo(
            f"\nThe sweep is kept with what it has; `python -m shared follow {sweep.sweep_id}` shows it again.",
            err=True,
        )
        sys.exit(_INTERRUPTED)
    _report(summary, store)


def _report(summary: SweepSummary, store: Store) -> None:
    sweep = summary.sweep
    dropped = f", {summary.dropped:,} dropped" if summary.sweep.spec.racing else ""
    click.echo(f"{summary.status.capitalize()}: {summary.succeeded:,} succeeded, {summary.failed:,} failed{dropped}")
    winner = operations.winner(sweep, store)
    if winner is not None:
        score = winner.scores[sweep.spec.ranking_metric]
        click.echo(
            f"Best {sweep.metric_name(sweep.spec.ranking_metric)}: "
            f"{number(score.mean_score, 6)} ± {number(score.std_score, 2)}"
        )
        for name, value in export.best_params(sweep, winner).items():
            click.echo(f"  {name} = {value}")
        if export.stops_early(winner):
            kept = ", ".join(map(str, winner.rounds))
            click.echo(f"The same {export.FOR_ALL_ROWS}, which nothing can stop early (the folds kept {kept} rounds):")
            for name, value in export.all_rows_params(sweep, winner).items():
                click.echo(f"  {name} = {value}")
        learned = operations.learned_nothing(sweep, operations.outcomes_of(sweep, store))
        if learned:
            click.echo(f"Note: {learned}", err=True)
    elif summary.failed:
        raise click.ClickException(without_success(summary, store))
    if summary.status is SweepStatus.CANCELLED:
        raise click.ClickException("The sweep was cancelled.")
