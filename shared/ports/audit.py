"""Who did what, and when."""

from __future__ import annotations

from typing import Protocol

from shared.domain import AuditEntry

#: an entry goes after so many days; nothing else ends it, the deletion of its sweep neither
AUDIT_KEPT_DAYS = 365


class AuditLog(Protocol):
    """Keeps what was done for AUDIT_KEPT_DAYS. Append-only. Operations write, the Cluster page reads."""

    def append_audit(self, entry: AuditEntry) -> None:
        """Keep the entry; of one id the first stands."""

    def audit(self, limit: int = 200) -> list[AuditEntry]:
        """Return what was done last, the newest first."""
