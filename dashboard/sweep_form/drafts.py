"""A form that is being filled in, as text that a store keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from dashboard.sweep_form.values import FormValues
from shared.catalog import Library
from shared.domain import Priority
from shared.errors import BoostgridError
from shared.wording import shortened

#: raised when a Boostgrid of before could not read it; a new field with a default needs none
_VERSION = 1


class UnreadableDraft(BoostgridError):
    """Raised when a stored draft is none that this version reads; says why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """All that comes back with a form: what its fields hold, as typed, valid or not."""

    form: FormValues
    #: the form as each library was left
    left: Mapping[Library, FormValues] = field(default_factory=dict)
    priority: Priority = Priority.NORMAL
    #: what a question "Launch so many?" is about that is not answered yet
    asking: str | None = None

    def encode(self) -> str:
        """Return the text; the same form gives the same text."""
        return json.dumps({"version": _VERSION} | _DRAFT.dump_python(self, mode="json"))

    @classmethod
    def decode(cls, text: str) -> Draft:
        """Return the draft; fields that it lacks have their default. Raises UnreadableDraft."""
        try:
            stored = json.loads(text)
            if not isinstance(stored, dict) or not isinstance(version := stored.get("version"), int):
                raise UnreadableDraft("it is not a draft")
            if version > _VERSION:
                raise UnreadableDraft(f"a newer Boostgrid wrote it, in version {version}; this one reads {_VERSION}")
            return _DRAFT.validate_python(stored)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UnreadableDraft(shortened(f"{where}: {first['msg']}", 200)) from error
        except (ValueError, RecursionError) as error:
            raise UnreadableDraft("it is damaged") from error


_DRAFT = TypeAdapter(Draft)
