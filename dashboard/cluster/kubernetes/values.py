"""The API's plain values: quantities and times. Tolerant: what cannot be read is None, never a traceback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from kubernetes.utils.quantity import parse_quantity

from dashboard.cluster.state import Resources

Json = Mapping[str, Any]


def quantity(text: Any) -> float | None:
    """Return ``250m``, ``1Gi`` and the like as a number."""
    if text is None:
        return None
    try:
        return float(parse_quantity(text))  # type: ignore[no-untyped-call]
    except ValueError:
        return None


def resources(amounts: Json | None) -> Resources:
    """Return CPU and memory of a requests, limits or usage map."""
    amounts = amounts or {}
    memory = quantity(amounts.get("memory"))
    return Resources(cpu=quantity(amounts.get("cpu")), memory=None if memory is None else round(memory))


def total(several: Iterable[Resources]) -> Resources:
    """Return the sum; a part is None where no one has it."""
    several = list(several)
    cpu = [each.cpu for each in several if each.cpu is not None]
    memory = [each.memory for each in several if each.memory is not None]
    return Resources(cpu=sum(cpu) if cpu else None, memory=sum(memory) if memory else None)


def moment(text: Any) -> datetime | None:
    """Return an RFC 3339 time."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
