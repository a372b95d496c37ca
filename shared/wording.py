"""How counts are written, in every message, page and table."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return ``1 trial``, ``2 trials``, ``12,000 trials``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def agreeing(count: int, one: str, several: str) -> str:
    """Return the form of a verb or pronoun that agrees with the count: ``is`` or ``are``, ``it`` or ``them``."""
    return one if count == 1 else several
