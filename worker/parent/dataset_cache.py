"""Data sets on the local disk, fetched from the store by content hash."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from shared.errors import DatasetError
from shared.ports import Tables

#: the bytes that a Parquet file begins and ends with
_MAGIC = b"PAR1"
#: a file that was asked for so lately may be about to be read, by another worker's engine too, in seconds
_IN_USE_SECONDS = 120.0
#: a part of a file that is older was left by a worker that was killed, in seconds
_LEFT_SECONDS = 3_600.0


class DatasetCache:
    """Keeps ``home/datasets/HASH.parquet``, up to so many bytes; the workers of one machine share the folder.

    What was asked for least recently goes first, and nothing that was asked for a moment ago: that is kept though it be
    more.
    """

    def __init__(self, home: Path, tables: Tables, most_bytes: int) -> None:
        self._folder = home / "datasets"
        self._tables = tables
        self._most_bytes = most_bytes
        self._checked: set[str] = set()

    def path(self, content_hash: str | None) -> Path:
        """Return the table's file, fetching it if need be. Raises DatasetError, ServiceUnavailable."""
        if content_hash is None:
            raise DatasetError("the sweep names no stored data set; launch it again")
        path = self._folder / f"{content_hash}.parquet"
        try:
            if content_hash in self._checked and _touched(path):
                return path
            if not (_is_whole(path) and _touched(path)):
                self._fetch(content_hash, path)
        except OSError as error:
            raise DatasetError(
                f"data set {content_hash[:12]} cannot be kept in {self._folder} ({error}):"
                " check that the folder is writable and the disk not full"
            ) from error
        self._checked.add(content_hash)
        return path

    def _fetch(self, content_hash: str, path: Path) -> None:
        info, parquet = self._tables.load_dataset(content_hash)
        if info.content_hash != content_hash or len(parquet) != info.size_bytes:
            raise DatasetError(
                f"data set {content_hash[:12]} came damaged from the store:"
                f" {len(parquet)} bytes of {info.size_bytes}; store it again"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        self._make_room(len(parquet))
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

    def _make_room(self, wanted: int) -> None:
        """Delete what was asked for least recently until there is room for so many bytes, or nothing more may go."""
        now = time.time()
        kept: list[tuple[float, int, Path]] = []
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another worker makes room as well
                found = path.stat()
                if path.suffix == ".part" and now - found.st_mtime > _LEFT_SECONDS:
                    path.unlink()
                elif path.suffix == ".parquet":
                    kept.append((found.st_mtime, found.st_size, path))
        total = wanted + sum(size for _, size, _ in kept)
        for used_at, size, path in sorted(kept):
            if total <= self._most_bytes or now - used_at < _IN_USE_SECONDS:
                return
            path.unlink(missing_ok=True)
            total -= size


def _touched(path: Path) -> bool:
    """Note that the file is used now; False where it is gone."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:  # read-only, as a disk may become: what is there can be read
        return path.exists()
    return True


def _is_whole(path: Path) -> bool:
    if not path.exists() or path.stat().st_size < 2 * len(_MAGIC):
        return False
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
        file.seek(-len(_MAGIC), os.SEEK_END)
        return head == file.read() == _MAGIC
