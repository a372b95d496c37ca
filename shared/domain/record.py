"""What every domain record is, and the hash of its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen, validated domain record; fields that nobody knows are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def from_stored(cls, body: str | bytes | Mapping[str, Any]) -> Self:
        """Return the record of a store's JSON or mapping; what a newer version wrote beside it is passed over."""
        if isinstance(body, str | bytes):
            return cls.model_validate_json(body, extra="ignore")
        return cls.model_validate(body, extra="ignore")

    def over_stored(self, body: str | None) -> str:
        """Return its JSON with the fields that a newer version wrote to ``body``, which it takes the place of."""
        fields = self.model_dump(mode="json")
        stored = json.loads(body) if body else {}
        newer = {name: value for name, value in stored.items() if name not in type(self).model_fields}
        return json.dumps(fields | newer)


def content_hash(value: Any) -> str:
    """Return the SHA-256 of ``value``'s canonical JSON (keys sorted, no white space)."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
