"""A stored table's description."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.catalog import TaskType
from shared.domain.record import Record


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
    task: TaskType | None = None
    #: bytes of the Parquet file
    size_bytes: int
    #: under its latest name
    stored_at: datetime
    #: every name that it was stored under -> when it last was; empty in descriptions from before there were several
    names: dict[str, datetime] = Field(default_factory=dict)

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
            }
        )
