"""Rows below the column names that are no data: units, rules, second names."""

from __future__ import annotations

import re

from shared.datasets.cell_texts.text_kinds import is_placeholder
from shared.datasets.cell_texts.units import is_unit
from shared.datasets.files.csv_layout import CsvLayout, Record, first_records, is_number
from shared.datasets.files.odd_rows import OddRow
from shared.wording import listed, shown

#: a row is told from data by so many others
_FEW_ROWS = 3
#: a column is one of numbers where so many of its filled cells are
_MOSTLY = 0.9
#: the longest text that is a unit or a type
_LONGEST_UNIT = 20
#: second names are those of so many columns of numbers, else it may be a row with a word in its one number
_NUMBERS = 2

_RULE = re.compile(r"[-=:+_\s|]*(--|==|__|\+-|:-)[-=:+_\s|]*")


def row_below_names(content: bytes, layout: CsvLayout) -> OddRow | None:
    """Return the row below the column names where it is none of data; without a position where that is not sure."""
    records = first_records(content, layout.start, layout.separator)
    if len(records) <= _FEW_ROWS:
        return None
    return _rule(records) or _name_of_labels(records, layout) or _units_row(records, layout) or _names(records, layout)


def _rule(records: list[Record]) -> OddRow | None:
    """Return the line of dashes that databases and Markdown draw below the names."""
    cells = [cell.strip() for cell in records[0].fields if cell.strip()]
    if not all(map(_RULE.fullmatch, cells)) or all(not any(each.fields[1:]) for each in records[1:]):
        return None
    return OddRow(records[0].end, f"the row below the column names is a line of {shown(cells[0][:3])} and left out")


def _name_of_labels(records: list[Record], layout: CsvLayout) -> OddRow | None:
    """Return the row in which pandas writes what the nameless first column holds, below names of several levels."""
    first, *others = (cell.strip() for cell in records[0].fields)
    if layout.names[:1] != ("",) or not first or any(others) or is_number(first, layout.separator):
        return None
    if not all(any(cell.strip() for cell in each.fields[1:]) for each in records[1:]):
        return None
    return OddRow(
        records[0].end,
        f"the row below the column names has nothing but {shown(first)}, the name of row labels; it is "
        "no data and left out",
    )


def _units_row(records: list[Record], layout: CsvLayout) -> OddRow | None:
    """Return the row below the column names where it has units, or types, in place of the numbers below it."""
    found: dict[str, str] = {}
    for number, cell in enumerate(map(str.strip, records[0].fields)):
        below = _below(records, number)
        if is_number(cell, layout.separator) or (cell and cell in below and not is_placeholder(cell)):
            return None
        if _are_numbers(below, layout.separator) and cell and not is_placeholder(cell):
            name = layout.names[number] if number < len(layout.names) else ""
            found[name or f"column {number + 1}"] = cell
    sure = [cell for cell in found.values() if is_unit(cell) and not is_placeholder(cell)]
    if not sure or len(sure) * 2 < len(found) or any(len(cell) > _LONGEST_UNIT for cell in found.values()):
        return None
    units = listed((f"{shown(cell)} of {shown(name)}" for name, cell in found.items()), 4)
    return OddRow(
        records[0].end, f"the row below the column names has units and no numbers ({units}); it is no data and left out"
    )


def _names(records: list[Record], layout: CsvLayout) -> OddRow | None:
    """Return the row where it names columns once more: filled with words, each once, above numbers."""
    cells = [cell.strip() for cell in records[0].fields]
    if len(cells) != len(layout.names) or not all(cells) or len({*cells}) < len(cells):
        return None
    if any(is_placeholder(cell) or not re.search(r"[^\W\d_]", cell) for cell in cells):
        return None
    numbers = dict[str, str]()
    for number, (name, cell) in enumerate(zip(layout.names, cells, strict=True)):
        below = _below(records, number)
        if cell in below:
            return None
        if _are_numbers(below, layout.separator):
            numbers[name] = cell
    if not numbers:
        return None
    words = listed((f"{shown(cell)} of {shown(name)}" for name, cell in numbers.items()), 3)
    sure = len(numbers) >= _NUMBERS
    what = "it is no data and left out" if sure else "remove it from the file if it is a second row of names"
    return OddRow(
        records[0].end if sure else None,
        f"the row below the column names has words in the place of numbers ({words}); {what}",
    )


def _below(records: list[Record], number: int) -> list[str]:
    """Return the cells of a column below the row in question."""
    return [record.fields[number].strip() for record in records[1:] if number < len(record.fields)]


def _are_numbers(cells: list[str], separator: str) -> bool:
    filled = [each for each in cells if each and not is_placeholder(each)]
    return bool(filled) and sum(is_number(each, separator) for each in filled) >= _MOSTLY * len(filled)
