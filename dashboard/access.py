"""Who may use the dashboard where nobody signs in, and under which names it answers."""

from __future__ import annotations

import ipaddress
import socket
from typing import Literal

import psutil

_INTERNET = (socket.AF_INET, socket.AF_INET6)
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


def allowed_hosts(address: str, hosts: str | None, redirect_host: str | None, behind_a_service: bool) -> list[str]:
    """Return the host names under which the websocket opens; empty is any.

    A page of somebody else's, whose name leads to this server, would otherwise be let in: its Host and its Origin
    agree. ``behind_a_service``: in a pod, which does not know its names.
    """
    named = [each.strip() for each in (hosts or "").split(",") if each.strip()]
    if redirect_host is not None:
        named.append(redirect_host)
    if not named and not is_loopback(address):
        if behind_a_service:
            return []
        named = _own_names()
    # port-forward and probes come as these
    return list(dict.fromkeys(["localhost", "127.0.0.1", "::1", *named]))


def _own_names() -> list[str]:
    names = [socket.gethostname(), socket.getfqdn()]
    for interface in psutil.net_if_addrs().values():
        names += [each.address.partition("%")[0] for each in interface if each.family in _INTERNET]
    return [name for name in names if name]
