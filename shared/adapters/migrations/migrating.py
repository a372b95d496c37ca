"""Bringing a store to the version that this Boostgrid knows."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import Sequence

from shared.adapters.migrations.version import FIRST_VERSION, Handle, Migration, StoreVersion, Versioned
from shared.errors import ServiceUnavailable, StoreTooNew

log = logging.getLogger(__name__)

#: how long a process waits for another's migration before it says so, in seconds; its caller tries again
_WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.1


class _LeaseLost(Exception):
    """Raised in a migration whose lease ran out, as its process stood still: another has taken over."""


def known_version(migrations: Sequence[Migration[Handle]]) -> int:
    """Return the version that these migrations lead to."""
    return FIRST_VERSION + len(migrations)


def bring_up_to_date(store: Versioned, handle: Handle, migrations: Sequence[Migration[Handle]]) -> None:
    """Return once the store is of the version that the migrations lead to, or of the one after it.

    Raises StoreTooNew, and ServiceUnavailable where another process takes long to migrate it.
    """
    known = known_version(migrations)
    holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        found = readable_version(store, known)
        if found.version >= known:
            return
        if store.lease(holder):
            try:
                _migrate(store, handle, migrations, holder)
            finally:
                store.release(holder)
        elif time.monotonic() > until:
            raise _under_way(store, found, known)
        else:
            time.sleep(_POLL_SECONDS)


def readable_version(store: Versioned, known: int) -> StoreVersion:
    """Return the store's version. Raises StoreTooNew where a Boostgrid of the known version may not work on it."""
    found = store.version()
    if found.readable_from > known:
        raise StoreTooNew(store.name, found.version, known, found.readable_from)
    return found


def _migrate(store: Versioned, handle: Handle, migrations: Sequence[Migration[Handle]], holder: str) -> None:
    def keep_lease() -> None:
        if not store.lease(holder):
            raise _LeaseLost

    for migration in migrations:
        if migration.version <= store.version().version:  # another's work, before the lease was taken
            continue
        fields = {"event": "store.migrating", "version": migration.version}
        log.info("migrating %s to version %d: %s", store.name, migration.version, migration.adds, extra=fields)
        try:
            keep_lease()
            migration.run(handle, keep_lease)
        except _LeaseLost:
            return
        if not store.advance(holder, migration.version):
            return


def _under_way(store: Versioned, found: StoreVersion, known: int) -> ServiceUnavailable:
    return ServiceUnavailable(
        store.name,
        f"{found.holder or 'another process'} brings it from version {found.version} to {known}",
        "Wait until that is done; should that process have died, another takes over by itself within a minute.",
    )
