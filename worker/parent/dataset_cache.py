"""Data sets on the local disk, fetched from the store by content hash."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import BoostgridError, DatasetError
from shared.ports import Tables

#: a file that was asked for so lately may be about to be read, by another worker's engine too, in seconds
_IN_USE_SECONDS = 120.0
#: a part of a file that is older was left by a worker that was killed, in seconds
_LEFT_SECONDS = 3_600.0
#: of the file with the SHA-256 of a copy
_CHECK_SUFFIX = ".sha256"


class UnusableCopy(BoostgridError):
    """Raised when this machine gets no whole copy of the data set: the worker's trouble, not the sweep's."""


class DatasetCache:
    """Keeps ``home/datasets/HASH.parquet``, up to so many bytes; the workers of one machine share the folder.

    Beside each is ``HASH.sha256``, of the bytes as they came. Each process checks a copy once by it, and fetches anew
    what the disk has changed: nothing else would notice, as Parquet is read with changed values in it.
    What was asked for least recently goes first, and nothing that was asked for a moment ago: that is kept though it be
    more.
    """

    def __init__(self, home: Path, tables: Tables, most_bytes: int) -> None:
        self._folder = home / "datasets"
        self._tables = tables
        self._most_bytes = most_bytes
        self._checked: set[str] = set()
        #: when the copy was fetched that came in the place of an unreadable one; none once it was read
        self._fetched_anew: dict[str, datetime] = {}

    def path(self, content_hash: str | None) -> Path:
        """Return the table's file, fetching it if need be. Raises DatasetError, UnusableCopy, ServiceUnavailable."""
        if content_hash is None:
            raise DatasetError("the sweep names no stored data set; launch it again")
        path = self._folder / f"{content_hash}.parquet"
        try:
            if content_hash in self._checked and _touched(path):
                return path
            if not (_is_as_it_came(path) and _touched(path)):
                self._fetch(content_hash, path)
        except OSError as error:
            raise UnusableCopy(
                f"data set {content_hash[:12]} cannot be kept in {self._folder} ({error}):"
                " check that the folder is writable and the disk not full"
            ) from error
        self._checked.add(content_hash)
        return path

    def forget(self, content_hash: str, read_at: datetime | None) -> bool:
        """Remove the copy that an engine began to read at that time and could not; whether another may be better.

        False where it was itself fetched in the place of one that could not be read.
        """
        fetched_anew = self._fetched_anew.get(content_hash)
        if fetched_anew is not None and read_at is not None and read_at < fetched_anew:
            return True  # another engine said so before, and what is here by now has not been read
        self._checked.discard(content_hash)
        try:
            _remove(self._folder / f"{content_hash}.parquet")
        except OSError as error:
            raise UnusableCopy(f"{self._folder} cannot be written to ({error})") from error
        self._fetched_anew[content_hash] = datetime.now(UTC)
        return fetched_anew is None

    def was_read(self, content_hash: str | None) -> None:
        """Note that an engine could read the copy."""
        self._fetched_anew.pop(content_hash or "", None)

    def _fetch(self, content_hash: str, path: Path) -> None:
        info, parquet = self._tables.load_dataset(content_hash)
        digest = hashlib.sha256(parquet).hexdigest()
        size_fits = info.content_hash == content_hash and len(parquet) == info.size_bytes
        if not size_fits or info.parquet_hash not in (None, digest):
            raise UnusableCopy(
                f"data set {content_hash[:12]} came damaged from the store: {len(parquet)} bytes of {info.size_bytes}"
                f"{', of another SHA-256 than it was stored with' if size_fits else ''}; where all workers say so, "
                "delete it and store it again"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        self._make_room(len(parquet))
        self._write(path.with_suffix(_CHECK_SUFFIX), digest.encode())
        self._write(path, parquet)

    def _write(self, path: Path, content: bytes) -> None:
        # written aside and renamed: no reader ever sees half a file, whoever dies
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=f"{path.stem}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
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
            _remove(path)
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


def _remove(path: Path) -> None:
    """Delete a copy and what it is checked by."""
    path.unlink(missing_ok=True)
    path.with_suffix(_CHECK_SUFFIX).unlink(missing_ok=True)


def _is_as_it_came(path: Path) -> bool:
    """Whether the copy is there and has the bytes that were fetched."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return path.with_suffix(_CHECK_SUFFIX).read_bytes() == digest.encode()
    except OSError:  # gone, of a version that kept no SHA-256, or on a part of the disk that cannot be read any more
        return False
