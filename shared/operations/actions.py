"""Who may do what, and what is written down of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.domain import Action, Actor, AuditEntry
from shared.errors import NotAllowed, ServiceUnavailable
from shared.ports import AuditLog

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Permit:
    """Somebody's right to do something now, and the place where it is written down once it is done."""

    action: Action
    by: Actor
    _audit: AuditLog

    def done(self, subject: str, before: str = "", after: str = "") -> None:
        """Write down that it was done, to what, and what stood before and after. Raises ServiceUnavailable."""
        entry = AuditEntry(
            at=datetime.now(UTC), by=self.by.name, action=self.action, subject=subject, before=before, after=after
        )
        log.info(
            "%s",
            self.action,
            extra={
                "event": f"action.{self.action.name.lower()}",
                **entry.model_dump(include={"subject", "by", "before", "after"}),
            },
        )
        try:
            self._audit.append_audit(entry)
        except ServiceUnavailable as error:
            hint = f"{error.hint} It was done ({self.action}: {subject}), but only the log says so, not the audit."
            raise ServiceUnavailable(error.service, error.reason, hint) from error


def authorise(action: Action, audit: AuditLog, by: Actor | None) -> Permit:
    """Decide whether somebody may do that, before anything is done; None is the system user. Raises NotAllowed."""
    who = by or Actor.system_user()
    if not who.may(action):
        log.warning("refused: %s", action, extra={"event": "action.refused", "action": action, "by": who.name})
        raise NotAllowed.by_role(who.name, who.role, action)
    return Permit(action, who, audit)
