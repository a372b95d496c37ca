"""Describing a table by the hash of its content, and storing it once."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.catalog import TaskType
from shared.datasets.named import NAMED_DATASETS, load_named
from shared.datasets.tables import normalise
from shared.datasets.targets import check_target
from shared.errors import DatasetError
from shared.ports import DatasetInfo, ResultStore

if TYPE_CHECKING:
    import pandas as pd


def describe(
    frame: pd.DataFrame, name: str, target: str | None = None, task: TaskType | None = None
) -> tuple[DatasetInfo, bytes]:
    """Return the table's description and its Parquet file. Raises DatasetError if it, or its target, is unfit.

    The hash is of column names, kinds and values in their order, not of the Parquet file, which differs between
    versions. Numbers are hashed as float64, as the libraries see them: 1 and 1.0 are one value.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = normalise(frame)
    if target is not None and task is not None:
        check_target(frame, target, task)
    kinds = {str(column): _kind(frame[column]) for column in frame}
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), buffer, compression="zstd")
    parquet = buffer.getvalue()
    info = DatasetInfo(
        content_hash=_hash(frame, kinds),
        name=name,
        rows=len(frame),
        columns=kinds,
        target=target,
        task=task,
        size_bytes=len(parquet),
        stored_at=datetime.now(UTC),
    )
    return info, parquet


def store_named(name: str, store: ResultStore) -> DatasetInfo:
    """Store the named set, unless it is stored, and return its description. Raises DatasetError."""
    known = NAMED_DATASETS.get(name)
    if known is not None:
        for stored in store.datasets():  # what is stored need not be made and hashed again
            if (stored.name, stored.target, stored.rows) == (name, known.target, known.rows):
                return stored
    frame = load_named(name)
    info, parquet = describe(frame, name, NAMED_DATASETS[name].target, NAMED_DATASETS[name].task)
    store.save_dataset(info, parquet)
    return info


def store_frame(
    frame: pd.DataFrame, name: str, store: ResultStore, target: str | None = None, task: TaskType | None = None
) -> DatasetInfo:
    """Store a table of one's own under a name and return its description. Raises DatasetError."""
    if not name.strip():
        raise DatasetError("the data set has no name; give it one")
    if name in NAMED_DATASETS:
        raise DatasetError(f"{name!r} is the name of a built-in data set; choose another")
    info, parquet = describe(frame, name, target, task)
    store.save_dataset(info, parquet)
    return info


def _kind(column: pd.Series[Any]) -> str:
    return "category" if column.dtype == "category" else "number"


def _hash(frame: pd.DataFrame, kinds: dict[str, str]) -> str:
    digest = hashlib.sha256()
    for name, kind in kinds.items():
        column = frame[name]
        categories = list(column.cat.categories) if kind == "category" else []
        digest.update(json.dumps([name, kind, len(frame), categories]).encode())
        if kind == "category":
            digest.update(column.cat.codes.to_numpy().astype("<i4").tobytes())
        else:
            values = column.to_numpy().astype("<f8") + 0.0  # -0.0 is 0.0
            values[np.isnan(values)] = np.nan  # one bit pattern for every NaN
            digest.update(values.tobytes())
    return digest.hexdigest()
