"""The texts of a plainly written CSV file, read by Arrow: as pandas reads them, in a fraction of the time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

#: the rows by which columns are judged before all of them are read
_FIRST_ROWS = 1_000

#: what stands in no number: such a text makes a column one of texts, whatever else it holds
_NO_NUMBER = re.compile(r"[^0-9+\-.,eE\s_]|\d-\d")
#: but what pandas reads as missing, infinite, true or false
_READ_OTHERWISE = frozenset(("na", "n/a", "null", "none", "nan", "inf", "infinity", "true", "false"))

#: what is looked over at once, in bytes
_CHUNK = 1 << 24


class PlainCsv:
    """A table without quotes, blanks at the start of values or lone carriage returns: Arrow and pandas split it alike.

    Arrow refuses a row with another number of values, where pandas fills it up or cuts it.
    """

    def __init__(self, content: bytes, start: int, separator: str, names: Sequence[str]) -> None:
        self._content, self._start, self._rows = content, start, memoryview(content)[start:]
        self._separator, self._names = separator, list(names)

    @classmethod
    def of(cls, content: bytes, start: int, separator: str, names: Sequence[str]) -> PlainCsv | None:
        """Return the table that begins at ``start``; None where it is not plainly written."""
        mark = separator.encode()
        if len(mark) != 1 or content.find(b'"', start) >= 0 or content.find(b"\0", start) >= 0:
            return None
        if content.find(b"\r", start) >= 0 and content.count(b"\r", start) != content.count(b"\r\n", start):
            return None
        if _has_blanks_at_start(content, start, mark):
            return None
        return cls(content, start, separator, names)

    def texts(self, names: Sequence[str], rows: int | None = None) -> pd.DataFrame | None:
        """Return columns as text, only empty cells missing; None where a row has too many or too few values."""
        import pyarrow as pa
        from pyarrow import csv

        data = self._rows if rows is None else self._first(rows)
        try:
            table = csv.read_csv(
                pa.BufferReader(pa.py_buffer(data)),
                csv.ReadOptions(column_names=self._names, block_size=1 << 24),
                csv.ParseOptions(delimiter=self._separator, quote_char=False),
                csv.ConvertOptions(
                    include_columns=list(names),
                    column_types=dict.fromkeys(names, pa.large_string()),
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            )
        except pa.ArrowInvalid:
            return None
        frame: pd.DataFrame = table.combine_chunks().to_pandas()
        return frame

    def sure_texts(self) -> list[str]:
        """Return the columns that hold a text which is no number among their first rows."""
        first = self.texts(self._names, _FIRST_ROWS)
        if first is None:
            return []
        return [name for name in self._names if any(map(_is_no_number, first[name].dropna().unique()))]

    def _first(self, rows: int) -> memoryview:
        end = 0
        for _ in range(rows):
            end = self._content.find(b"\n", self._start + end) + 1 - self._start
            if end <= 0:
                return self._rows
        return self._rows[:end]


def _has_blanks_at_start(content: bytes, start: int, mark: bytes) -> bool:
    """Whether a value begins with a blank, which pandas leaves out and Arrow keeps."""
    every = np.frombuffer(content, dtype=np.uint8)
    blanks = [sign for sign in b" \t" if sign != mark[0]]
    for begin in range(start, len(every), _CHUNK):
        chunk = every[begin : begin + _CHUNK]
        for blank in blanks:
            before = np.flatnonzero(chunk == blank) + begin - 1
            if len(before) and (before[0] < start or bool(np.isin(every[before], (mark[0], 10)).any())):
                return True
    return False


def _is_no_number(text: str) -> bool:
    if _NO_NUMBER.search(text) is None or "#" in text or "<" in text:
        return False
    return text.strip().lstrip("+-").casefold() not in _READ_OTHERWISE
