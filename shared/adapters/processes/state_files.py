"""What the local supervisor and the dashboard tell each other: two small JSON files in the home folder."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError

from shared.adapters.processes.home import writing_to
from shared.domain import Record, WorkerProcess

#: how old the supervisor's report may be before it counts as gone, in seconds
STALE_AFTER_SECONDS = 10.0


class DesiredState(Record):
    """Dashboard to supervisor: how many workers are wanted."""

    workers: int = Field(ge=0)


class ObservedState(Record):
    """Supervisor to dashboard: what is there."""

    observed_at: datetime
    processes: tuple[WorkerProcess, ...]

    @property
    def is_fresh(self) -> bool:
        """Whether the supervisor that wrote it is alive, as far as one can tell."""
        return (datetime.now(UTC) - self.observed_at).total_seconds() < STALE_AFTER_SECONDS


R = TypeVar("R", bound=Record)


class LocalFiles:
    """The two files; each is replaced as a whole, so that a reader never sees half of one.

    Writing raises HomeUnusable, and leaves nothing behind.
    """

    def __init__(self, home: Path) -> None:
        self._desired = home / "workers-desired.json"
        self._observed = home / "workers-observed.json"
        self.logs = home / "logs"

    def desired(self) -> DesiredState | None:
        """Return what was declared last; None before the first time, or where the file is damaged."""
        return _read(self._desired, DesiredState)

    def wanted(self) -> int:
        """Return how many workers were declared last; none before the first time."""
        desired = self.desired()
        return desired.workers if desired is not None else 0

    def declare(self, workers: int) -> None:
        """Declare how many workers are wanted."""
        _replace(self._desired, DesiredState(workers=workers))

    def observed(self) -> ObservedState | None:
        """Return the supervisor's last report, however old."""
        return _read(self._observed, ObservedState)

    def report(self, processes: tuple[WorkerProcess, ...] | None) -> None:
        """Replace the supervisor's report; None removes it: the supervisor leaves."""
        if processes is None:
            with writing_to(self._observed.parent):
                self._observed.unlink(missing_ok=True)
        else:
            _replace(self._observed, ObservedState(observed_at=datetime.now(UTC), processes=processes))


def _read(path: Path, kind: type[R]) -> R | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _replace(path: Path, record: Record) -> None:
    with writing_to(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(record.model_dump_json())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
