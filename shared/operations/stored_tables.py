"""The stored tables: which sweeps use them, finding, renaming and deleting one."""

from __future__ import annotations

from collections.abc import Iterable

from shared.datasets import NAMED_DATASETS
from shared.domain import Action, Actor, DatasetInfo, Sweep
from shared.errors import DatasetError, SweepNotFound
from shared.operations.actions import authorise
from shared.operations.meant_tables import named_so
from shared.operations.tables import checked_name, refuse_hash_of_another
from shared.operations.uploads import forget_upload
from shared.ports import Store, SweepLedger, Tables
from shared.wording import agreeing, closest, counted, listed, shown

#: digits of a hash that tell it from a name that somebody gave
_SHORTEST_HASH = 4


def dataset_users(ledger: SweepLedger) -> dict[str, list[Sweep]]:
    """Return the content hash of each table that sweeps use -> those sweeps, the newest first."""
    users: dict[str, list[Sweep]] = {}
    for summary in ledger.summaries():
        if summary.sweep.spec.dataset.content_hash:
            users.setdefault(summary.sweep.spec.dataset.content_hash, []).append(summary.sweep)
    return users


def find_dataset(which: str, store: Tables) -> DatasetInfo:
    """Return the stored table of that name, or whose content hash so begins. Raises DatasetError."""
    stored = store.datasets()
    named = named_so(which.strip(), stored)
    start = which.strip().lower()
    found = [info for info in stored if len(start) >= _SHORTEST_HASH and info.content_hash.startswith(start)]
    others = [info for info in found if named is not None and info.content_hash != named.content_hash]
    if named is not None and others:
        raise DatasetError(
            f"{shown(which)} is the name of one data set ({named.content_hash[: len(start) + 12]}...) and begins the "
            f"content hash of another ({others[0].content_hash[: len(start) + 12]}..., {others[0].name}); "
            "write more of the hash that you mean"
        )
    if named is not None:
        return named
    if len(found) > 1:
        raise DatasetError(
            f"{shown(which)} begins the content hash of {len(found)} data sets: "
            f"{listed(f'{info.content_hash[: len(start) + 6]}... ({info.name})' for info in found)}; write more of it"
        )
    if found:
        return found[0]
    names = list(dict.fromkeys(name for info in stored for name in info.all_names))
    meant = closest(which, names)
    hint = f"did you mean {meant!r}? " if meant else ""
    there = f"stored are {listed(names)}" if names else "none is stored"
    raise DatasetError(f"no stored data set has the name or the content hash {shown(which)}; {hint}{there}")


def find_sweep(which: str, ledger: SweepLedger) -> Sweep:
    """Return the sweep of that id, or the one whose id so begins. Raises SweepNotFound."""
    try:
        return ledger.sweep(which)
    except SweepNotFound:
        sweeps = {summary.sweep.sweep_id: summary.sweep for summary in ledger.summaries()}
    found = [sweep_id for sweep_id in sweeps if which and sweep_id.startswith(which)]
    unread = [each.sweep_id for each in ledger.unread_sweeps() if which and each.sweep_id.startswith(which)]
    if len(found + unread) == 1:
        return sweeps[found[0]] if found else ledger.sweep(unread[0])  # which says why it cannot be read
    found += unread
    if found:
        raise SweepNotFound(f"{shown(which)} begins the ids of {len(found)} sweeps: {listed(found)}; write more of it.")
    meant = closest(which, list(sweeps))
    hint = f" Did you mean {meant}?" if meant else ""
    raise SweepNotFound(f"There is no sweep {which}.{hint}")


def named_in(info: DatasetInfo) -> list[str]:
    """Return the names that people gave a table, the latest first; none of a built-in set."""
    names = sorted(info.all_names, key=info.all_names.__getitem__, reverse=True)
    return [name for name in names if name not in NAMED_DATASETS]


def rename_dataset(which: str, name: str, store: Store, *, by: Actor | None = None) -> DatasetInfo:
    """Give the table another name in the place of the one by which it was found, or of its latest; return it.

    Sweeps find it by its content, under whatever name. Raises NotAllowed and DatasetError.
    """
    permit = authorise(Action.RENAME_DATASET, store, by)
    info, name = find_dataset(which, store), checked_name(name)
    own = named_in(info)
    if not own or which.strip() in NAMED_DATASETS:
        raise DatasetError(f"{info.name!r} is a built-in data set, which keeps its name")
    old = which.strip() if which.strip() in own else own[0]
    refuse_hash_of_another(name, info.content_hash, store)
    other = next((each for each in store.datasets() if name in each.all_names and each != info), None)
    if other is not None:
        raise DatasetError(f"{name!r} is the name of another data set ({other.content_hash[:12]}...); choose another")
    names = {(name if each == old else each): at for each, at in info.all_names.items()}
    # of two names that become one the later time stands
    names[name] = max(info.all_names.get(name, info.all_names[old]), info.all_names[old])
    renamed = info.model_copy(update={"names": names, "name": max(names, key=names.__getitem__)})
    if not store.describe_dataset(renamed):
        raise DatasetError(f"{old!r} was deleted meanwhile")
    permit.done(info.content_hash, old, name)
    return renamed


def delete_dataset(which: str, store: Store, *, by: Actor | None = None) -> DatasetInfo:
    """Delete a table under all its names and return what it was.

    Raises NotAllowed, and DatasetError where a sweep uses it.
    """
    permit = authorise(Action.DELETE_DATASET, store, by)
    info = find_dataset(which, store)
    _refuse_used(info, store)
    kept = store.load_dataset(info.content_hash)
    store.delete_dataset(info.content_hash)
    try:
        _refuse_used(info, store)  # a launch that had found the table may have saved its sweep meanwhile
    except DatasetError:
        store.save_dataset(*kept)
        raise
    forget_upload(info.source, store)
    permit.done(info.content_hash, ", ".join(named_in(info) or info.all_names), "deleted")
    return info


def _refuse_used(info: DatasetInfo, ledger: SweepLedger) -> None:
    users: Iterable[Sweep] = dataset_users(ledger).get(info.content_hash, ())
    # of a sweep that cannot be read it may not even be known which table it uses
    unread = [each.sweep_id for each in ledger.unread_sweeps() if each.dataset_hash in (None, info.content_hash)]
    ids = [*(sweep.sweep_id for sweep in users), *unread]
    if ids:
        raise DatasetError(
            f"{info.name!r} is used by {counted(len(ids), 'sweep')}: {listed(ids)}; "
            f"delete {agreeing(len(ids), 'it', 'them')} first"
        )
