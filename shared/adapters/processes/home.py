"""The home folder as what must be written to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import BoostgridError


class HomeUnusable(BoostgridError):
    """Raised when nothing can be written to the home folder: it is read-only, or its disk is full."""


@contextmanager
def writing_to(home: Path) -> Iterator[None]:
    """Say in a sentence what keeps the block from writing there. Raises HomeUnusable."""
    try:
        yield
    except TimeoutError:  # of a lock that another has
        raise
    except OSError as error:
        raise HomeUnusable(
            f"{home} cannot be written to ({error.strerror or error}): make the folder writable and free some space, "
            "or set BOOSTGRID_HOME to another one"
        ) from error
