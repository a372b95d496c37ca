"""Commands that store a file as a table, with what each of its columns is read as and why."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from shared import operations
from shared.command_line.output import print_table
from shared.command_line.services import opened_store
from shared.datasets import SeenFile, Upload, see_file
from shared.domain import DatasetInfo, Reading
from shared.errors import DatasetError
from shared.ports import Store
from shared.settings import DashboardSettings
from shared.wording import listed, shortened, shown

#: of a table with more columns only those are shown of which there is something to say
_MOST_SHOWN = 60

_MOST_WHY = 150

#: columns for which it is said what to type
_MOST_OPTIONS = 3


class _ReadingOption(click.ParamType[tuple[str, Reading]]):
    """COLUMN=READING; the name of a column may have equals signs."""

    name = "column=reading"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Reading]:
        column, equals, reading = value.rpartition("=")
        choices = [each.value for each in Reading]
        if not equals or reading.strip() not in choices:
            self.fail(f"{shown(value)} is not COLUMN={'|'.join(choices)}, such as --read price=number.", param, ctx)
        return column.strip(), Reading(reading.strip())


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--dry-run", is_flag=True, help="Only show what the columns are read as."),
        click.option(
            "--read",
            "readings",
            type=_ReadingOption(),
            multiple=True,
            metavar="COLUMN=READING",
            help="Read a column as number, category, ordinal (time passed) or parts (year, month, day) of dates, "
            "marks-missing (a number without its -999 and the like), words-missing (a category without its N/A and "
            "the like), or leave-out. May be repeated.",
        ),
        click.option(
            "--leave-rows-out/--keep-rows",
            "leave_rows_out",
            default=None,
            help="Leave out the rows in which the target has no value, or keep them.  [default: as they were left "
            "before, else keep]",
        ),
        click.option("--target", help="The column that specs predict: kept, and compared with the others."),
    ):
        command = option(command)
    return command


@click.command("store")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="What specs call it. [default: the file's name]")
@_options
def store_file(
    file: Path,
    name: str | None,
    target: str | None,
    leave_rows_out: bool | None,
    readings: tuple[tuple[str, Reading], ...],
    dry_run: bool,
) -> None:
    """Store a CSV or Parquet FILE for sweeps, and print its content hash.

    Shows what each column is read as, and why. Another reading is another data set; the file is kept to be read anew.
    """
    filled = _filled(target, leave_rows_out)
    content = file.read_bytes()
    seen = see_file(file.name, content, DashboardSettings().max_upload_mb, target)
    if dry_run:
        _show(seen, dict(readings), target, filled)
        return
    with opened_store() as store:
        _store(seen, content, name or file.name, store, dict(readings), target, filled)


@click.command("read-again")
@click.argument("which", metavar="DATASET")
@click.option("--name", help="What specs call the new reading. [default: the name it has]")
@_options
def read_again(
    which: str,
    name: str | None,
    target: str | None,
    leave_rows_out: bool | None,
    readings: tuple[tuple[str, Reading], ...],
    dry_run: bool,
) -> None:
    """Read the file of a stored DATASET anew, and print the content hash of what it becomes.

    Columns that --read does not name are read as before. The stored data set stays as it is.
    """
    with opened_store() as store:
        info = operations.find_dataset(which, store)
        target = target or info.target
        seen, content, before = operations.see_again(info, store, DashboardSettings().max_upload_mb, target)
        chosen = before | dict(readings)
        filled = _filled(target, leave_rows_out, info)
        if dry_run:
            _show(seen, chosen, target, filled)
            return
        _store(seen, content, name or operations.named_in(info)[0], store, chosen, target, filled)


def _filled(target: str | None, leave_rows_out: bool | None, info: DatasetInfo | None = None) -> str | None:
    """Return the column without whose value rows are left out: as chosen, else as it was before."""
    if leave_rows_out is None and info is not None and info.source is not None:
        return info.source.filled if info.source.filled == target else None
    if leave_rows_out and target is None:
        raise click.UsageError("--leave-rows-out leaves out rows without a target: name it with --target.")
    return target if leave_rows_out else None


def _store(
    seen: SeenFile,
    content: bytes,
    name: str,
    store: Store,
    readings: Mapping[str, Reading],
    target: str | None,
    filled: str | None,
) -> None:
    name = name.strip()
    _show(seen, readings, target, filled)
    info, _ = operations.store_upload(seen, content, name, store, readings, target, filled)
    _say_names(info, name)
    click.echo(info.content_hash)


def _say_names(info: DatasetInfo, name: str) -> None:
    others = [each for each in info.all_names if each != name]
    if name not in info.all_names:
        click.echo(f"This table is stored already, as {listed(others)}; specs call it so.", err=True)
    elif others:
        click.echo(f"This table is stored as {listed(others)} too; each name finds it.", err=True)


def _show(seen: SeenFile, given: Mapping[str, Reading], target: str | None, filled: str | None) -> Upload:
    """Print what each column is read as, before it is; raise what stands in its way."""
    rows = list(_panel(seen, given, target))
    print_table([("COLUMN", "TYPE", "MISSING", "DISTINCT", "READ AS", "WHY"), *rows], err=True)
    if len(rows) < len(seen.columns):
        click.echo(f"... and {len(seen.columns) - len(rows):,} more columns, read as what they are.", err=True)
    try:
        upload = seen.read(given, target, filled)
    except DatasetError:
        for note in seen.cautions(given):
            click.echo(f"Note: {note}", err=True)
        _say_options(seen, given)
        raise
    for note in upload.oddities:
        click.echo(f"Note: {note}", err=True)
    if target is not None and target not in upload.frame.columns:
        raise DatasetError(
            f"there is no target column {shown(target)} in what is stored; the columns are "
            f"{listed(upload.frame.columns)}"
        )
    if target is not None:
        if bool(upload.frame[target].isna().any()):
            click.echo("Note: --leave-rows-out leaves out the rows without a target", err=True)
        operations.likely_task(upload, target)  # refuses, in a dry run too, what is not stored
    return upload


def _say_options(seen: SeenFile, given: Mapping[str, Reading]) -> None:
    """Print what to type for the columns that need a choice."""
    for column in [each for each in seen.columns if each.suggested is None and each.name not in given][:_MOST_OPTIONS]:
        name, ways = shlex.quote(column.name), [each.value for each in column.choices]
        click.echo(f"Note: choose with --read {name}={ways[0]} (or {', '.join(ways[1:])})", err=True)


def _panel(seen: SeenFile, given: Mapping[str, Reading], target: str | None) -> Iterable[tuple[str, ...]]:
    wide = len(seen.columns) > _MOST_SHOWN
    for column in seen.columns:
        if wide and column.is_plain and column.name not in given and column.name != target:
            continue
        reading = given.get(column.name, column.suggested)
        yield (
            shortened(" ".join(column.label.split()), 40) + (" (target)" if column.name == target else ""),
            column.kind,
            f"{column.missing:,}",
            f"{column.distinct:,}",
            reading.value if reading else "choose",
            shortened(" ".join(column.effect(reading).split()), _MOST_WHY),
        )
