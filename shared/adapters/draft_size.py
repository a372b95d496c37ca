"""How large a draft may be, the same in every store."""

from __future__ import annotations

from shared.errors import RecordRefused
from shared.ports import LARGEST_DRAFT_BYTES


def check_draft_size(service: str, body: str) -> None:
    """Raise RecordRefused for a draft that is too large to be a form."""
    size = len(body.encode(errors="replace"))
    if size > LARGEST_DRAFT_BYTES:
        raise RecordRefused(service, f"a draft of {size:,} bytes is larger than {LARGEST_DRAFT_BYTES:,}")
