"""Which stored table a data set's name and content hash mean, where they do not say the same."""

from __future__ import annotations

from collections.abc import Iterable

from shared.datasets import NAMED_DATASETS
from shared.domain import DatasetInfo, DatasetRef
from shared.wording import shown


def of_hash(content_hash: str | None, stored: Iterable[DatasetInfo]) -> DatasetInfo | None:
    """Return the stored table with this content."""
    return next((info for info in stored if info.content_hash == content_hash), None)


def named_so(name: str, stored: Iterable[DatasetInfo]) -> DatasetInfo | None:
    """Return the table that was stored under this name last."""
    by_name = [info for info in stored if name in info.all_names]
    return max(by_name, key=lambda info: info.all_names[name]) if by_name else None


def is_another(dataset: DatasetRef, stored: Iterable[DatasetInfo]) -> bool:
    """Whether the dataset has the name of a built-in set and the content of another of the stored tables."""
    own = of_hash(dataset.content_hash, stored)
    return dataset.name in NAMED_DATASETS and own is not None and dataset.name not in own.all_names


def contradiction(name: str, content_hash: str | None, stored: Iterable[DatasetInfo]) -> str | None:
    """Return why name and content hash are those of two tables, and the fix; None where they are not."""
    stored = list(stored)
    own, other = of_hash(content_hash, stored), named_so(name, stored)
    if own is None or name in own.all_names:
        return None
    built_in = name in NAMED_DATASETS
    if not built_in and other is None:
        return None
    of_name = f"the built-in set {shown(name)}" if built_in else f"another table, {shown(name)}"
    return (
        f"the content_hash is that of {shown(own.name)} and the name that of {of_name}; "
        f"write name: {own.name}, or remove the content_hash"
    )


def name_note(name: str, content_hash: str | None, stored: Iterable[DatasetInfo]) -> str | None:
    """Return what is to know where the content hash finds a table that the name alone does not; None elsewhere.

    A table of an earlier content has the name too, and one that was renamed has another: both are sweeps that go on.
    """
    stored = list(stored)
    own = of_hash(content_hash, stored)
    if own is None:
        return None
    if name not in own.all_names:
        return f"no data set is stored as {shown(name)}; by its content_hash it is {shown(own.name)}"
    latest = named_so(name, stored)
    if latest is None or latest.content_hash == own.content_hash:
        return None
    return (
        f"{shown(name)} means another table now ({latest.content_hash[:12]}..., stored later); this is the "
        f"earlier one of that name, by its content_hash ({own.content_hash[:12]}...): remove the hash to use the later"
    )
