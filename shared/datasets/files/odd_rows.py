"""Rows at the end of a table that are no data: sums or means, empty ones, footnotes."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.datasets.cell_texts.text_kinds import is_placeholder
from shared.wording import agreeing, counted, listed, shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: a row is told from data by so many others
_FEW_ROWS = 3
#: of fewer columns the rest of a row is too little to be missed
_FEWEST_COLUMNS = 3
#: so many lines of notes below a table are looked at
_MOST_FOOTNOTES = 50

_NOTE = re.compile(
    r"[-_=*\s]*(foot)?(notes?|source|sources|quellen?|stand|anmerkung(en)?|hinweise?|nota|notas|fuentes?|fonte|lecture"
    r"|champ|data (from|source)|downloaded|last updated|copyright|legend|©|\(c\)|[-_=*]{2,}|\(\d+ rows?\))",
    re.IGNORECASE,
)

_SUMS = re.compile(
    r"(grand |sub-?|over)?(total|all)s?( general| général)?|sum(s|me|men|ma)?|Σ|(zwischen|gesamt)summen?|(ins)?gesamt"
    r"|sommes?|sumas?|totale|totaal|totalt|((sub-?|grand )?total|sum|summe|gesamt) .{1,30}",
    re.IGNORECASE,
)
_MEANS = re.compile(
    r"(grand |overall )?(mean|average|avg\.?)( .{1,30})?|mittelwerte?|durchschnitt|moyenne|media|promedio",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OddRow:
    """A row that is no data."""

    #: of the first byte behind a row of units, of the first byte of a row of sums; None of one that may be data
    position: int | None
    note: str


def summing_row(frame: pd.DataFrame, content: bytes | None, separator: str) -> OddRow | None:
    """Return the last row where it has the sums, or the means, of the others.

    ``content`` is the text that the frame was read from; None where it was none. Where the row is only called so,
    it is said and has no position.
    """
    if len(frame) <= _FEW_ROWS:
        return None
    empty = _empty_rows(frame)
    if empty:
        position = _last_rows(content, separator, frame.shape[1], empty) if content is not None else len(frame) - empty
        last = "the last row is" if empty == 1 else f"the last {empty:,} rows are"
        them = agreeing(empty, "it", "them")
        left_out = "left out" if position is not None else f"trained on like the others; remove {them} from the file"
        return OddRow(position, f"{last} empty and {left_out}")
    notes = _footnotes(frame)
    if notes:
        return _below_the_table(frame, notes, content, separator)
    label, means = _label(frame, len(frame) - 1)
    below = next((rows for rows in range(1, _FEW_ROWS) if not _label(frame, len(frame) - 1 - rows)[0]), _FEW_ROWS)
    same, other = _compared(frame, below, means)
    called = f"the last row, {shown(label)}," if label else "the last row"
    what = "means" if means else "sums"
    if len(same) < (1 if label else 2) or other > (len(same) if label else 0):
        if not label:
            return None
        return OddRow(
            None,
            f"{called} is trained on like the others, though it is called like {what}; remove it from the file if it "
            "is no row of data",
        )
    position = _last_rows(content, separator, frame.shape[1], 1) if content is not None else len(frame) - 1
    why = f"{called} has the {what} of the others in {listed(map(shown, same), 4)}"
    if position is None:
        return OddRow(None, f"{why}; it is trained on like the others, so remove it from the file")
    return OddRow(position, f"{why}; it is no data and left out")


def sums_word(text: str) -> str:
    """Return ``sums`` or ``means`` of a word by which people call a row of them; nothing of another word."""
    word = text.strip().rstrip(":").strip()
    return "sums" if _SUMS.fullmatch(word) else "means" if _MEANS.fullmatch(word) else ""


def _footnotes(frame: pd.DataFrame) -> list[str]:
    """Return the texts of last rows that have none but in their first cell, as no other row has."""
    found: list[str] = []
    if frame.shape[1] < _FEWEST_COLUMNS:
        return found
    for first in frame.iloc[: -_MOST_FOOTNOTES - 1 : -1, 0]:
        row = len(frame) - 1 - len(found)
        if row < _FEW_ROWS or not isinstance(first, str) or not bool(frame.iloc[row, 1:].isna().all()):
            break
        if (is_placeholder(first) or sums_word(first)) and not found:
            break
        found.insert(0, first.strip())
    filled = frame.iloc[: len(frame) - len(found), 1:].notna().any(axis=1)
    return found if bool(filled.all()) else []


def _below_the_table(frame: pd.DataFrame, notes: list[str], content: bytes | None, separator: str) -> OddRow:
    """Return the footnotes below a table; several rows are sure to be some where they have no cells, or read so."""
    many = len(notes)
    position = len(frame) - many if content is None else _last_rows(content, separator, frame.shape[1], many, 1)
    if many > 1 and position is not None and not any(map(_NOTE.match, notes)):
        below = content[position:].decode(errors="replace") if content is not None else separator
        if any(len(fields) > 1 for fields in csv.reader(io.StringIO(below), delimiter=separator or ",")):
            position = None
    rows = "the last row has" if many == 1 else f"the last {many:,} rows have"
    it, is_ = agreeing(many, "it", "them"), agreeing(many, "it is", "they are")
    what = f"{is_} no data and left out" if position is not None else f"remove {it} from the file if {is_} no data"
    such = shown(notes[0]) + (f" and {counted(many - 1, 'more such text')}" if many > 1 else "")
    return OddRow(position, f"{rows} nothing but {such} in {agreeing(many, 'its', 'their')} first cell; {what}")


def _label(frame: pd.DataFrame, row: int) -> tuple[str, bool]:
    """Return what a row is called where that is a word for sums or means, and whether it is means."""
    for position, cell in enumerate(frame.iloc[row]):
        what = sums_word(cell) if isinstance(cell, str) else ""
        if what and int((frame.iloc[:, position] == cell).sum()) == 1:  # else it is a class or a category
            return cell.strip(), what == "means"
    return "", False


def _compared(frame: pd.DataFrame, below: int, means: bool) -> tuple[list[str], int]:
    """Return the columns whose last number is the sum, or the mean, of those above all such rows, and how many it is
    not.
    """
    same, other = [], 0
    for position, name in enumerate(frame.columns):
        readings = [values for values in _numbers(frame.iloc[:, position]) if np.isfinite(values[-1])]
        found = [_stands_for(values, below, means) for values in readings]
        if True in found:
            same.append(str(name))
        elif False in found:
            other += 1
    return same, other


def _stands_for(values: NDArray[np.float64], below: int, means: bool) -> bool | None:
    """Return whether the last value is the sum, or the mean, of those above; None where that is nothing but zeros."""
    above = values[:-below][np.isfinite(values[:-below])]
    wanted = float(above.mean() if means and len(above) else above.sum())
    if abs(wanted - values[-1]) > _tolerance(float(values[-1])):
        return False
    return True if wanted else None


def _numbers(column: pd.Series[Any]) -> list[NDArray[np.float64]]:
    """Return what numbers a column may be, whatever its decimal mark is; none where its last cell is none."""
    from pandas.api import types

    from shared.datasets.cell_texts.conversions import number_of, numbers_of

    if types.is_bool_dtype(column.dtype) or hasattr(column.dtype, "categories"):
        return []
    if types.is_numeric_dtype(column.dtype):
        return [column.to_numpy(dtype=np.float64, na_value=np.nan)]
    last = column.iloc[-1]
    marks = [mark for mark in ".," if isinstance(last, str) and np.isfinite(number_of(last, mark))]
    return [numbers_of(column.astype(object), mark).to_numpy() for mark in marks]


def _tolerance(value: float) -> float:
    """Return by how much a sum may differ, which was rounded to the digits that it is written with."""
    digits = len(f"{value:.12g}".partition(".")[2])
    return max(0.51 * 10**-digits if digits else 1e-9, 1e-6 * abs(value))


def empty_rows(frame: pd.DataFrame) -> list[str]:
    """Return the note on rows without any value, which stand between the others."""
    if not bool(frame.iloc[:, 0].isna().any()):  # the usual case, at once
        return []
    empty = int(frame.isna().all(axis=1).sum()) - _empty_rows(frame)  # those at the end are said by themselves
    them = agreeing(empty, "it", "them")
    rows = f"{empty:,} {agreeing(empty, 'row has', 'rows have')}"
    return (
        [f"{rows} no value at all, and {agreeing(empty, 'is', 'are')} kept; remove {them} from the file"]
        if empty
        else []
    )


def _empty_rows(frame: pd.DataFrame) -> int:
    """Return how many rows at the end have no value."""
    empty = 0
    while empty < len(frame) - _FEW_ROWS and bool(frame.iloc[-1 - empty].isna().all()):
        empty += 1
    return empty


def _last_rows(content: bytes, separator: str, columns: int, rows: int, fewest: int = 2) -> int | None:
    """Return where the last rows begin; None where that cannot be told, as in quotes over several lines, or where one
    has fewer cells.
    """
    end = len(content)
    for _ in range(rows):
        while end and content[end - 1] in b"\r\n":
            end -= 1
        start = max(content.rfind(b"\n", 0, end), content.rfind(b"\r", 0, end)) + 1
        line = content[start:end]
        fields = next(csv.reader(io.StringIO(line.decode(errors="replace")), delimiter=separator), [])
        if line.count(b'"') % 2 or not start or not fewest <= len(fields) <= columns:
            return None
        end = start
    return end
