"""A column of a file as it was found, and what that means for the ways to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from shared.datasets.cell_texts.text_kinds import DateTexts, NumberTexts, in_rows, words_for_missing
from shared.datasets.number_oddities import in_rows_of, mark_warning, marks_of
from shared.datasets.tables import decoded as decoded_bytes
from shared.domain import Reading
from shared.wording import shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Kind = Literal["number", "true or false", "text", "categories", "date", "time of day", "duration", "other"]

CATEGORY_CHOICES: tuple[Reading, ...] = (Reading.NUMBER, Reading.CATEGORY, Reading.LEAVE_OUT)
DATE_CHOICES: tuple[Reading, ...] = (Reading.ORDINAL, Reading.PARTS, Reading.CATEGORY, Reading.LEAVE_OUT)

#: a table of fewer rows tells little of its columns
FEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column of a file as it was found."""

    name: str
    kind: Kind
    missing: int
    distinct: int
    choices: tuple[Reading, ...]
    #: what it is best read as; None where a person must choose
    suggested: Reading | None
    why: str = ""
    warnings: tuple[str, ...] = ()
    numbers: NumberTexts | None = field(default=None, repr=False)
    dates: DateTexts | None = field(default=None, repr=False)
    #: numbers that seem to stand for missing ones -> in how many rows; the last warning is of them
    marks: dict[float, int] | None = field(default=None, repr=False)
    #: texts that seem to -> in how many rows
    blanks: dict[str, int] | None = field(default=None, repr=False)
    #: of the warnings those that are of its numbers, which the table says of itself where it is read as one
    of_numbers: tuple[str, ...] = ()
    #: its place in the file, from 1 on, where the header has no name for it; else 0
    unnamed: int = 0

    @property
    def label(self) -> str:
        """What a list calls it."""
        return f"column {self.unnamed} (no header)" if self.unnamed else self.name

    @property
    def called(self) -> str:
        """What a sentence calls it."""
        return self.label if self.unnamed else f"column {shown(self.name)}"

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to say of it."""
        return not self.why and not self.warnings

    def cautions(self, reading: Reading | None) -> tuple[str, ...]:
        """Return what there is to warn of where the column is read so."""
        return self.warnings[:-1] if reading is Reading.MARKS_MISSING and self.marks else self.warnings

    def own_cautions(self, reading: Reading | None) -> tuple[str, ...]:
        """Return what there is to warn of where the column is read so, and the table does not say of itself."""
        is_number = reading in (Reading.NUMBER, Reading.MARKS_MISSING)
        return tuple(each for each in self.cautions(reading) if not is_number or each not in self.of_numbers)

    def effect(self, reading: Reading | None) -> str:
        """Return what it means to read the column so, and why that is suggested."""
        if reading is None or reading is self.suggested:
            return self.why
        if reading is Reading.MARKS_MISSING and self.marks:
            lost = number_effect(self.numbers) if self.numbers is not None else ""
            return "; ".join(filter(None, (f"{in_rows_of(self.marks)} becomes missing", lost)))
        if reading is Reading.WORDS_MISSING and self.blanks:
            return f"{in_rows(self.blanks)} becomes missing"
        if reading is Reading.NUMBER and self.numbers is not None:
            return number_effect(self.numbers)
        if reading is Reading.NUMBER and self.kind in ("text", "categories"):
            return "what is no number becomes missing"
        if reading in (Reading.ORDINAL, Reading.PARTS) and self.dates is not None and self.dates.others:
            return f"{in_rows(self.dates.others)} becomes missing"
        if reading is Reading.CATEGORY and self.numbers is not None:
            return f"each number is a category of its own; {because(self.numbers)}"
        return f"chosen; {self.why}" if self.suggested is None else "chosen"


def because(numbers: NumberTexts) -> str:
    """Return why mostly numeric text is text."""
    if numbers.reason:
        return numbers.reason
    return f"text because of {in_rows(numbers.others) if numbers.others else 'signs in its numbers'}"


def number_effect(numbers: NumberTexts) -> str:
    """Return what becomes of mostly numeric text that is read as a number."""
    lost = f"{in_rows(numbers.others)} becomes missing" if numbers.others else ""
    return "; ".join(filter(None, (lost, numbers.example)))


def with_marks(seen: SeenColumn, values: NDArray[Any], distinct: NDArray[Any]) -> SeenColumn:
    """Return numbers with the choice to take those for missing that seem to stand for that, where there are any."""
    marks = marks_of(values, distinct)
    if not marks or seen.suggested is not Reading.NUMBER:
        return seen
    choices = (Reading.NUMBER, Reading.MARKS_MISSING, *seen.choices[1:])
    said = mark_warning(marks)
    warnings, of_numbers = (*seen.warnings, said), (*seen.of_numbers, said)
    return replace(seen, choices=choices, warnings=warnings, marks=marks, of_numbers=of_numbers)


def with_words(seen: SeenColumn, counts: Mapping[str, int]) -> SeenColumn:
    """Return categories with the choice to take words such as N/A for missing, where there are any."""
    blanks = words_for_missing(counts)
    if not blanks or len(blanks) == len(counts):
        return seen
    choices = (Reading.CATEGORY, Reading.WORDS_MISSING, *(each for each in seen.choices if each != Reading.CATEGORY))
    why = f"{in_rows(blanks)} is a value, for only an empty cell is missing among texts"
    return replace(seen, choices=choices, why=why, blanks=blanks)


def no_date_warning(found: dict[str, int]) -> tuple[str, ...]:
    if not found:
        return ()
    return (f"has {in_rows(found)}, as what stands for no date; if that is so, empty these cells",)


def decoded(name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    """Return bytes as the UTF-8 text that they are; another column as it is. Raises DatasetError for other bytes."""
    return decoded_bytes(name, column) if infers(column, "bytes") else column


def infers(column: pd.Series[Any], *kinds: str) -> bool:
    """Whether all values of a column of Python's objects are of those kinds, by pandas' names."""
    from pandas.api import types

    return column.dtype == object and types.infer_dtype(column, skipna=True) in kinds
