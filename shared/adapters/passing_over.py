"""Reading many records of which some may be a newer version's."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from shared.domain import Record, Sweep, UnreadSweep
from shared.errors import UnreadableRecord

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)


def readable(kind: type[R], bodies: Iterable[str | Mapping[str, Any]]) -> list[R]:
    """Return those that this version can read; what stops at another is said once in the log.

    Where one that is passed over makes no answer wrong: a worker that cannot read of a sweep cannot evaluate it either,
    an attempt counts towards nothing, a fold is evaluated again.
    """
    found = []
    for body in bodies:
        try:
            found.append(kind.from_stored(body))
        except UnreadableRecord as error:
            _tell(_id_of(body), str(error))
    return found


def sweep_or_none(sweep_id: str, body: str | Mapping[str, Any]) -> Sweep | None:
    """Return the sweep, or None where this version cannot read it, which is said once in the log."""
    try:
        return Sweep.from_stored(body)
    except UnreadableRecord as error:
        _tell(sweep_id, str(error))
        return None


def unread_sweep(sweep_id: str, created_at: datetime, body: str | Mapping[str, Any]) -> UnreadSweep | None:
    """Return what is known of a sweep that this version cannot read; None of one that it can."""
    try:
        Sweep.from_stored(body)
    except UnreadableRecord as error:
        spec = _within(body, "spec")
        return UnreadSweep(
            sweep_id=sweep_id,
            created_at=created_at,
            reason=error.what,
            name=_text(spec.get("name")),
            library=_text(spec.get("library")),
            dataset_hash=_text(_within(spec, "dataset").get("content_hash")),
        )
    return None


def _id_of(body: str | Mapping[str, Any]) -> str:
    fields = _fields(body)
    return str(next(filter(None, map(fields.get, ("attempt_id", "trial_id", "sweep_id", "worker_id"))), None))


def _fields(body: object) -> Mapping[str, Any]:
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return {}
    return body if isinstance(body, Mapping) else {}


def _within(body: object, name: str) -> Mapping[str, Any]:
    return _fields(_fields(body).get(name))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


@lru_cache(maxsize=1_000)
def _tell(whose: str, reason: str) -> None:
    log.warning("passed over %s: %s", whose, reason, extra={"event": "store.passed_over", "record_id": whose})
