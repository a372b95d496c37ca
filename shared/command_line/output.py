"""Where a command writes: a file that is there in whole or as it was before, or the terminal."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, TextIO, cast

import click


class Output:
    """The file of ``-o``. What is written goes beside it, and takes its place only once the command has succeeded."""

    def __init__(self, path: Path | None) -> None:
        #: None is standard output
        self._path = path

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """Give what takes UTF-8 text. Raises ClickException where the file cannot be written."""
        if self._path is None:
            yield sys.stdout
            return
        with _beside(self._path, "w") as stream:
            yield cast(TextIO, stream)

    @contextmanager
    def binary(self) -> Iterator[BinaryIO]:
        """Give what takes bytes. Raises ClickException where the file cannot be written."""
        if self._path is None:
            yield sys.stdout.buffer
            return
        with _beside(self._path, "wb") as stream:
            yield cast(BinaryIO, stream)


class OutputType(click.ParamType[Output]):
    """An option's value as an Output; ``-`` is standard output."""

    name = "filename"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        """Return the Output, or fail where it is a folder."""
        if isinstance(value, Output):
            return value
        path = None if value == "-" else Path(str(value))
        if path is not None and path.is_dir():
            self.fail(f"{str(path)!r} is a folder; name a file in it.", param, ctx)
        return Output(path)


@contextmanager
def _beside(path: Path, mode: str) -> Iterator[IO[str] | IO[bytes]]:
    # a link goes on pointing where it does
    path = Path(os.path.realpath(path))
    encoding = None if "b" in mode else "utf-8"
    if path.exists() and not path.is_file():  # a pipe or a terminal has no place to be taken
        with _told(path), path.open(mode, encoding=encoding) as stream:
            yield stream
        return
    with _told(path):
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with _told(path):  # a full disk shows while it is written
            with os.fdopen(number, mode, encoding=encoding) as stream:
                yield stream
            part.chmod(_mode(path))
            part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _mode(path: Path) -> int:
    """Return the permissions of the file that is there, or those of a new one."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from error


__all__ = ["Output", "OutputType"]


def print_table(rows: Sequence[tuple[str, ...]], *, err: bool = False) -> None:
    """Print rows of cells, the columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), err=err)
