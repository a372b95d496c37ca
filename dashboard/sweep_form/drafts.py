"""A form that is being filled in, as text that a store keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter, ValidationError

from dashboard.sweep_form.values import FOLDS_RANGE, SEED_RANGE, SHORTEST_LIMIT, FormValues
from shared.catalog import Library
from shared.domain import Priority
from shared.errors import BoostgridError
from shared.wording import shortened

#: raised when a Boostgrid of before could not read it; a new field with a default needs none
_VERSION = 1
#: imports that can be taken back one after the other
_MOST_BEFORE = 3


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
    #: what an import or a clone took the place of, and the name of that
    before: Draft | None = None
    placed: str = ""

    def as_before(self, more: int = _MOST_BEFORE - 1) -> Draft:
        """Return what is kept of a form that another takes the place of."""
        kept = self.before.as_before(more - 1) if self.before is not None and more else None
        return replace(self, before=kept, placed=self.placed if kept is not None else "")

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
            draft = _DRAFT.validate_python(stored)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UnreadableDraft(shortened(f"{where}: {first['msg']}", 200)) from error
        except (ValueError, RecursionError) as error:
            raise UnreadableDraft("it is damaged") from error
        _check_numbers(draft)
        return draft


def _check_numbers(draft: Draft) -> None:
    for form in (draft.form, *draft.left.values()):
        _check_ranges(form)
    if draft.before is not None:
        _check_numbers(draft.before)


def _check_ranges(form: FormValues) -> None:
    """Raise UnreadableDraft for a number that its field would not take."""
    limit = form.trial_timeout_seconds
    taken = {
        "folds": FOLDS_RANGE[0] <= form.folds <= FOLDS_RANGE[1],
        "seed": SEED_RANGE[0] <= form.seed <= SEED_RANGE[1],
        "trial_timeout_seconds": limit is None or limit >= SHORTEST_LIMIT,
    }
    for name, fits in taken.items():
        if not fits:
            raise UnreadableDraft(f"form.{name}: {getattr(form, name)} is out of range")


_DRAFT = TypeAdapter(Draft)
