"""A stored table's description."""

from __future__ import annotations

from datetime import datetime

from shared.catalog import TaskType
from shared.domain.record import Record


class DatasetInfo(Record):
    """A stored table's description."""

    content_hash: str
    name: str
    rows: int
    #: column name -> ``number``, ``category``
    columns: dict[str, str]
    #: the suggested target and task, where the source names them
    target: str | None = None
    task: TaskType | None = None
    #: bytes of the Parquet file
    size_bytes: int
    stored_at: datetime
