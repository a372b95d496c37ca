"""Storing tables, and binding a spec to a stored one."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from shared.catalog import TaskType
from shared.catalog.model import Severity
from shared.catalog.validation import Issue
from shared.datasets import (
    NAMED_DATASETS,
    check_target,
    class_counts,
    describe,
    load_named,
    read_frame,
    table_warnings,
    zeros_of,
)
from shared.datasets.table_warnings import summary
from shared.domain import Action, Actor, DatasetInfo, DatasetRef, Source, SweepSpec
from shared.errors import DatasetError, FieldError, InvalidSpec, RecordRefused
from shared.operations.actions import authorise
from shared.operations.meant_tables import contradiction, name_note, named_so, of_hash
from shared.planning.table_rules import positive_class_of, table_issues
from shared.ports import Store, Tables
from shared.wording import closest, listed, shown, unseen_sign

if TYPE_CHECKING:
    import pandas as pd

#: digits of a hash that are no name, and those that may be one, such as a year
_LIKE_HASH = re.compile(r"[0-9a-fA-F]{12,}")
_SHORT_HASH = re.compile(r"[0-9a-fA-F]{4,}")

#: of what is odd about columns
_MOST_SAID = 6

#: the most characters of a data set's name, as in a spec
MAX_NAME = 200


def store_named(name: str, store: Tables) -> DatasetInfo:
    """Store the named set, unless it is stored, and return its description. Raises DatasetError."""
    known = NAMED_DATASETS.get(name)
    if known is not None:
        for stored in store.datasets():  # what is stored need not be made and hashed again
            if (name in stored.all_names, stored.target, stored.rows) == (True, known.target, known.rows):
                return stored
    frame = load_named(name)
    return _save(*describe(frame, name, NAMED_DATASETS[name].target, NAMED_DATASETS[name].task), store)


def store_frame(
    frame: pd.DataFrame,
    name: str,
    store: Store,
    target: str | None = None,
    task: TaskType | None = None,
    *,
    source: Source | None = None,
    by: Actor | None = None,
) -> DatasetInfo:
    """Store a table of one's own under a name and return its description. Raises NotAllowed and DatasetError.

    A table that is stored gets the name beside those that it has, and is from now on what the name means.
    """
    permit = authorise(Action.STORE_DATASET, store, by)
    name = checked_name(name)
    info, parquet = describe(frame, name, target, task)
    refuse_hash_of_another(name, info.content_hash, store)
    known = of_hash(info.content_hash, store.datasets())
    info = _save(info.model_copy(update={"source": source}), parquet, store)
    permit.done(info.content_hash, known.name if known else "", name)
    return info


def checked_name(name: str) -> str:
    """Return a name that a table of one's own may have, without the blanks around it. Raises DatasetError."""
    name = name.strip()
    if not name:
        raise DatasetError("the data set has no name; give it one")
    if len(name) > MAX_NAME:
        raise DatasetError(f"the name of the data set has {len(name):,} characters, more than {MAX_NAME}; shorten it")
    unseen = unseen_sign(name)
    if unseen:
        raise DatasetError(f"the name {name[:40]!a} has {unseen}; remove it")
    built_in = next((each for each in NAMED_DATASETS if each.casefold() == name.casefold()), None)
    if built_in is not None:
        spelt = "" if built_in == name else f", {built_in!r}"
        raise DatasetError(f"{name!r} is the name of a built-in data set{spelt}; choose another")
    if _LIKE_HASH.fullmatch(name):
        raise DatasetError(f"the name {shown(name)} looks like the beginning of a content hash; choose another")
    return name


def refuse_hash_of_another(name: str, content_hash: str, store: Tables) -> None:
    """Raise DatasetError where the name of one table is how the content hash of another begins."""
    if not _SHORT_HASH.fullmatch(name):
        return
    for info in store.datasets():
        if info.content_hash.startswith(name.lower()) and info.content_hash != content_hash:
            raise DatasetError(
                f"the content hash of another data set, {shown(info.name)}, begins with the name {shown(name)}, which "
                "would find either; choose another"
            )


def _save(info: DatasetInfo, parquet: bytes, store: Tables) -> DatasetInfo:
    """Return the description as it is stored."""
    stored = of_hash(info.content_hash, store.datasets())
    try:
        store.save_dataset(stored.stored_again(info) if stored else info, parquet)
    except RecordRefused as error:
        raise DatasetError(f"the data set {info.name} is too large: {error}; store fewer columns or rows") from error
    return of_hash(info.content_hash, store.datasets()) or info


class Bound(NamedTuple):
    """A spec with the table that it is about."""

    spec: SweepSpec
    #: the target's two classes as they sort; none of another task
    classes: tuple[str, ...]

    @property
    def positive_class(self) -> str | None:
        """The class that F1 and class weights speak of, where there is one."""
        return self.spec.positive_class or (self.classes[-1] if self.classes else None)


def bind_dataset(spec: SweepSpec, store: Tables, warnings: list[Issue] | None = None) -> Bound:
    """Return the spec bound to a stored table that fits it, storing a named set if need be.

    A positive class that is the default is left out: it declares the same trials. What is odd about the grid on this
    table is added to ``warnings``. Raises DatasetError, and InvalidSpec where no point of the grid can be trained on
    the table, or the positive class is none of the target's.
    """
    dataset_hash = _stored_hash(spec.dataset, store)
    target = spec.dataset.target
    info, parquet = store.load_dataset(dataset_hash)
    _check_columns(spec, info.name, info.columns)
    column = read_frame(parquet, columns=[target])
    spec, classes = _with_classes(spec, column)
    issues = table_issues(spec, info.columns, classes, info.rows, zeros_of(column[target]))
    errors = [FieldError(issue.field, issue.message) for issue in issues if issue.is_error]
    if errors:
        raise InvalidSpec(errors)
    if warnings is not None:
        note = name_note(spec.dataset.name, spec.dataset.content_hash, store.datasets())
        warnings += [Issue("dataset.name", note, Severity.WARNING)] if note else []
        warnings.extend(issues)
        if info.name not in NAMED_DATASETS:
            warnings.extend(_odd_columns(read_frame(parquet), target))
    return Bound(spec.with_dataset_hash(dataset_hash), tuple(classes))


def check_declared(spec: SweepSpec, frame: pd.DataFrame) -> SweepSpec:
    """Return the spec with its positive class as the table has it, and None for the default.

    Raises DatasetError and InvalidSpec where target, task or positive class are none of the table's, or it is a
    built-in set with another content than the spec's.
    """
    dataset = spec.dataset
    known = NAMED_DATASETS.get(dataset.name)
    if known is not None and dataset.content_hash is not None:
        here, _ = describe(frame, dataset.name, known.target, known.task)
        if here.content_hash != dataset.content_hash:
            raise DatasetError(_differs(dataset))
    _check_columns(spec, spec.dataset.name, [str(name) for name in frame.columns])
    return _with_classes(spec, frame[[spec.dataset.target]])[0]


def _check_columns(spec: SweepSpec, name: str, columns: Collection[str]) -> None:
    target = spec.dataset.target
    if target not in columns:
        meant = closest(target, list(columns))
        hint = f"did you mean {meant!r}? " if meant else ""
        raise DatasetError(f"data set {name} has no column {shown(target)}; {hint}its columns are {listed(columns)}")
    if len(columns) < 2:
        raise DatasetError(f"data set {name} has no feature beside the target {target!r}")


def _with_classes(spec: SweepSpec, column: pd.DataFrame) -> tuple[SweepSpec, dict[str, int]]:
    """Return the spec with its positive class as the target has it, and of two classes their rows."""
    target = spec.dataset.target
    check_target(column, target, spec.dataset.task, spec.folds)
    classes = class_counts(column, target) if spec.dataset.task is TaskType.BINARY else {}
    if spec.positive_class is not None:
        spec = spec.model_copy(update={"positive_class": positive_class_of(spec, list(classes))})
    return spec, classes


def stored_meant(dataset: DatasetRef, store: Tables) -> DatasetRef:
    """Return the reference with the content hash of what its name means; as it is where it has one or is built in.

    Raises DatasetError where name and hash contradict each other, or nothing has the name.
    """
    stored = store.datasets()
    contradicts = contradiction(dataset.name, dataset.content_hash, stored)
    if contradicts:
        raise DatasetError(contradicts)
    if dataset.content_hash is not None or dataset.name in NAMED_DATASETS:
        return dataset
    latest = named_so(dataset.name, stored)
    if latest is None:
        raise DatasetError(_unknown(dataset, stored))
    return dataset.model_copy(update={"content_hash": latest.content_hash})


def _odd_columns(frame: pd.DataFrame, target: str) -> list[Issue]:
    said = summary(table_warnings(frame, target))
    if len(said) > _MOST_SAID:
        said[_MOST_SAID:] = [f"and {len(said) - _MOST_SAID:,} more, which the page lists under Columns"]
    return [Issue("dataset", each, Severity.WARNING) for each in said]


def _stored_hash(dataset: DatasetRef, store: Tables) -> str:
    wanted = dataset.content_hash
    stored = store.datasets()  # the newest first
    contradicts = contradiction(dataset.name, wanted, stored)
    if contradicts:
        raise DatasetError(contradicts)
    if wanted and any(info.content_hash == wanted for info in stored):
        return wanted
    if dataset.name in NAMED_DATASETS:
        found = store_named(dataset.name, store).content_hash
        if wanted and found != wanted:
            raise DatasetError(_differs(dataset))
        return found
    latest = named_so(dataset.name, stored)
    if wanted or latest is None:
        raise DatasetError(_unknown(dataset, stored))
    return latest.content_hash


def _differs(dataset: DatasetRef) -> str:
    return f"{dataset.name} here differs from the one of the spec; remove its content_hash"


def _unknown(dataset: DatasetRef, stored: list[DatasetInfo]) -> str:
    own = list(dict.fromkeys(name for info in stored for name in info.all_names if name not in NAMED_DATASETS))
    if dataset.content_hash:
        return (
            f"no stored data set has the content_hash {dataset.content_hash[:12]}... of {dataset.name!r}; store the "
            f"table, or remove the content_hash to use what is stored as {dataset.name!r}"
        )
    meant = closest(dataset.name, [*own, *NAMED_DATASETS])
    hint = f"did you mean {meant!r}? " if meant else ""
    stored_ones = f"stored are {listed(own)}; " if own else ""
    return (
        f"no stored data set named {dataset.name!r}; {hint}{stored_ones}built in are {', '.join(NAMED_DATASETS)}; "
        "`python -m shared store FILE` stores another"
    )


def table_cells(spec: SweepSpec, store: Tables) -> int:
    """Return the size of the spec's table, rows × columns."""
    for info in store.datasets():
        if info.content_hash == spec.dataset.content_hash:
            return info.rows * len(info.columns)
    raise DatasetError(f"the data set {spec.dataset.name} is no longer stored; launch the spec as a new sweep")
