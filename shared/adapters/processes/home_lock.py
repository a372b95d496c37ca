"""One running dashboard for each home folder: two would share its embedded store and its workers."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from shared.adapters.processes.home import writing_to
from shared.errors import BoostgridError


class HomeInUse(BoostgridError):
    """Raised when another running dashboard owns the home folder; names its address."""


class HomeLock:
    """A lock that the system releases however its owner ends; a file beside it says where the owner listens.

    Making and entering it raises HomeUnusable, entering it HomeInUse.
    """

    def __init__(self, home: Path, url: str) -> None:
        with writing_to(home):
            home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._url = url
        self._lock = FileLock(home / "dashboard.lock", timeout=0, fallback_to_soft=False)
        self._address = home / "dashboard.address"

    def __enter__(self) -> Self:
        try:
            with writing_to(self._home):
                self._lock.acquire()
        except Timeout as error:
            url = "another address"
            with suppress(FileNotFoundError):  # its owner is just leaving, or arriving
                url = self._address.read_text(encoding="utf-8")
            raise HomeInUse(
                f"Boostgrid is already running at {url} on {self._home}. "
                "Use that one, or set BOOSTGRID_HOME to another folder."
            ) from error
        try:
            with writing_to(self._home):
                self._address.unlink(missing_ok=True)  # an owner that was killed left its own
                self._address.write_text(self._url, encoding="utf-8")
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        with suppress(OSError):  # a disk that became read-only: the next owner replaces it
            self._address.unlink(missing_ok=True)
        self._lock.release()
