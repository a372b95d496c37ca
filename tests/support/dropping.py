"""An address that drops: what connects to it is neither accepted nor refused, as behind a firewall."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

#: what a full backlog of one takes before it drops: some kernels take more than they say
_ENOUGH = 16
_PAUSE_SECONDS = 0.3


@contextlib.contextmanager
def dropping() -> Iterator[int]:
    """Give a port of 127.0.0.1 whose backlog is full and of which nobody accepts."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(_ENOUGH):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(_PAUSE_SECONDS)
            try:
                waiting.connect(address)
            except TimeoutError:
                break
        else:
            raise AssertionError("the backlog is never full here")
        yield address[1]
