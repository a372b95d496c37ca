"""How a CSV file is laid out: its separator, its header and where its rows begin."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.errors import DatasetError
from shared.wording import counted, shown

_SEPARATORS = (",", ";", "\t", "|")
_CALLED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

#: what else may stand between values, which is not read
_OTHER_SEPARATORS = {"blanks": r"[ \xa0]+", "colons": ":", "the sign ^": r"\^", "the sign ~": "~"}

#: how much is looked at: so many records, or so many bytes and at least so many records
_MOST_RECORDS, _MOST_BYTES, _FEWEST_RECORDS = 200, 2**20, 3

#: lines above the header that are looked over
_MOST_ABOVE = 30

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?\d+(,\d+)?([eE][+-]?\d+)?")
_YEAR = re.compile(r"(1[89]|20)\d\d")
_SEP_LINE = re.compile(rb'"?sep=(.)"?[ \t]*\r?\n', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """Where a table is in a file."""

    separator: str
    #: of the columns, without blanks around them; empty where there is none
    names: tuple[str, ...]
    #: of the first row, in bytes
    start: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    fields: tuple[str, ...]
    #: of what follows it, in bytes
    end: int

    @property
    def filled(self) -> int:
        return sum(1 for field in self.fields if field.strip())


@dataclass(frozen=True, slots=True)
class _Fit:
    """A separator under which the header and the rows below it have one number of fields."""

    separator: str
    above: tuple[Record, ...]
    header: Record
    rows: tuple[Record, ...]

    @property
    def share_of_numbers(self) -> float:
        fields = [field for row in self.rows for field in row.fields]
        return sum(is_number(field, self.separator) for field in fields) / max(1, len(fields))


def is_number(field: str, separator: str) -> bool:
    """Whether a field is a number, with a decimal comma where commas do not separate."""
    field = field.strip()
    return bool(_NUMBER.fullmatch(field) or (separator != "," and _COMMA_NUMBER.fullmatch(field)))


def csv_layout(content: bytes) -> CsvLayout:
    """Return the layout of a UTF-8 text. Raises DatasetError, without the file's name, where it cannot be told."""
    start = len(content) - len(content.lstrip(b"\r\n"))
    notes = []
    given = _SEP_LINE.match(content, start)
    if given:
        start = given.end()
        notes.append(f"its first line, {given.group().decode(errors='replace').strip()}, names the separator")
    separators = (given[1].decode(errors="replace"),) if given else _SEPARATORS
    sampled = {separator: first_records(content, start, separator) for separator in separators}
    fits = [fit for separator, records in sampled.items() if (fit := _fit(separator, records)) is not None]
    fits = [fit for fit in fits if _is_named(fit)] or fits  # a decimal comma may split the rows, below names as a title
    fit = _best(fits) if fits else _loose(sampled)
    if fit is None:
        only = next(iter(sampled.values()))
        _refuse_other_separators(only)
        return CsvLayout(separators[0], _names(only[0]) if only else (), only[0].end if only else start, tuple(notes))
    if fit.above:
        what = "comment" if all(record.fields[0].lstrip().startswith("#") for record in fit.above) else "title"
        lines = counted(len(fit.above), f"{what} line")
        notes.append(f"{lines} above the column names left out: {shown(' '.join(fit.above[0].fields).strip())}")
    _refuse_values(fit)
    return CsvLayout(fit.separator, _names(fit.header), fit.header.end, tuple(notes))


def first_records(content: bytes, start: int, separator: str) -> list[Record]:
    """Return the first records that are not blank; a record may span lines, in quotes."""
    file = io.BytesIO(content)
    file.seek(start)

    def lines() -> Iterator[str]:
        while line := file.readline():
            yield line.decode(errors="replace")

    records: list[Record] = []
    try:
        for fields in csv.reader(lines(), delimiter=separator, skipinitialspace=True):
            if any(field.strip() for field in fields):
                records.append(Record(tuple(fields), file.tell()))
            large = file.tell() - start > _MOST_BYTES and len(records) >= _FEWEST_RECORDS
            if large or len(records) >= _MOST_RECORDS:
                break
    except csv.Error:  # a quote that is not closed, which pandas tells better
        return records
    return records


def _fit(separator: str, records: list[Record]) -> _Fit | None:
    for number, header in enumerate(records[:_MOST_ABOVE]):
        width = len(header.fields)
        above, rows = tuple(records[:number]), _above_footnotes(records[number + 1 :], width)
        if width > 2 and header.filled == 1 and any(row.filled > 1 for row in rows) and not _names_last(header, rows):
            continue  # a title in a spreadsheet's first cell
        if width > 1 and all(len(row.fields) == width for row in rows):
            is_above = all(_stands_above(record, header, separator) for record in above)
            return _Fit(separator, above, header, rows) if is_above and (rows or not above) else None
    return None


def _above_footnotes(records: list[Record], width: int) -> tuple[Record, ...]:
    """Return the rows without the notes below a table, which have one cell."""
    end = len(records)
    while end > _FEWEST_RECORDS and width > 1 and len(records[end - 1].fields) == 1:
        end -= 1
    return tuple(records[:end])


def _names_last(header: Record, rows: tuple[Record, ...]) -> bool:
    """Whether only the last column has a name, above rows of values that numbers begin, as row labels do."""
    if not header.fields[-1].strip():
        return False
    return all(bool(_NUMBER.fullmatch(row.fields[0].strip())) for row in rows)


def _stands_above(record: Record, header: Record, separator: str) -> bool:
    """Whether a record is a title or a comment of the table below it, not the names of fewer columns."""
    if record.filled <= 1 or record.fields[0].lstrip().startswith("#"):
        return True
    names = [field.strip() for field in header.fields]
    while names and not names[-1]:  # each line may end in a separator
        names.pop()
    values = any(is_number(name, separator) and not _YEAR.fullmatch(name) for name in names)
    return record.filled < len(names) and all(names) and not values


def _is_named(fit: _Fit) -> bool:
    """Whether none of its column names begins as a number does; years may be names."""
    names = [field.strip() for field in fit.header.fields]
    return not any(re.match(r"[-+−]?[.,]?\d", name) and not _YEAR.fullmatch(name) for name in names)


def _best(fits: list[_Fit]) -> _Fit:
    """Return the fit whose fields are numbers. Raises DatasetError where several are alike."""
    fits = sorted(fits, key=lambda fit: (fit.share_of_numbers, -len(fit.above)), reverse=True)
    if len(fits) > 1 and fits[0].share_of_numbers == fits[1].share_of_numbers and fits[0].rows:
        one, other = fits[0].separator, fits[1].separator
        raise DatasetError(
            f"may be separated by {_CALLED[one]} or by {_CALLED[other]}; put a first line sep={one} or sep={other} "
            "above the column names to say which"
        )
    return fits[0]


def _loose(sampled: dict[str, list[Record]]) -> _Fit | None:
    """Return what fits the header and the most rows, for pandas to say which row is wrong."""
    found = [
        _Fit(separator, (), records[0], tuple(records[1:]))
        for separator, records in sampled.items()
        if records and len(records[0].fields) > 1
    ]
    return max(found, key=_agreement, default=None)


def _refuse_other_separators(records: list[Record]) -> None:
    """Raise DatasetError where blanks, or another sign, seem to stand between values."""
    lines = [",".join(record.fields).strip() for record in records]
    for what, between in _OTHER_SEPARATORS.items():
        sizes = {len(re.split(between, line)) for line in lines}
        if len(lines) > 1 and len(sizes) == 1 and sizes != {1}:
            raise DatasetError(
                f"has one column only, whose values seem to have {what} between them; put commas, semicolons, tabs or "
                "bars there"
            )


def _agreement(fit: _Fit) -> tuple[float, float, int]:
    width = len(fit.header.fields)
    same = sum(len(row.fields) == width for row in fit.rows) / max(1, len(fit.rows))
    return same, fit.share_of_numbers, width


def _names(header: Record) -> tuple[str, ...]:
    names = tuple(re.sub(r"\s*[\r\n]+\s*", " ", name).strip() for name in header.fields)
    twice = next((name for name in names if name and names.count(name) > 1), None) if _has_twice(names) else None
    if twice is not None:  # pandas would rename it silently
        raise DatasetError(f"column {shown(twice)} occurs more than once; rename or remove one of them")
    return names


def _has_twice(names: tuple[str, ...]) -> bool:
    filled = [name for name in names if name]
    return len(set(filled)) < len(filled)


def _refuse_values(fit: _Fit) -> None:
    """Raise DatasetError where the first record holds values: the file has no column names."""
    fields = [field.strip() for field in fit.header.fields]
    if not fit.rows or _counts_on(fields) or _are_numbered(fields, fit):
        return
    again = next((row for row, each in enumerate(fit.rows, 1) if [cell.strip() for cell in each.fields] == fields), 0)
    if again and not any(is_number(field, fit.separator) for field in fields):
        raise DatasetError(f"has its column names a second time, in row {again:,} below them; remove that row")
    evidence = 0
    for field, column in zip(fields, zip(*(row.fields for row in fit.rows), strict=False), strict=False):
        below = [value.strip() for value in itertools.islice(column, _MOST_RECORDS) if value.strip()]
        if is_number(field, fit.separator):
            evidence += bool(below) and all(is_number(value, fit.separator) for value in below)
        else:
            evidence += field in below
    if evidence * 2 >= len(fields):
        raise DatasetError(
            f"has no column names: its first line holds values ({shown(fit.separator.join(fields))}); put a line with "
            "a name for each column above it"
        )


def _are_numbered(fields: list[str], fit: _Fit) -> bool:
    """Whether the names are numbers from 0 or 1 on, or years, beside words that come nowhere below."""
    numbers = [field for field in fields if is_number(field, fit.separator)]
    words = {field: number for number, field in enumerate(fields) if field and field not in numbers}
    if not words or not _counts_on(numbers) or not (numbers[0] in ("0", "1") or all(map(_YEAR.fullmatch, numbers))):
        return False
    below = (row.fields[number].strip() == word for word, number in words.items() for row in fit.rows)
    return not any(below)


def _counts_on(fields: list[str]) -> bool:
    """Whether the names are whole numbers in a row, such as years."""
    if not all(re.fullmatch(r"\d+", field) for field in fields if field):
        return False
    numbers = [int(field) for field in fields if field]
    return len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
