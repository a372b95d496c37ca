"""Whether connections to the server's addresses are dropped on the way: the driver's time-outs do not tell."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable

#: how long a connection may take, in seconds, and how many addresses are tried: the caller waited already
_CONNECT_SECONDS, _MOST_ADDRESSES = 1.0, 3


def dropped_at(addresses: Iterable[tuple[str, int | None]]) -> str | None:
    """Return the first address to which a connection times out, where none of them accepts or refuses one; else None.

    A server that accepts and says nothing is no such case, nor is a name that is not resolved.
    """
    dropped = None
    for host, port in list(addresses)[:_MOST_ADDRESSES]:
        if port is None:  # a Unix socket
            return None
        try:
            with contextlib.closing(socket.create_connection((host, port), _CONNECT_SECONDS)):
                return None
        except TimeoutError:
            dropped = dropped or f"{host}:{port}"
        except OSError:
            return None
    return dropped
