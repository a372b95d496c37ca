"""Addresses with a password in them: what is wrong with one is found before any part of it is shown as a host."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit

from shared.errors import ServiceUnavailable
from shared.wording import closest, listed, shown


def password_cuts(url: str) -> bool:
    """Whether a / ? or # in the password, not percent-encoded, ends the host early: its rest would be read as one."""
    _, *after = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)
    return any("@" in rest for rest in after)


def options_of(url: str) -> dict[str, str]:
    """Return what stands behind the address's question mark; ask ``password_cuts`` first."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def unknown_option(service: str, variable: str, name: str, known: Collection[str]) -> ServiceUnavailable:
    """Return what is said of an option that the service's client does not have, and would pass over."""
    nearest = closest(name, sorted(known))
    fix = f"Did you mean {nearest}?" if nearest else f"Write one of {listed(sorted(known))}, or leave it out."
    return ServiceUnavailable(service, f"{variable} has an option {shown(name)} that nothing reads", fix)
