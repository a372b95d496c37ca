"""Reading the files that people upload, with errors that name the fix."""

from __future__ import annotations

import csv
import io
import re
import warnings
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from shared.datasets.tables import normalise
from shared.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

#: how much of a CSV file is looked at to find its separator, in bytes
_SNIFFED = 65_536

#: how pandas reads every CSV file
_CSV: dict[str, Any] = {"encoding": "utf-8-sig", "index_col": False, "low_memory": False}

#: a number with a comma that may well stand between thousands
_GROUPED = r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*"


def read_upload(filename: str, content: bytes, max_mb: int) -> pd.DataFrame:
    """Return the CSV or Parquet file as a normalised table. Raises DatasetError that names the fix."""
    suffix = PurePath(filename).suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise DatasetError(f"{filename!r} is neither .csv nor .parquet; save it as one of these")
    if len(content) > max_mb * 2**20:
        size = len(content) / 2**20
        raise DatasetError(
            f"{filename!r} has {size:,.1f} MB, more than the {max_mb} MB allowed; drop columns or rows, save it as "
            "Parquet, or raise BOOSTGRID_MAX_UPLOAD_MB"
        )
    if not content or content.isspace():
        raise DatasetError(f"{filename!r} is empty; choose a file with column names and rows")
    frame = _read_csv(filename, content) if suffix == ".csv" else _read_parquet(filename, content)
    try:
        return normalise(frame)
    except DatasetError as error:
        raise DatasetError(f"{filename!r}: {error}") from error


def _read_csv(filename: str, content: bytes) -> pd.DataFrame:
    import pandas as pd

    separator = _check_header(filename, content)
    try:
        with warnings.catch_warnings():
            # with index_col=False a row that is too long is cut with a warning, and a wrong table is worse than none
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(io.BytesIO(content), sep=separator, **_CSV)
            return frame if separator == "," else _with_decimal_commas(frame, content, separator)
    except UnicodeDecodeError as error:
        raise DatasetError(f"{filename!r} is not UTF-8 text; save it as UTF-8 CSV") from error
    except pd.errors.ParserWarning as error:
        raise DatasetError(
            f"{filename!r} has rows with more values than there are column names; name every column"
        ) from error
    except (pd.errors.ParserError, ValueError) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise DatasetError(f"{filename!r} cannot be read as CSV: {reason}; mend that line and try again") from error


def _with_decimal_commas(frame: pd.DataFrame, content: bytes, separator: str) -> pd.DataFrame:
    """Return the frame with numbers where every value of a text column is one that has a decimal comma, or none."""
    import pandas as pd
    from pandas.api import types

    def may_be(column: pd.Series[str]) -> bool:
        commas = column[column.str.contains(",", na=False, regex=False)]
        return not commas.str.fullmatch(_GROUPED).all()  # true of none

    names = [str(name) for name in frame if types.is_string_dtype(frame[name]) and may_be(frame[name])]
    if not names:
        return frame
    read = pd.read_csv(io.BytesIO(content), sep=separator, decimal=",", usecols=names, **_CSV)
    for name in names:
        if types.is_numeric_dtype(read[name].dtype):
            frame[name] = read[name]
    return frame


def _check_header(filename: str, content: bytes) -> str:
    """Return the separator."""
    text = content[:_SNIFFED].decode("utf-8-sig", errors="ignore")
    if "\0" in text:
        raise DatasetError(f"{filename!r} is not text; save it as UTF-8 CSV, or name it .parquet if it is Parquet")
    first = text.lstrip("\r\n").splitlines()[0]
    unquoted = re.sub('"[^"]*"', "", first)
    separator = max(",;\t|", key=unquoted.count)
    names = [name.strip() for name in next(csv.reader([first], delimiter=separator))]
    if "" in names:
        raise DatasetError(
            f"{filename!r}: column {names.index('') + 1} has no name; name it, or remove it if it numbers the rows "
            "(pandas: to_csv(..., index=False))"
        )
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:  # pandas would rename it silently
        raise DatasetError(f"{filename!r}: column {twice!r} occurs more than once; rename or remove one of them")
    return separator


def _read_parquet(filename: str, content: bytes) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DatasetError(f"{filename!r} cannot be read as Parquet: {error}; write the file again") from error
    return frame
