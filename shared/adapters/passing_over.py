"""Reading many records of which some may be a newer version's."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from shared.domain import Record
from shared.errors import UnreadableRecord

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)


def readable(kind: type[R], bodies: Iterable[Mapping[str, Any]]) -> list[R]:
    """Return those that this version can read; what stops at another is said once in the log.

    Where one that is passed over changes no answer: a worker that cannot read of a sweep cannot evaluate it either.
    """
    found = []
    for body in bodies:
        try:
            found.append(kind.from_stored(body))
        except UnreadableRecord as error:
            _tell(str(body.get("sweep_id")), str(error))
    return found


@lru_cache(maxsize=1_000)
def _tell(sweep_id: str, reason: str) -> None:
    log.warning("passed over %s: %s", sweep_id, reason, extra={"event": "store.passed_over", "sweep_id": sweep_id})
