"""A stored table's description."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.catalog import TaskType
from shared.domain.record import Record, known_or_none, known_values


class Reading(StrEnum):
    """What a column of a file is read as."""

    NUMBER = "number"
    CATEGORY = "category"
    #: a date or time as how much of it has passed, in days or seconds
    ORDINAL = "ordinal"
    #: a date or time as columns of year, month, day, weekday, hour, minute, second
    PARTS = "parts"
    #: a number, but missing where it is one that stands for a missing value, such as -999
    MARKS_MISSING = "marks-missing"
    #: a category, but missing where it is a word that stands for a missing value, such as N/A
    WORDS_MISSING = "words-missing"
    LEAVE_OUT = "leave-out"


class Source(Record):
    """The uploaded file that a table was read from, and how."""

    #: the SHA-256 of its content, by which the store keeps it
    upload_hash: str
    filename: str
    #: of each of its columns, by its name
    readings: Annotated[dict[str, Reading], known_values(Reading)]
    #: the column of the table without whose value a row was left out, which is its target; None where none was
    filled: str | None = None


class DatasetInfo(Record):
    """A stored table's description."""

    content_hash: str
    #: the latest of its names
    name: str
    rows: int
    #: column name -> ``number``, ``category``
    columns: dict[str, str]
    #: the suggested target and task, where the source names them
    target: str | None = None
    task: Annotated[TaskType | None, known_or_none(TaskType)] = None
    #: bytes of the Parquet file
    size_bytes: int
    #: the SHA-256 of the Parquet file; None in descriptions from before it was kept
    parquet_hash: str | None = None
    #: under its latest name
    stored_at: datetime
    #: every name that it was stored under -> when it last was; empty in descriptions from before there were several
    names: dict[str, datetime] = Field(default_factory=dict)
    #: where it was uploaded as a file that is kept, the latest of those that gave this very table
    source: Source | None = None

    @property
    def all_names(self) -> dict[str, datetime]:
        """Every name that it was stored under -> when it last was."""
        return self.names or {self.name: self.stored_at}

    def stored_again(self, other: DatasetInfo) -> DatasetInfo:
        """Return the description of this table once it is stored again as ``other`` says: it keeps its names."""
        return self.model_copy(
            update={
                "name": other.name,
                "stored_at": other.stored_at,
                "names": {**self.all_names, **other.all_names},
                "target": other.target or self.target,
                "task": other.task or self.task,
                "source": other.source or self.source,
            }
        )
