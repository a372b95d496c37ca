"""Drafts: forms that are being filled in, each under an id that only its page knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

#: a draft that nobody saved or loaded for so long may be forgotten
DRAFTS_KEPT_DAYS = 30
#: UTF-8 bytes; a form with ten thousand values written out has about a tenth of it
LARGEST_DRAFT_BYTES = 1_000_000


class Drafts(Protocol):
    """Keeps texts that only their writer understands. Every write is idempotent, and the last one stands."""

    def save_draft(self, draft_id: str, body: str) -> None:
        """Insert or replace the draft. Raises RecordRefused for one above LARGEST_DRAFT_BYTES."""

    def load_draft(self, draft_id: str) -> str | None:
        """Return the draft, or None where there is none of that id; it counts as used now."""

    def forget_drafts(self, unused_for: timedelta) -> int:
        """Remove the drafts that were neither saved nor loaded for so long, and return how many they were."""
