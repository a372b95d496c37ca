"""A store's version, the lease under which it is changed, and one step to the next version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

#: what a store is of that has no version yet
FIRST_VERSION = 1
#: how long a migrator that says nothing keeps its lease, in seconds
LEASE_SECONDS = 60.0
#: how often an open store is looked at again, since a rollout may change it meanwhile, in seconds
RECHECK_SECONDS = 30.0

Handle = TypeVar("Handle")


@dataclass(frozen=True, slots=True)
class StoreVersion:
    """What a store says of itself."""

    version: int
    #: the oldest version whose Boostgrid may still work on it
    readable_from: int
    #: who migrates it at this moment
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Migration(Generic[Handle]):
    """One step, to ``version`` from the one before. It only adds, and may run again after it died half-way."""

    version: int
    #: what it adds, for the log
    adds: str
    #: gets the adapter's own handle, and what to call at least every ``LEASE_SECONDS / 2`` where it takes long
    run: Callable[[Handle, Callable[[], None]], None]


class Versioned(Protocol):
    """A store that keeps its version. Each call is atomic, by the store's own clock."""

    #: for people
    name: str

    def version(self) -> StoreVersion:
        """Return its version; one that has none yet gets the first."""

    def lease(self, holder: str) -> bool:
        """Take the right to migrate for LEASE_SECONDS, or keep it; False where another has it."""

    def advance(self, holder: str, version: int) -> bool:
        """Note that it is of that version, on which the one before may work; False where the lease was lost."""

    def release(self, holder: str) -> None:
        """Give the lease back, if it is still the holder's."""
