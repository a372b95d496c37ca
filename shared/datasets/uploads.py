"""Uploaded files as tables, each column read as it was chosen, or as is best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.datasets.columns.reading_names import read_as
from shared.datasets.columns.readings import chosen_readings, read_columns
from shared.datasets.columns.seen_column import SeenColumn
from shared.datasets.columns.seen_columns import see_column
from shared.datasets.files.raw_files import RawTable, read_raw
from shared.datasets.table_warnings import summary, table_warnings
from shared.datasets.tables import normalise
from shared.domain import Reading
from shared.errors import DatasetError
from shared.wording import counted, listed, shown

if TYPE_CHECKING:
    import pandas as pd

#: a table of thousands of columns may have as many oddities of one kind
_MOST_NOTES = 30


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file with what its columns hold."""

    raw: RawTable
    columns: tuple[SeenColumn, ...]

    def suggested(self) -> dict[str, Reading | None]:
        """Return what each column is best read as; None where a person must choose."""
        return {column.name: column.suggested for column in self.columns}

    def known(self, readings: Mapping[str, Reading]) -> dict[str, Reading]:
        """Return readings from before columns without a name were called by their place as those of today's names."""
        before = {f"Unnamed: {column.unnamed - 1}": column.name for column in self.columns if column.unnamed}
        return {before.get(name, name): reading for name, reading in readings.items()}

    def cautions(self, given: Mapping[str, Reading]) -> tuple[str, ...]:
        """Return what is odd about the file and its columns, also where some need a choice."""
        return (*self.raw.notes, *_the_first(self._warnings(given)))

    def _warnings(self, readings: Mapping[str, Reading], of_file: bool = False) -> list[str]:
        """Return what is odd about the columns of the file; ``of_file`` without what their table says of itself."""
        chosen = {column.name: readings.get(column.name, column.suggested) for column in self.columns}
        return [
            f"{column.called}: {each}"
            for column in self.columns
            if (reading := chosen[column.name]) is not Reading.LEAVE_OUT
            for each in (column.own_cautions(reading) if of_file else column.cautions(reading))
        ]

    def read(
        self, given: Mapping[str, Reading] | None = None, target: str | None = None, filled: str | None = None
    ) -> Upload:
        """Return the table, its columns read as given, else as suggested. Raises DatasetError that names the fix.

        The rows that have no value in the column ``filled`` are left out.
        """
        try:
            readings = chosen_readings(self.columns, given or {})
            frame, made = read_columns(self.raw.frame, self.columns, readings)
            frame = normalise(frame)
            frame, left_out = _with_values_of(frame, filled) if filled is not None else (frame, 0)
        except DatasetError as error:
            raise DatasetError(f"{self.raw.filename!r}: {error}") from error
        rows = [f"{counted(left_out, 'row')} without a value of {shown(filled)} left out"] if left_out else []
        said = [
            f"{column.called} is {read_as(readings[column.name], column)}: {why}"
            for column in self.columns
            if (why := column.effect(readings[column.name]))
        ]
        of_table = summary(table_warnings(frame, target))
        odd = [
            *(f"column {shown(name)} is {note}" for name, note in made.items()),
            *self._warnings(readings, of_file=True),
            *of_table,
        ]
        file_notes = (*self.raw.notes, *rows)
        notes = (*file_notes, *_the_first(said + odd))
        oddities = (*file_notes, *_the_first(odd))
        return Upload(frame, notes, readings, oddities, tuple(of_table), filled if left_out else None, left_out)


def _with_values_of(frame: pd.DataFrame, column: str) -> tuple[pd.DataFrame, int]:
    """Return the rows that have a value in the column, and how many have none. Raises DatasetError where all do not."""
    if column not in frame.columns:
        raise DatasetError(
            f"there is no column {shown(column)} whose empty cells leave their rows out; the columns are "
            f"{listed(frame.columns)}"
        )
    there = frame[column].notna()
    if not there.any():
        raise DatasetError(f"column {shown(column)} has no value in any row; choose another target")
    left_out = int((~there).sum())
    return (frame[there].reset_index(drop=True), left_out) if left_out else (frame, 0)


def _the_first(notes: list[str]) -> list[str]:
    more = [f"and {len(notes) - _MOST_NOTES:,} more such notes"] if len(notes) > _MOST_NOTES else []
    return notes[:_MOST_NOTES] + more


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a normalised table."""

    frame: pd.DataFrame
    #: what was left out, or read otherwise than one may think; sentences without a capital or an end
    notes: tuple[str, ...] = ()
    #: what each column of the file was read as
    readings: Mapping[str, Reading] = field(default_factory=dict)
    #: of the notes those that do not say what a column is read as
    oddities: tuple[str, ...] = ()
    #: of the oddities those that the stored table tells of itself
    of_table: tuple[str, ...] = ()
    #: the column without whose value rows were left out, and how many were
    filled: str | None = None
    left_out: int = 0


def see_file(filename: str, content: bytes, max_mb: int, target: str | None = None) -> SeenFile:
    """Return what the columns of the CSV or Parquet file hold. Raises DatasetError that names the fix.

    What only numbers the rows is suggested to be left out, unless it is the target.
    """
    raw = read_raw(filename, content, max_mb)
    decimal: str | None = "."
    if raw.csv is not None and raw.csv.separator != ",":
        decimal = "," if raw.csv.commas else None
    try:
        columns = tuple(
            see_column(
                str(name),
                raw.frame.iloc[:, position],
                target,
                raw.words,
                raw.index,
                decimal,
                position + 1 if name in raw.unnamed else 0,
            )
            for position, name in enumerate(raw.frame.columns)
        )
    except DatasetError as error:
        raise DatasetError(f"{filename!r}: {error}") from error
    return SeenFile(raw, columns)


def read_upload(
    filename: str,
    content: bytes,
    max_mb: int,
    readings: Mapping[str, Reading] | None = None,
    target: str | None = None,
) -> Upload:
    """Return the CSV or Parquet file as a normalised table, its columns read as given, else as is best.

    Raises DatasetError that names the fix, also where a column needs a choice, as dates do.
    """
    return see_file(filename, content, max_mb, target).read(readings, target)
