"""The files that people upload, as they are written, with errors that name the fix and notes on what may surprise."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shared.datasets.files.csv_layout import CsvLayout, csv_layout, first_records
from shared.datasets.files.csv_reading import CsvReading
from shared.datasets.files.file_kinds import as_text, is_parquet, unpacked
from shared.datasets.files.odd_rows import empty_rows, summing_row
from shared.datasets.files.rows_below_names import row_below_names
from shared.datasets.tables import EXACT, check_shape
from shared.errors import DatasetError
from shared.wording import counted, shown

if TYPE_CHECKING:
    import pandas as pd

#: signs of no width that words of some languages, and emoji, are written with
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
_NBSP = "\N{NO-BREAK SPACE}"

#: rows of sums and means below a table, and empty ones before and after them
_MOST_BELOW = 5

#: rows of units and second names between the names and the data
_MOST_BELOW_NAMES = 3


@dataclass(frozen=True, slots=True)
class RawTable:
    """A file as it is written: the table before its columns are read as anything."""

    filename: str
    frame: pd.DataFrame
    #: what was read otherwise than one may think; sentences without a capital or an end
    notes: tuple[str, ...] = ()
    #: column -> what of its words is a value or missing
    words: Mapping[str, str] = field(default_factory=dict)
    #: columns that were the index of a pandas table
    index: frozenset[str] = frozenset()
    #: columns that the header has no name for, which are called by their place
    unnamed: frozenset[str] = frozenset()
    #: where and how the table stands in a CSV file; None of Parquet
    csv: CsvSource | None = None
    #: rows at its end that are no data, which the frame of a Parquet file is without
    below: int = 0


@dataclass(frozen=True, slots=True)
class CsvSource:
    """How a CSV file is written."""

    encoding: str
    separator: str
    names: tuple[str, ...]
    #: of the first row, in bytes of the UTF-8 text
    start: int
    #: the columns whose numbers have a decimal comma, and those that are text
    commas: tuple[str, ...]
    texts: tuple[str, ...]
    #: of what follows the last row, in bytes; None of the end of the text
    end: int | None = None


def read_raw(filename: str, content: bytes, max_mb: int) -> RawTable:
    """Return the CSV or Parquet file as it is written. Raises DatasetError that names the fix.

    A file is known by its content. CSV may be separated by commas, semicolons, tabs or bars, packed by gzip, and in
    another encoding than UTF-8.
    """
    if len(content) > max_mb * 2**20:
        size = len(content) / 2**20
        raise DatasetError(
            f"{filename!r} has {size:,.1f} MB, more than the {max_mb} MB allowed; drop columns or rows, save it as "
            "Parquet, or raise BOOSTGRID_MAX_UPLOAD_MB"
        )
    content = unpacked(filename, content, max_mb * 2**20)
    if not content or content.isspace():
        raise DatasetError(f"{filename!r} is empty; choose a file with column names and rows")
    raw = _read_parquet(filename, content) if is_parquet(content) else _read_csv(filename, content)
    try:
        check_shape(raw.frame)
    except DatasetError as error:
        raise DatasetError(f"{filename!r}: {error}") from error
    raw.frame.columns = [str(name).strip() for name in raw.frame.columns]
    return replace(raw, notes=(*raw.notes, *_unseen_in_names(raw.frame.columns)))


def _unseen_in_names(names: Iterable[str]) -> list[str]:
    """Return what is said of names with signs that nobody sees, as a second byte order mark is."""
    notes = []
    for name in names:
        formats = [sign for sign in name if unicodedata.category(sign) == "Cf" and sign not in _JOINERS]
        signs = [*formats, *(sign for sign in name if sign == _NBSP)]
        if signs:
            notes.append(
                f"the column name {name!a} has U+{ord(signs[0]):04X}, which nobody sees; remove it from the file, "
                "for the name without it is another"
            )
    return notes


def _read_csv(filename: str, content: bytes) -> RawTable:
    import pandas as pd

    text = as_text(filename, content)
    try:
        layout = csv_layout(text.content)
    except DatasetError as error:
        raise DatasetError(f"{filename!r}: {error}") from error
    notes = [*text.notes, *layout.notes]
    for _ in range(_MOST_BELOW_NAMES):
        odd = row_below_names(text.content, layout)
        if odd is None:
            break
        notes.append(odd.note)
        if odd.position is None:
            break
        layout = replace(layout, start=odd.position)
    end = None
    try:
        with warnings.catch_warnings():
            # with index_col=False a row that is too long is cut with a warning, and a wrong table is worse than none
            warnings.simplefilter("error", pd.errors.ParserWarning)
            reading = CsvReading(text.content, layout)
            frame = reading.table()
            for _ in range(_MOST_BELOW):
                below = summing_row(frame, text.content[:end], layout.separator)
                if below is None or below.note in notes:
                    break
                notes.append(below.note)
                if below.position is None:
                    break
                end = below.position
                reading = CsvReading(text.content[:end], layout)  # a column may be of other values without that row
                frame = reading.table()
    except pd.errors.ParserWarning as error:
        raise DatasetError(f"{filename!r} has {_unnamed_values(text.content, layout)}") from error
    except pd.errors.EmptyDataError as error:
        raise DatasetError(f"{filename!r} has no rows; add data below the column names") from error
    except (pd.errors.ParserError, ValueError) as error:
        reason = _plain_reason(str(error), text.content[: layout.start].count(b"\n"))
        raise DatasetError(f"{filename!r} cannot be read as CSV: {reason}") from error
    # in the order of the file, in which pandas reads them
    commas = tuple(reading.commas)
    texts = tuple(sorted(reading.texts, key={name: number for number, name in enumerate(reading.names)}.__getitem__))
    source = CsvSource(text.encoding, layout.separator, tuple(reading.names), layout.start, commas, texts, end)
    notes += empty_rows(frame)
    unnamed = frozenset(name for name, written in zip(reading.names, layout.names, strict=True) if not written)
    return RawTable(filename, frame, tuple(notes), reading.words, csv=source, unnamed=unnamed)


def _unnamed_values(content: bytes, layout: CsvLayout) -> str:
    """Return what is said of rows that have more values than there are column names."""
    names = len(layout.names)
    if all(len(record.fields) == names + 1 for record in first_records(content, layout.start, layout.separator)):
        return (
            "a value more in each row than column names, as R writes row names; put a name, such as row, before the "
            "first one"
        )
    return "rows with more values than there are column names; name every column"


def _plain_reason(error: str, above: int) -> str:
    """Return what pandas says of a line in words of its own; so many lines stand above the rows."""
    wide = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", error)
    if wide:
        columns, line, values = map(int, wide.groups())
        return (
            f"line {line + above:,} has {counted(values, 'value')} for {counted(columns, 'column')}; mend that line, "
            "or put values that have the separator in them in quotes"
        )
    named = re.search(r"Too many columns specified: expected (\d+) and found (\d+)", error)
    if named:
        names, values = map(int, named.groups())
        return (
            f"it has {counted(names, 'column name')}, and its rows have {counted(values, 'value')}; name each column "
            "once, and remove a separator at the end of the names"
        )
    opened = re.search(r"EOF inside string starting at row (\d+)", error)
    if opened:
        return (
            f"a quote is opened in row {int(opened[1]) + 1:,} and not closed; close it, or write it twice where it is "
            "part of a text"
        )
    return f"{error.removeprefix('Error tokenizing data. C error: ').strip()}; mend that line and try again"


def _read_parquet(filename: str, content: bytes) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
        _refuse_finest_times(filename, table)
        # without its metadata, which to_pandas reads even where it is told to ignore it
        frame: pd.DataFrame = table.replace_schema_metadata(None).to_pandas(
            ignore_metadata=True, types_mapper=_whole_numbers().get if _has_large_gaps(table) else None
        )
    except (pa.ArrowException, ValueError, OSError) as error:
        if not content.endswith(b"PAR1"):
            raise DatasetError(
                f"{filename!r} is cut short: the end of a Parquet file is missing; copy it again"
            ) from error
        raise DatasetError(f"{filename!r} cannot be read as Parquet: {error}; write the file again") from error
    index, categories = _as_pandas_wrote_it(table.schema.metadata or {})
    for name in categories:
        if name in frame and frame[name].dtype != "category":
            frame[name] = frame[name].astype("category")
    index = [str(name).strip() for name in index if name in frame]
    notes, below = [], 0
    for _ in range(_MOST_BELOW):
        odd = summing_row(frame, None, "")
        if odd is None:
            break
        notes.append(odd.note)
        if odd.position is None:
            break
        below += len(frame) - odd.position
        frame = frame.iloc[: odd.position]
    notes += empty_rows(frame)
    return RawTable(filename, frame, tuple(notes), index=frozenset(index), below=below)


def _refuse_finest_times(filename: str, table: Any) -> None:
    """Raise DatasetError where times of the day have parts of a microsecond, which Python's have not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, column in zip(table.column_names, table.columns, strict=True):  # names may occur twice
        if column.type == pa.time64("ns"):
            nanoseconds = column.cast(pa.int64())
            whole = pc.multiply(pc.divide(nanoseconds, 1000), 1000)
            if pc.any(pc.not_equal(nanoseconds, whole)).as_py():
                raise DatasetError(
                    f"{filename!r}: column {shown(name)} holds times of the day with nanoseconds, which are not read; "
                    "write them in microseconds, or remove it"
                )


def _whole_numbers() -> dict[Any, Any]:
    """Return what keeps all digits of whole numbers beside missing ones, where pandas makes floats of them."""
    import pandas as pd
    import pyarrow as pa

    return {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}


def _has_large_gaps(table: Any) -> bool:
    """Whether whole numbers that no float holds stand beside missing ones."""
    import pyarrow.compute as pc
    from pyarrow import types

    for column in table.columns:
        if types.is_integer(column.type) and 0 < column.null_count < len(column):
            ends = pc.min_max(column).as_py()
            if max(-ends["min"], ends["max"]) > EXACT:
                return True
    return False


def _as_pandas_wrote_it(metadata: dict[bytes, bytes]) -> tuple[list[str], list[str]]:
    """Return the columns that were the index of the frame, and its categories: Parquet has those of numbers plain."""
    try:
        written = json.loads(metadata.get(b"pandas", b"{}"))
        index = [name for name in written.get("index_columns", ()) if isinstance(name, str)]
        return index, [
            column["field_name"] for column in written.get("columns", ()) if column["pandas_type"] == "categorical"
        ]
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):  # metadata of somebody else; the columns are all there
        return [], []
