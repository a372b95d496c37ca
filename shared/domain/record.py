"""What every domain record is, and the hash of its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from shared.errors import UnreadableRecord

#: the context of what a store keeps: a later catalog may not make it unreadable, nor may a newer version
STORED = {"stored": True}


class Record(BaseModel):
    """A frozen, validated domain record; fields that nobody knows are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def from_stored(cls, body: str | bytes | Mapping[str, Any]) -> Self:
        """Return the record of a store's JSON or mapping; what a newer version wrote beside it is passed over.

        Raises UnreadableRecord.
        """
        try:
            if isinstance(body, str | bytes):
                return cls.model_validate_json(body, context=STORED, extra="ignore")
            return cls.model_validate(body, context=STORED, extra="ignore")
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise UnreadableRecord(cls.__name__, f"{where}: {first['msg']}" if where else first["msg"]) from error

    def over_stored(self, body: str | None) -> str:
        """Return its JSON with the fields that a newer version wrote to ``body``, which it takes the place of."""
        fields = self.model_dump(mode="json")
        stored = json.loads(body) if body else {}
        newer = {name: value for name, value in stored.items() if name not in type(self).model_fields}
        return json.dumps(fields | newer)


def known_keys(kind: type[StrEnum]) -> BeforeValidator:
    """Validate a mapping by ``kind``: where it is stored, keys that only a newer version knows are passed over."""
    return _only(lambda entry: entry[0], kind)


def known_values(kind: type[StrEnum]) -> BeforeValidator:
    """Validate a mapping to ``kind``: where it is stored, what only a newer version knows is passed over."""
    return _only(lambda entry: entry[1], kind)


def known_or_none(kind: type[StrEnum]) -> BeforeValidator:
    """Validate a ``kind``: where it is stored, one that only a newer version knows is none."""

    def check(value: Any, info: ValidationInfo) -> Any:
        return None if info.context is STORED and value not in list(kind) else value

    return BeforeValidator(check)


def _only(part: Callable[[tuple[Any, Any]], Any], kind: type[StrEnum]) -> BeforeValidator:
    def keep(value: Any, info: ValidationInfo) -> Any:
        if info.context is not STORED or not isinstance(value, Mapping):
            return value
        return dict(entry for entry in value.items() if part(entry) in list(kind))

    return BeforeValidator(keep)


def content_hash(value: Any) -> str:
    """Return the SHA-256 of ``value``'s canonical JSON (keys sorted, no white space)."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
