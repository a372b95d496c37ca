"""Certificates of an authority of a test's own, and a port with TLS in front of a service that has none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Authority:
    """An authority, and a certificate for ``localhost`` (not for 127.0.0.1) that it signed."""

    #: the authority's certificate
    pem: str
    authority: Path
    certificate: Path
    key: Path


def make_authority(folder: Path) -> Authority:
    """Make one with openssl; skips without it, fails in CI."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.fail("no openssl") if os.environ.get("CI") == "true" else pytest.skip("no openssl")
    own, signed = folder / "authority", folder / "server"
    new = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    made_by = ["-CA", f"{own}.crt", "-CAkey", f"{own}.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    for name, subject, more in ((own, "/CN=authority", []), (signed, "/CN=server", made_by)):
        names = ["-addext", "subjectAltName=DNS:localhost"] if more else []
        command = [*new, "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", subject, *more, *names]
        subprocess.run(command, check=True, capture_output=True)
    paths = [Path(f"{own}.crt"), Path(f"{signed}.crt"), Path(f"{signed}.key")]
    return Authority(paths[0].read_text(), *paths)


@contextlib.contextmanager
def tls_in_front(target: tuple[str, int], authority: Authority) -> Iterator[int]:
    """Listen with TLS, forward to ``target`` without it; gives the port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.certificate, authority.key)
    loop = asyncio.new_event_loop()
    # a client that does not believe the certificate leaves in the midst of the handshake, which is wanted
    loop.set_exception_handler(lambda _loop, _context: None)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(*target)
        await asyncio.gather(forward(reader, inner_writer), forward(inner_reader, writer))

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
