"""The version of the database, and the migrations of its documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.adapters.migrations import FIRST_VERSION, LEASE_SECONDS, Migration, StoreVersion

Document = dict[str, Any]

#: in their order; what stood before them is version 1
MIGRATIONS: tuple[Migration[Database[Document]], ...] = ()

_ID = "store"


class DatabaseVersion:
    """Versioned, in one document; each change of it is a single update of what it was seen as."""

    name = "MongoDB"

    def __init__(self, database: Database[Document], clock: Callable[[], datetime]) -> None:
        self._versions = database.store_version
        #: the server's, so that no process's clock matters
        self._clock = clock

    def version(self) -> StoreVersion:
        """Return the database's version; one that has none yet gets the first."""
        found = self._versions.find_one({"_id": _ID})
        if found is None:
            found = {"version": FIRST_VERSION, "readable_from": FIRST_VERSION, "holder": None, "leased_until": None}
            try:
                self._versions.insert_one({"_id": _ID} | found)
            except DuplicateKeyError:  # another process was as quick
                return self.version()
        return StoreVersion(found["version"], found["readable_from"], found["holder"])

    def lease(self, holder: str) -> bool:
        """Take or keep the right to migrate; False where another has it."""
        now = self._clock()
        free = {"$or": [{"holder": {"$in": [None, holder]}}, {"leased_until": {"$lte": now}}]}
        taken = {"holder": holder, "leased_until": now + timedelta(seconds=LEASE_SECONDS)}
        return self._versions.update_one({"_id": _ID} | free, {"$set": taken}).matched_count == 1

    def advance(self, holder: str, version: int) -> bool:
        """Note the version that was reached; False where the lease was lost."""
        held = {"_id": _ID, "holder": holder, "leased_until": {"$gt": self._clock()}, "version": version - 1}
        reached = {"version": version, "readable_from": version - 1}
        return self._versions.update_one(held, {"$set": reached}).matched_count == 1

    def release(self, holder: str) -> None:
        """Give the lease back, if it is still the holder's."""
        self._versions.update_one({"_id": _ID, "holder": holder}, {"$set": {"holder": None, "leased_until": None}})
