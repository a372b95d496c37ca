"""Uploaded files as tables, each column read as it was chosen, or as is best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.datasets.columns.readings import chosen_readings, read_columns
from shared.datasets.columns.seen_columns import SeenColumn, see_column
from shared.datasets.files.raw_files import RawTable, read_raw
from shared.datasets.table_warnings import summary, table_warnings
from shared.datasets.tables import normalise
from shared.domain import Reading
from shared.errors import DatasetError
from shared.wording import shown

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

    def cautions(self, given: Mapping[str, Reading]) -> tuple[str, ...]:
        """Return what is odd about the file and its columns, also where some need a choice."""
        return (*self.raw.notes, *_the_first(self._warnings(given)))

    def _warnings(
        self, readings: Mapping[str, Reading], table: Mapping[str, tuple[str, ...]] | None = None
    ) -> list[str]:
        """Return what is odd about the columns of the file, but for what is said of the table that they make."""
        chosen = {column.name: readings.get(column.name, column.suggested) for column in self.columns}
        return [
            f"column {shown(column.name)}: {each}"
            for column in self.columns
            if chosen[column.name] is not Reading.LEAVE_OUT
            for each in column.cautions(chosen[column.name])
            if each not in (table or {}).get(column.name, ())
        ]

    def read(self, given: Mapping[str, Reading] | None = None, target: str | None = None) -> Upload:
        """Return the table, its columns read as given, else as suggested. Raises DatasetError that names the fix."""
        try:
            readings = chosen_readings(self.columns, given or {})
            frame, made = read_columns(self.raw.frame, self.columns, readings)
            frame = normalise(frame)
        except DatasetError as error:
            raise DatasetError(f"{self.raw.filename!r}: {error}") from error
        said = [
            f"column {shown(column.name)} is read as {_CALLED[readings[column.name]]}: {why}"
            for column in self.columns
            if (why := column.effect(readings[column.name]))
        ]
        warnings = table_warnings(frame, target)
        odd = [
            *(f"column {shown(name)} is {note}" for name, note in made.items()),
            *self._warnings(readings, warnings),
            *summary(warnings),
        ]
        notes = (*self.raw.notes, *_the_first(said + odd))
        return Upload(frame, notes, readings, (*self.raw.notes, *_the_first(odd)), self.raw.notes)


def _the_first(notes: list[str]) -> list[str]:
    more = [f"and {len(notes) - _MOST_NOTES:,} more such notes"] if len(notes) > _MOST_NOTES else []
    return notes[:_MOST_NOTES] + more


_CALLED = {
    Reading.NUMBER: "a number",
    Reading.MARKS_MISSING: "a number that may be missing",
    Reading.CATEGORY: "a category",
    Reading.ORDINAL: "a number of time passed",
    Reading.PARTS: "parts",
    Reading.LEAVE_OUT: "nothing, left out",
}


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
    #: of the notes those on the file as a whole
    file_notes: tuple[str, ...] = ()


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
            see_column(str(name), raw.frame.iloc[:, position], target, raw.words, raw.index, decimal)
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
