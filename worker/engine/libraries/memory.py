"""How a library says that it could not get memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

#: in the message of an error like any other; CatBoost aborts instead, which ends the process
_SIGNS = ("bad_alloc", "bad_malloc")


@contextmanager
def memory_errors(failure: type[Exception]) -> Iterator[None]:
    """Make a MemoryError of the library's ``failure`` where memory ran out: that is no property of a trial."""
    try:
        yield
    except failure as error:
        if any(sign in str(error) for sign in _SIGNS):
            raise MemoryError(str(error)) from error
        raise
