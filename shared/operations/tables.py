"""Storing tables, and binding a spec to a stored one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.catalog import TaskType
from shared.datasets import NAMED_DATASETS, check_target, describe, load_named, read_frame
from shared.domain import Actor, DatasetInfo, DatasetRef, SweepSpec
from shared.errors import DatasetError
from shared.operations.actions import note_action
from shared.ports import Tables

if TYPE_CHECKING:
    import pandas as pd


def store_named(name: str, store: Tables) -> DatasetInfo:
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
    frame: pd.DataFrame,
    name: str,
    store: Tables,
    target: str | None = None,
    task: TaskType | None = None,
    *,
    by: Actor | None = None,
) -> DatasetInfo:
    """Store a table of one's own under a name and return its description. Raises DatasetError."""
    if not name.strip():
        raise DatasetError("the data set has no name; give it one")
    if name in NAMED_DATASETS:
        raise DatasetError(f"{name!r} is the name of a built-in data set; choose another")
    info, parquet = describe(frame, name, target, task)
    store.save_dataset(info, parquet)
    note_action("stored", info.content_hash, by)
    return info


def bind_dataset(spec: SweepSpec, store: Tables) -> SweepSpec:
    """Return the spec bound to a stored table that fits it, storing a named set if need be. Raises DatasetError."""
    dataset_hash = _stored_hash(spec.dataset, store)
    target = spec.dataset.target
    info, parquet = store.load_dataset(dataset_hash)
    if target not in info.columns:
        raise DatasetError(f"data set {info.name} has no column {target!r}; its columns are {', '.join(info.columns)}")
    if len(info.columns) < 2:
        raise DatasetError(f"data set {info.name} has no feature beside the target {target!r}")
    check_target(read_frame(parquet, columns=[target]), target, spec.dataset.task, spec.folds)
    return spec.with_dataset_hash(dataset_hash)


def _stored_hash(dataset: DatasetRef, store: Tables) -> str:
    wanted = dataset.content_hash
    stored = store.datasets()  # the newest first
    if wanted and any(info.content_hash == wanted for info in stored):
        return wanted
    if dataset.name in NAMED_DATASETS:
        found = store_named(dataset.name, store).content_hash
        if wanted and found != wanted:
            raise DatasetError(f"{dataset.name} here differs from the one of the spec; remove its content_hash")
        return found
    by_name = [info.content_hash for info in stored if info.name == dataset.name]
    if wanted or not by_name:
        which = f"with the content_hash of {dataset.name!r}" if wanted else f"named {dataset.name!r}"
        raise DatasetError(f"no stored data set {which}; upload it first, or choose one of {', '.join(NAMED_DATASETS)}")
    return by_name[0]


def table_cells(spec: SweepSpec, store: Tables) -> int:
    """Return the size of the spec's table, rows × columns."""
    for info in store.datasets():
        if info.content_hash == spec.dataset.content_hash:
            return info.rows * len(info.columns)
    raise DatasetError(f"the data set {spec.dataset.name} is no longer stored; launch the spec as a new sweep")
