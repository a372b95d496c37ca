"""Describing a table by the hash of its content, and storing it once."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.catalog import TaskType
from shared.datasets.tables import EXACT, normalise
from shared.datasets.targets import check_target
from shared.domain import DatasetInfo

if TYPE_CHECKING:
    import pandas as pd


def describe(
    frame: pd.DataFrame, name: str, target: str | None = None, task: TaskType | None = None
) -> tuple[DatasetInfo, bytes]:
    """Return the table's description and its Parquet file. Raises DatasetError if it, or its target, is unfit.

    The hash is of column names, kinds and values in their order, not of the Parquet file, which differs between
    versions. Numbers are hashed as float64, with their type where it is another: scores of a target depend on it.
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
        parquet_hash=hashlib.sha256(parquet).hexdigest(),
        stored_at=datetime.now(UTC),
    )
    return info, parquet


def _kind(column: pd.Series[Any]) -> str:
    return "category" if column.dtype == "category" else "number"


def _hash(frame: pd.DataFrame, kinds: dict[str, str]) -> str:
    digest = hashlib.sha256()
    for name, kind in kinds.items():
        column = frame[name]
        categories = list(column.cat.categories) if kind == "category" else []
        digest.update(json.dumps([name, kind, len(frame), categories, *_particulars(column)]).encode())
        if kind == "category":
            digest.update(column.cat.codes.to_numpy().astype("<i4").tobytes())
        else:
            numbers = column.to_numpy()
            values = numbers.astype("<f8") + 0.0  # -0.0 is 0.0
            values[np.isnan(values)] = np.nan  # one bit pattern for every NaN
            digest.update(values.tobytes())
            if numbers.dtype == np.int64 and bool((np.abs(values) >= EXACT).any()):
                digest.update(numbers.astype("<i8").tobytes())  # of which floats are the same for several
    return digest.hexdigest()


def _particulars(column: pd.Series[Any]) -> list[str]:
    """Return what else tells columns of the same values apart; nothing of the usual ones."""
    if column.dtype == "category":
        return ["ordered"] if column.cat.ordered else []
    return [] if column.dtype == np.float64 else [str(column.dtype)]
