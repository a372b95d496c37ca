"""What is written down of every action."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from pydantic import Field

from shared.domain.record import Record


class AuditEntry(Record):
    """One action that was carried out."""

    entry_id: str = Field(default_factory=lambda: uuid4().hex, min_length=1)
    at: datetime
    #: who did it
    by: str
    #: an Action; a newer version may know more of them
    action: str
    #: what it was done to: a sweep's id, a data set's content hash, the workers
    subject: str
    #: what stood before and after, in words; empty where there was nothing
    before: str = ""
    after: str = ""
