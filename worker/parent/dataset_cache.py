"""Data sets on the local disk, fetched from the store by content hash."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from shared.errors import BoostgridError, DatasetError
from shared.ports import Tables

#: the bytes that a Parquet file begins and ends with
_MAGIC = b"PAR1"


class UnusableDisk(BoostgridError):
    """Raised when this machine's disk refuses the data set: the worker's trouble, not the sweep's."""


class DatasetCache:
    """Keeps ``home/datasets/HASH.parquet``; the workers of one machine share the folder."""

    def __init__(self, home: Path, tables: Tables) -> None:
        self._folder = home / "datasets"
        self._tables = tables
        self._checked: set[str] = set()
        self._fetched_anew: set[str] = set()

    def path(self, content_hash: str | None) -> Path:
        """Return the table's file, fetching it if need be. Raises DatasetError, UnusableDisk, ServiceUnavailable."""
        if content_hash is None:
            raise DatasetError("the sweep names no stored data set; launch it again")
        path = self._folder / f"{content_hash}.parquet"
        if content_hash in self._checked and path.exists():
            return path
        try:
            if not _is_whole(path):
                self._fetch(content_hash, path)
        except OSError as error:
            raise UnusableDisk(
                f"data set {content_hash[:12]} cannot be kept in {self._folder} ({error}):"
                " check that the folder is writable and the disk not full"
            ) from error
        self._checked.add(content_hash)
        return path

    def forget(self, content_hash: str) -> bool:
        """Remove a copy that an engine could not read; False where the one before it, fetched anew, was no better."""
        if content_hash in self._fetched_anew:
            return False
        self._fetched_anew.add(content_hash)
        self._checked.discard(content_hash)
        try:
            (self._folder / f"{content_hash}.parquet").unlink(missing_ok=True)
        except OSError as error:
            raise UnusableDisk(f"{self._folder} cannot be written to ({error})") from error
        return True

    def _fetch(self, content_hash: str, path: Path) -> None:
        info, parquet = self._tables.load_dataset(content_hash)
        if info.content_hash != content_hash or len(parquet) != info.size_bytes:
            raise DatasetError(
                f"data set {content_hash[:12]} came damaged from the store:"
                f" {len(parquet)} bytes of {info.size_bytes}; store it again"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        # written aside and renamed: no reader ever sees half a file, whoever dies
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=f"{content_hash}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(parquet)
                file.flush()
                os.fsync(descriptor)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _is_whole(path: Path) -> bool:
    if not path.exists() or path.stat().st_size < 2 * len(_MAGIC):
        return False
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
        file.seek(-len(_MAGIC), os.SEEK_END)
        return head == file.read() == _MAGIC
