"""Storing uploaded files as tables, keeping the files, and reading them anew."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from shared.catalog import TaskType
from shared.datasets import SeenFile, Upload, describe, possible_tasks, see_file, why_unpredictable
from shared.datasets.reading_script import reading_code
from shared.domain import Action, Actor, DatasetInfo, DatasetRef, Reading, Source
from shared.errors import DatasetError
from shared.operations.actions import authorise
from shared.operations.tables import checked_name, store_frame
from shared.ports import Store, Tables
from shared.wording import shown


def store_upload(
    seen: SeenFile,
    content: bytes,
    name: str,
    store: Store,
    readings: Mapping[str, Reading] | None = None,
    target: str | None = None,
    filled: str | None = None,
    *,
    by: Actor | None = None,
) -> tuple[DatasetInfo, Upload]:
    """Store a file as a table, its columns read as given, else as is best, and keep the file; return the table.

    Rows that have no value in the column ``filled`` are left out. Another reading is another table: it has a content
    hash, and so scores, of its own. Raises NotAllowed and DatasetError.
    """
    authorise(Action.STORE_DATASET, store, by)  # before the file is kept; store_frame writes down that it was done
    name = checked_name(name)
    upload = seen.read(readings, target, filled)
    task = likely_task(upload, target) if target is not None else None
    before = {info.content_hash: info.source for info in store.datasets()}
    upload_hash = store.save_upload(content)
    source = Source(
        upload_hash=upload_hash, filename=seen.raw.filename, readings=dict(upload.readings), filled=upload.filled
    )
    info = store_frame(upload.frame, name, store, target, task, source=source, by=by)
    forget_upload(before.get(info.content_hash), store)  # the same table of another file
    return info, upload


def likely_task(upload: Upload, target: str) -> TaskType:
    """Return the likeliest task that the target allows. Raises DatasetError, with the fix, where it allows none."""
    possible = possible_tasks(upload.frame, target)
    if not possible:
        raise DatasetError(why_unpredictable(upload.frame, target) or f"target {shown(target)} cannot be predicted")
    return possible[0]


def see_again(
    info: DatasetInfo, store: Tables, max_mb: int, target: str | None = None
) -> tuple[SeenFile, bytes, dict[str, Reading]]:
    """Return what the file that a stored table was read from holds, its content, and how it was read.

    Raises DatasetError where the file was not kept.
    """
    source, content = _source(info), uploaded(info, store)
    seen = see_file(source.filename, content, max_mb, target)
    return seen, content, seen.known(source.readings)


def rebuilding(dataset: DatasetRef, store: Tables, max_mb: int) -> str | None:
    """Return Python that makes the table of the file it was read from.

    None where that was not kept, or where it is read otherwise by this version than it was then.
    """
    info = next((info for info in store.datasets() if info.content_hash == dataset.content_hash), None)
    if info is None or info.source is None:
        return None
    try:
        seen, _, readings = see_again(info, store, max_mb, dataset.target)
        rebuilt, _ = describe(seen.read(readings, filled=info.source.filled).frame, info.name)
    except DatasetError:
        return None
    if rebuilt.content_hash != info.content_hash:
        return None
    filename = info.source.filename
    return (
        "import pandas as pd\n"
        f"# data set {' '.join(dataset.name.split())}; get the file as it was uploaded with:\n"
        f"#   python -m shared fetch {info.content_hash} --raw -o {shlex.quote(filename)}\n"
        + reading_code(seen, readings, filename, info.source.filled)
    )


def uploaded(info: DatasetInfo, store: Tables) -> bytes:
    """Return the file that a stored table was read from. Raises DatasetError where it was not kept."""
    return store.load_upload(_source(info).upload_hash)


def _source(info: DatasetInfo) -> Source:
    if info.source is None:
        raise DatasetError(f"the file that {info.name!r} was read from was not kept; upload it again to choose anew")
    return info.source


def forget_upload(source: Source | None, store: Tables) -> None:
    """Delete an uploaded file that no stored table was read from any more."""
    if source is None:
        return
    used = {info.source.upload_hash for info in store.datasets() if info.source is not None}
    if source.upload_hash not in used:
        store.delete_upload(source.upload_hash)
