"""A TCP port in front of a service, so that a test can break connections and keep them out."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading


class Gate:
    """Forwards connections to ``target``, until told not to. Use as a context."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._open = True
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        """The port to connect to."""
        return self._listener.getsockname()[1]

    def shut(self) -> None:
        """Break every connection and let none in."""
        with self._lock:
            self._open = False
            self._flowing.set()
            for pair in self._pairs:
                for end in pair:
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
            self._pairs.clear()

    def open(self) -> None:
        """Let connections in again."""
        with self._lock:
            self._open = True

    def freeze(self) -> None:
        """Keep every connection and let nothing through, until the next ``thaw`` or ``shut``."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let through what was kept, and all that follows."""
        self._flowing.set()

    def cut(self) -> None:
        """Break every connection once."""
        self.shut()
        self.open()

    def reset(self) -> None:
        """Break every connection once, as a firewall that has forgotten them does: the clients get a reset."""
        with self._lock:
            self._flowing.set()
            for inner, outer in self._pairs:
                with contextlib.suppress(OSError):
                    inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    inner.shutdown(socket.SHUT_RD)
                with contextlib.suppress(OSError):
                    outer.shutdown(socket.SHUT_RDWR)
                inner.close()
            self._pairs.clear()

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                inner = self._listener.accept()[0]
            except OSError:
                return
            with self._lock:
                if not self._open:
                    inner.close()
                    continue
                try:
                    outer = socket.create_connection(self._target)
                except OSError:  # the service is down: as if there were no gate
                    inner.close()
                    continue
                if outer.getsockname() == outer.getpeername():
                    # to a port that nobody listens at, TCP may connect a socket to itself, and so keep the port
                    outer.close()
                    inner.close()
                    continue
                self._pairs.append((inner, outer))
            for source, sink in ((inner, outer), (outer, inner)):
                thread = threading.Thread(target=self._pump, args=(source, sink), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                self._flowing.wait()
                sink.sendall(chunk)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
