"""Commands that show sweeps, their results and the data sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from shared import operations
from shared.catalog import Library, library_catalog
from shared.command_line import options
from shared.command_line.output import Output, print_table
from shared.command_line.services import opened_queue, opened_store
from shared.datasets import NAMED_DATASETS
from shared.domain import DatasetInfo, SweepStatus, SweepSummary, TrialState
from shared.errors import ServiceUnavailable
from shared.grid_expression import takes, value_text
from shared.operations import export
from shared.ports import Store
from shared.settings import DashboardSettings
from shared.wording import number, shortened

_TIME = "%Y-%m-%d %H:%M %Z"

#: characters of a sweep's name in a list
_NAME_WIDTH = 40


@click.command("list")
def list_sweeps() -> None:
    """List the sweeps, the newest first."""
    with opened_store() as store:
        summaries, unread = store.summaries(), store.unread_sweeps()
        lost, unknown = _lost_queues(summaries, store)
        mute = operations.mute_queues(summaries, store.workers())
    if not summaries and not unread:
        click.echo("There is no sweep yet: `python -m shared launch SPEC.yaml` launches one.", err=True)
        return
    rows = [("SWEEP", "NAME", "STATUS", "DONE", "FAILED", "DROPPED", "BEST", "CREATED")]
    lines: list[tuple[datetime, tuple[str, ...]]] = []
    for each in unread:
        created = f"{each.created_at.astimezone():{_TIME}}"
        lines.append((each.created_at, (each.sweep_id, _short(each.name or ""), "unknown", "", "", "", "", created)))
    for summary in summaries:
        sweep = summary.sweep
        best = (
            f"{sweep.metric_name(sweep.spec.ranking_metric)} {number(summary.best_score, 6)}"
            if summary.best_score is not None
            else ""
        )
        cells = (
            sweep.sweep_id,
            _short(sweep.spec.name),
            "interrupted" if sweep.sweep_id in lost else summary.status.value,
            f"{sweep.size - summary.open:,}/{sweep.size:,}",
            f"{summary.failed:,}",
            f"{summary.dropped:,}",
            best,
            f"{sweep.created_at.astimezone():{_TIME}}",
        )
        lines.append((sweep.created_at, cells))
    print_table(rows + [cells for _, cells in sorted(lines, key=lambda line: line[0], reverse=True)])
    for each in unread:
        click.echo(f"{each.sweep_id}: {each.sentence}", err=True)
    for summary in summaries:
        if summary.sweep.sweep_id in lost:
            click.echo(f"{summary.sweep.sweep_id}: {operations.lost_queue_sentence(summary)}", err=True)
        elif summary.sweep.sweep_id in mute:
            click.echo(f"{summary.sweep.sweep_id}: {operations.mute_queue_sentence(summary)}", err=True)
    if unknown is not None:
        click.echo(f"Whether their tasks are still queued is not known: {unknown}", err=True)


def _lost_queues(summaries: Sequence[SweepSummary], store: Store) -> tuple[frozenset[str], ServiceUnavailable | None]:
    """Return the sweeps whose queue is lost, or why that is not known."""
    try:
        with opened_queue() as queue:
            return operations.lost_queues(summaries, store, queue), None
    except ServiceUnavailable as error:
        return frozenset(), error


@click.command()
@click.argument("library", type=click.Choice([each.value for each in Library]))
def parameters(library: str) -> None:
    """List the parameters of a LIBRARY that a grid can set, with their other names."""
    rows = [("PARAMETER", "DEFAULT", "TAKES", "ALSO CALLED", "WHAT IT DOES")]
    for each in library_catalog(Library(library)).parameters:
        default = "by the library" if each.default is None else value_text(each.default)
        rows.append((each.name, default, takes(each), ", ".join(each.aliases), each.help))
    print_table(rows)


@click.command()
@options.sweep
@click.argument("trial_id", metavar="[TRIAL]", required=False)
def attempts(sweep_id: str, trial_id: str | None) -> None:
    """List how attempts at the failed trials of a sweep ended, or at one TRIAL, with the last lines of its log.

    A TRIAL is given by the first digits of its id, as `export` has it.
    """
    with opened_store() as store:
        sweep = operations.find_sweep(sweep_id, store)
        found = operations.attempts_of(sweep, store, trial_id)
    if not found:
        click.echo("No attempt ended without a result.", err=True)
        return
    rows = [("TRIAL", "FOLD", "ENDED", "CAUSE", "WHERE", "WHY")]
    for trial, each in found:
        fold = "all" if each.fold is None else str(each.fold + 1)
        where = each.pod or each.worker or "unknown"
        cause = each.cause.value.replace("_", " ")
        rows.append((trial[:12], fold, f"{each.ended_at.astimezone():{_TIME}}", cause, where, each.message))
    print_table(rows)
    for trial, each in found if trial_id is not None else ():
        if each.log:
            click.echo(f"\n{trial[:12]}, {each.cause.value.replace('_', ' ')}:\n{each.log}")


@click.command("spec")
@options.sweep
@options.output
def show_spec(sweep_id: str, output: Output) -> None:
    """Write the declaration of a sweep as YAML."""
    with opened_store() as store, output.text() as stream:
        stream.write(operations.find_sweep(sweep_id, store).named_spec.to_yaml())


@click.command()
@options.sweep
@click.option("--format", "form", type=click.Choice(["csv", "json", "python"]), default="csv", show_default=True)
@options.output
def best(sweep_id: str, form: str, output: Output) -> None:
    """Write the best parameters of a sweep; as Python: a script that computes their scores again."""
    with opened_store() as store, output.text() as stream:
        sweep = operations.find_sweep(sweep_id, store)
        winner = operations.winner(sweep, store)
        summary = store.summaries([sweep.sweep_id])[0]
        if winner is None:
            raise click.ClickException(without_success(summary, store))
        evaluated = sweep.size - summary.open
        if form == "python":
            dataset, stored = sweep.spec.dataset, store.datasets()
            by_hash = operations.is_another(dataset, stored)
            table = operations.rebuilding(dataset, store, DashboardSettings().max_upload_mb)
            text = export.python_script(
                sweep, winner, export.has_categories(dataset, stored), by_hash, table, evaluated
            )
        else:
            text = (
                export.best_params_json(sweep, winner, evaluated)
                if form == "json"
                else export.best_params_csv(sweep, winner)
            )
        stream.write(text)
        partial = export.best_of(sweep, evaluated)
        learned = operations.learned_nothing(sweep, operations.outcomes_of(sweep, store))
    if partial:
        click.echo(f"Note: this is the {partial}.", err=True)
    if learned:
        click.echo(f"Note: {learned}", err=True)


def without_success(summary: SweepSummary, store: Store) -> str:
    """Return why a sweep has no best trial, and what to do."""
    sweep_id, size = summary.sweep.sweep_id, summary.sweep.size
    if not summary.failed:
        fix = {
            SweepStatus.CANCELLED: f"it was cancelled, and `python -m shared resume {sweep_id}` goes on with it",
            SweepStatus.LAUNCHING: f"its launch has not ended; `python -m shared resume {sweep_id}` completes it",
        }.get(summary.status, f"`python -m shared follow {sweep_id}` shows how far it is")
        return f"No trial of {sweep_id} has been evaluated yet; {fix}."
    error = store.ranked(sweep_id, TrialState.FAILED, 1)[0].error
    why = f", the first with {error.type}: {error.message.rstrip('.')}" if error else ""
    what = (
        "Every trial"
        if summary.failed == size
        else f"No trial of {sweep_id} has succeeded yet: each of the {summary.failed:,} evaluated of {size:,}"
    )
    return f"{what} failed{why}. `python -m shared attempts {sweep_id}` lists them."


@click.command("export")
@options.sweep
@options.output
def export_trials(sweep_id: str, output: Output) -> None:
    """Write all evaluated trials of a sweep as CSV."""
    with opened_store() as store, output.text() as stream:
        sweep = operations.find_sweep(sweep_id, store)
        page = store.outcomes(sweep.sweep_id)
        stream.write(export.trials_csv(sweep, page.outcomes))
        while page.outcomes:
            page = store.outcomes(sweep.sweep_id, after=page.cursor)
            stream.write(export.trials_csv(sweep, page.outcomes, header=False))


@click.command()
def datasets() -> None:
    """List the built-in and the stored data sets, with how many sweeps use each."""
    rows = [("NAME", "ROWS", "COLUMNS", "SIZE", "TARGET", "TASK", "STORED", "SWEEPS", "CONTENT HASH")]
    with opened_store() as store:
        stored, users = store.datasets(), operations.dataset_users(store)

    def used(info: DatasetInfo | None) -> str:
        return f"{len(users.get(info.content_hash, ()))}" if info else ""

    hashes = {name: info for info in stored for name in info.all_names}
    for known in NAMED_DATASETS.values():
        own = hashes.get(known.name)
        cells = (known.name, f"{known.rows:,}", f"{known.columns}", _size(own), known.target, known.task.value)
        rows.append((*cells, "", used(own), own.content_hash if own else ""))
    for info in stored:
        for name, at in sorted(info.all_names.items(), key=lambda each: each[1], reverse=True):
            if name not in NAMED_DATASETS:
                cells = (
                    name,
                    f"{info.rows:,}",
                    f"{len(info.columns)}",
                    _size(info),
                    info.target or "",
                    info.task or "",
                )
                rows.append((*cells, f"{at.astimezone():{_TIME}}", used(info), info.content_hash))
    print_table(rows)


def _short(name: str) -> str:
    return shortened(" ".join(name.split()), _NAME_WIDTH)


def _size(info: DatasetInfo | None) -> str:
    return f"{info.size_bytes / 2**20:,.1f} MB" if info else ""
