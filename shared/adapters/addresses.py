"""Addresses with a password in them: what is wrong with one is found before any part of it is shown as a host."""

from __future__ import annotations

import re


def password_cuts(url: str) -> bool:
    """Whether a / ? or # in the password, not percent-encoded, ends the host early: its rest would be read as one."""
    _, *after = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)
    return any("@" in rest for rest in after)
