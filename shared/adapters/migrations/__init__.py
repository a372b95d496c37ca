"""The version of a store, and how a newer Boostgrid changes one that older processes still work on.

Version 1 is what stood when versions began; a store without one is of version 1. A migration leads from a version to
the next and only adds: a column, a field, an index, a collection. So the version before goes on working while a rollout
has both, and what it no longer needs is removed one version later. Whoever opens the store first with a newer Boostgrid
migrates it, under a lease: others of the new version wait, those of the old one go on. A migrator that dies leaves its
lease to run out; another takes over and runs the migration again, which must therefore be idempotent. A Boostgrid that
knows neither the store's version nor the one before it says so and touches nothing.
"""

from shared.adapters.migrations.migrating import bring_up_to_date, known_version, readable_version
from shared.adapters.migrations.version import (
    FIRST_VERSION,
    LEASE_SECONDS,
    RECHECK_SECONDS,
    Migration,
    StoreVersion,
    Versioned,
)

__all__ = [
    "FIRST_VERSION",
    "LEASE_SECONDS",
    "RECHECK_SECONDS",
    "Migration",
    "StoreVersion",
    "Versioned",
    "bring_up_to_date",
    "known_version",
    "readable_version",
]
