"""Who may use the dashboard where nobody signs in."""

from __future__ import annotations

import ipaddress
from typing import Literal

#: what somebody who is not signed in may do; None: nothing
Anonymous = Literal["operator"] | None


def is_loopback(address: str | None) -> bool:
    """Whether a server on this address is reached from its own machine only. None is every address."""
    if address is None:
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def is_locked(address: str | None, anonymous: Anonymous) -> bool:
    """Whether the dashboard on this address is closed: others reach it, and nobody said that they may."""
    return anonymous is None and not is_loopback(address)
