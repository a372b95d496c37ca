"""Commands that rename, delete and fetch stored data sets."""

from __future__ import annotations

import click

from shared import operations
from shared.command_line import options
from shared.command_line.output import Output, OutputType
from shared.command_line.services import opened_store
from shared.wording import listed

_which = click.argument("which", metavar="DATASET")


@click.command("rename-dataset")
@_which
@click.argument("name")
def rename(which: str, name: str) -> None:
    """Give a stored data set the NAME in the place of the one it has.

    DATASET is its name, or the beginning of its content hash. Its sweeps go on finding it.
    """
    with opened_store() as store:
        info = operations.rename_dataset(which, name, store)
    click.echo(f"{info.content_hash[:12]}... is now called {listed(operations.named_in(info))}.", err=True)


@click.command("delete-dataset")
@_which
@options.yes
def delete(which: str, yes: bool) -> None:
    """Delete a stored data set, unless a sweep uses it.

    DATASET is its name, or the beginning of its content hash.
    """
    with opened_store() as store:
        info = operations.find_dataset(which, store)
        if not yes:
            names = listed(info.all_names)
            click.confirm(f"Delete {names} ({info.rows:,} rows, {info.content_hash[:12]}...)?", abort=True, err=True)
        operations.delete_dataset(info.content_hash, store)


@click.command()
@click.argument("content_hash", metavar="DATASET")
@click.option("--output", "-o", type=OutputType(), required=True, help="The file to write.")
@click.option("--raw", is_flag=True, help="The file as it was uploaded, before its columns were read.")
def fetch(content_hash: str, output: Output, raw: bool) -> None:
    """Write a stored data set as Parquet, or the file that it was read from.

    DATASET is its content hash, the beginning of that, or its name.
    """
    with opened_store() as store, output.binary() as stream:
        info = operations.find_dataset(content_hash, store)
        content = operations.uploaded(info, store) if raw else store.load_dataset(info.content_hash)[1]
        stream.write(content)
