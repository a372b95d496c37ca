"""What is noted of every action that changes something."""

from __future__ import annotations

import logging

from shared.domain import Actor

log = logging.getLogger(__name__)


def note_action(action: str, subject: str, by: Actor | None) -> None:
    """Log who did what to what; None is the system user."""
    who = by or Actor.system_user()
    log.info("%s", action, extra={"event": f"action.{action}", "subject": subject, "by": who.name})
