"""Python that reads an uploaded file anew, each column as it was read, with pandas alone."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.datasets.columns.readings import OF_TEXTS, NewColumn, made_of
from shared.datasets.columns.seen_column import SeenColumn
from shared.datasets.files.raw_files import CsvSource
from shared.datasets.uploads import SeenFile
from shared.domain import Reading

if TYPE_CHECKING:
    import pandas as pd


def reading_code(seen: SeenFile, readings: Mapping[str, Reading], filename: str, filled: str | None = None) -> str:
    """Return Python that makes ``frame`` of the file of that name, as ``seen.read(readings, filled=filled)`` does."""
    from shared.datasets.cell_texts import conversions

    lines = []
    for position, column in enumerate(seen.columns):
        values = seen.raw.frame.iloc[:, position]
        for new in made_of(column, readings[column.name], values):
            lines.append(f"    {new.name!r}: {_column_code(column, new, values)},")
    raw = seen.raw
    read = _csv_code(raw.csv, filename) if raw.csv else _parquet_code(seen, filename)
    lines.append("})")
    if filled is not None:
        lines.append(f"frame = frame[frame[{filled!r}].notna()].reset_index(drop=True)")
    return "\n".join((inspect.getsource(conversions), "", read, "frame = pd.DataFrame({", *lines))


def _csv_code(csv: CsvSource, filename: str) -> str:
    code = f"""\
import gzip
import io
from pathlib import Path

content = Path({filename!r}).read_bytes()
if content.startswith(b"\\x1f\\x8b"):
    content = gzip.decompress(content)
content = content.decode({csv.encoding!r}).encode()
if b"\\n" not in content:
    content = content.replace(b"\\r", b"\\n")
content = content[{csv.start}:{"" if csv.end is None else csv.end}]  # the rows below the column names
written = {{
    "names": {list(csv.names)!r},
    "sep": {csv.separator!r},
    "header": None,
    "index_col": False,
    "low_memory": False,
    "skipinitialspace": True,
}}
raw = pd.read_csv(io.BytesIO(content), **written)
"""
    if csv.texts:
        code += f"""\
texts = {list(csv.texts)!r}
as_written = {{"dtype": "str", "keep_default_na": False, "na_values": [""]}}
raw[texts] = pd.read_csv(io.BytesIO(content), usecols=texts, **as_written, **written)
"""
    if csv.commas:
        code += f"""\
numbers = {list(csv.commas)!r}
raw[numbers] = pd.read_csv(io.BytesIO(content), usecols=numbers, decimal=",", **written)
"""
    return code


def _parquet_code(seen: SeenFile, filename: str) -> str:
    kinds = {str(dtype) for dtype in seen.raw.frame.dtypes}
    whole = "types_mapper={pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}.get"
    kept = whole if kinds & {"Int64", "UInt64"} else ""  # no float holds them
    code = f"""\
{"import pyarrow as pa" + chr(10) if kept else ""}import pyarrow.parquet as pq

raw = pq.ParquetFile({filename!r}).read().replace_schema_metadata(None).to_pandas({kept})
raw.columns = [str(name).strip() for name in raw.columns]
"""
    if seen.raw.below:
        code += f"raw = raw.iloc[:-{seen.raw.below}]  # rows that are no data\n"
    categories = [column.name for column in seen.columns if column.kind == "categories"]
    return code + (f"raw = raw.astype(dict.fromkeys({categories!r}, 'category'))\n" if categories else "")


def _column_code(column: SeenColumn, new: NewColumn, values: pd.Series[Any]) -> str:
    code = f"raw[{column.name!r}]"
    if column.kind == "text" and values.dtype == object:
        code += '.map(lambda value: value.decode() if isinstance(value, bytes) else value, na_action="ignore")'
    arguments = "".join(f", {argument!r}" for argument in new.arguments)
    if new.function in ("passed", "passed_days", "part_of"):
        layout = f", {column.dates.layout!r}" if column.dates is not None else ""
        return f"{new.function}(moments_of({code}, {column.kind!r}{layout}){arguments})"
    if new.function in OF_TEXTS:
        return f"{new.function}({code}.astype(object){arguments})"
    if new.function == "categories_of" and column.kind not in ("number", "true or false", "text", "categories"):
        return f"categories_of({code}.astype('str'))"
    if new.function:
        return f"{new.function}({code}{arguments})"
    if column.kind == "true or false":
        return f"truths_of({code})"
    if column.kind == "text":
        return f"categories_of({code})"
    if column.kind == "categories":
        return f"labelled({code})"
    return f"whole_numbers({code})" if column.kind == "other" else code
