"""One running dashboard for each home folder: two would share its embedded store and its workers."""

from __future__ import annotations

import fcntl
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.errors import BoostgridError


class HomeInUse(BoostgridError):
    """Raised when another running dashboard owns the home folder; names its address."""


class HomeLock:
    """A lock that the system releases however its owner ends; the file says where the owner listens."""

    def __init__(self, home: Path, url: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._url = url
        self._file = (home / "dashboard.lock").open("a+", encoding="utf-8")

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            url = self._file.read().strip() or "another address"
            self._file.close()
            raise HomeInUse(
                f"Boostgrid is already running at {url} on {self._home}. "
                "Use that one, or set BOOSTGRID_HOME to another folder."
            ) from error
        self._file.truncate(0)
        self._file.write(self._url)
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
