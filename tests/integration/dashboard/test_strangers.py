"""What reaches the server past its pages: uploads and the websocket's other messages, signed in and not."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from websockets.sync.client import ClientConnection, connect

from tests.support import oidc
from tests.support.dashboard_process import DashboardProcess, any_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardProcess]:
    """A dashboard with a sign-in whose provider is down, which keeps nobody out who is signed in."""
    folder, port = tmp_path_factory.mktemp("signed"), any_port()
    secrets = folder / "secrets.toml"
    secrets.write_text(oidc.auth_section("http://127.0.0.1:9", f"http://127.0.0.1:{port}/oauth2callback"))
    settings = {"BOOSTGRID_OIDC_SECRETS": str(secrets)}
    with DashboardProcess(folder / "home", "--workers", "0", "--port", str(port), settings=settings) as started:
        started.url()
        yield started


class Visitor:
    """A browser without a browser: its cookies, and a session."""

    def __init__(self, url: str, **claims: object) -> None:
        self._url = url
        with urllib.request.urlopen(f"{url}/_stcore/health") as answer:  # noqa: S310 - a fixed http address
            self._xsrf = str(answer.headers["Set-Cookie"]).split(";")[0].partition("=")[2]
        cookies = f"_streamlit_xsrf={self._xsrf}"
        if claims:
            told = json.dumps(
                {"is_logged_in": True, "origin": url, "provider": "default", "iat": time.time(), **claims}
            )
            signed = create_signed_value(oidc.COOKIE_SECRET, "_streamlit_user", told).decode()
            cookies += f"; _streamlit_user={signed}"
        self._cookies = cookies

    def connect(self) -> ClientConnection:
        """Open the websocket."""
        address = self._url.replace("http", "ws", 1) + "/_stcore/stream"
        headers = {"Cookie": self._cookies}
        return connect(
            address, origin=self._url, subprotocols=["streamlit", self._xsrf], additional_headers=headers, max_size=None
        )

    def upload(self, session: str) -> int:
        """Send a file to a session, past every page; return the status."""
        body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\na,b\r\n--b--\r\n'
        headers = {"Cookie": self._cookies, "X-Xsrftoken": self._xsrf}
        headers["Content-Type"] = "multipart/form-data; boundary=b"
        address = f"{self._url}/_stcore/upload_file/{session}/file-1"
        request = urllib.request.Request(address, body, headers, method="PUT")  # noqa: S310
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code


def drawn(connection: ClientConnection) -> tuple[str, str]:
    """Have the page drawn; return the session's id and all that was sent."""
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    connection.send(ask.SerializeToString())
    session, sent = "", ""
    while True:
        message = ForwardMsg.FromString(bytes(connection.recv(timeout=60)))  # type: ignore[arg-type]
        sent += str(message)
        if message.WhichOneof("type") == "new_session":
            session = message.new_session.initialize.session_id
        if message.WhichOneof("type") == "script_finished":
            return session, sent


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 403),
        ({"email": "nobody@example.com", "roles": []}, 403),
        ({"email": "old@example.com", "roles": ["operator"], "iat": 1_700_000_000}, 403),
        ({"email": "op@example.com", "roles": ["operator"]}, 204),
    ],
)
def test_only_somebody_with_a_role_fills_the_servers_memory(
    signed: DashboardProcess, claims: dict[str, object], status: int
) -> None:
    visitor = Visitor(signed.url(), **claims)
    with visitor.connect() as connection:
        session, _ = drawn(connection)
        assert visitor.upload(session) == status


def test_a_stranger_does_not_empty_the_caches_of_all_sessions(signed: DashboardProcess) -> None:
    with Visitor(signed.url()).connect() as connection:
        drawn(connection)
        connection.send(BackMsg(clear_cache=True).SerializeToString())
        drawn(connection)  # it goes on with what it may ask
    signed.wait_until(lambda: "message was refused" in signed.output)
