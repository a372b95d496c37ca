"""Where a sign-in leads back to, why it failed, and that nobody frames the page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container
from typing import Any

import pytest
from joserfc.errors import BadSignatureError, InvalidClaimError, MissingClaimError

from dashboard.app_pages.common.sign_in import FAILURES
from dashboard.http_edge import REASONS, HttpEdge

Headers = list[tuple[bytes, bytes]]
REDIRECT: Headers = [(b"location", b"/")]
SIGNED_IN: Headers = [*REDIRECT, (b"set-cookie", b'_streamlit_user="2|1:0|signed"; Path=/; HttpOnly')]
CLEARED: Headers = [*REDIRECT, (b"set-cookie", b'_streamlit_user=""; Max-Age=0; Path=/')]


def answer(
    path: str,
    status: int,
    headers: Headers,
    *,
    query: bytes = b"",
    sent: dict[str, str] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
    scheme: str = "http",
    method: str = "GET",
    admitted: Container[str] = (),
) -> tuple[int, dict[str, list[str]], bytes]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        meanwhile()
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"text"})

    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    asked = {"host": "b.example.com", **(sent or {})}
    scope = {"type": "http", "path": path, "query_string": query, "scheme": scheme, "method": method}
    scope["headers"] = [(name.encode(), value.encode("latin-1")) for name, value in asked.items()]
    asyncio.run(HttpEdge(app, admitted)(scope, receive, send))
    found: dict[str, list[str]] = {}
    for name, value in told[0]["headers"]:
        found.setdefault(name.decode(), []).append(value.decode())
    return told[0]["status"], found, told[1]["body"]


def came_from(referer: str, **more: Any) -> str:
    _, headers, _ = answer("/auth/login", 302, [(b"location", b"https://p")], sent={"referer": referer}, **more)
    return headers["set-cookie"][0]


def come_back(kept: str, headers: Headers = SIGNED_IN, query: bytes = b"state=s&code=c", **more: Any) -> str:
    _, found, _ = answer(
        "/oauth2callback", 302, headers, query=query, sent={"cookie": f"boostgrid_return={kept}"}, **more
    )
    return found["location"][0]


def test_a_sign_in_leads_back_to_the_page_that_it_began_on() -> None:
    cookie = came_from("http://b.example.com/results?sweep=a-1&sign_in=expired")
    assert cookie.startswith("boostgrid_return=/results%3Fsweep%3Da-1; Path=/")
    assert "HttpOnly; SameSite=Lax" in cookie
    assert come_back("/results%3Fsweep%3Da-1") == "/results?sweep=a-1"


def test_over_https_the_cookie_is_secure() -> None:
    assert "Secure" not in came_from("http://b.example.com/")
    assert "; Secure" in came_from("https://b.example.com/", scheme="https")


@pytest.mark.parametrize(
    "referer",
    ["https://evil.example/x", "http://b.example.com//evil.example", "http://[", "", "http://b.example.com/\\x"],
)
def test_only_a_page_of_this_host_is_kept(referer: str) -> None:
    assert not came_from(referer).startswith("boostgrid_return=//")
    assert "evil" not in came_from(referer)


@pytest.mark.parametrize(
    "kept", ["//evil.example", "https%3A//evil.example", "%2F%2Fevil.example", "/%5Cevil.example", "/a%0d%0ab"]
)
def test_a_forged_cookie_leads_nowhere_else(kept: str) -> None:
    assert come_back(kept) == "/"


def failing(error: BaseException) -> Callable[[], None]:
    def log() -> None:
        logger = logging.getLogger("streamlit.web.server.starlette.starlette_auth_routes")
        logger.warning("OAuth token exchange failed", exc_info=(type(error), error, None))

    return log


ExpiredTokenError = type("ExpiredTokenError", (Exception,), {})
InvalidTokenError = type("InvalidTokenError", (Exception,), {})
OAuthError = type("OAuthError", (Exception,), {})
ConnectError = type("ConnectError", (Exception,), {"__module__": "httpx"})


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ExpiredTokenError(), "expired"),
        (InvalidTokenError(), "clock"),
        (ConnectError(), "provider"),
        (OAuthError("invalid_client"), "exchange"),
    ],
)
def test_a_failed_sign_in_leads_back_with_its_reason(error: BaseException, reason: str) -> None:
    assert come_back("/results", CLEARED, meanwhile=failing(error)) == f"/results?sign_in={reason}"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InvalidClaimError("iat", "The token was issued in the future"), "clock"),
        (InvalidClaimError("nbf", "The token is not yet valid"), "clock"),
        (InvalidClaimError("iss"), "issuer"),
        (InvalidClaimError("aud"), "token"),
        (InvalidClaimError("nonce"), "token"),
        (InvalidClaimError("iat", "Claim 'iat' must be a NumericDate value"), "token"),
        (MissingClaimError("exp"), "token"),
        (MissingClaimError("iss"), "token"),
        (BadSignatureError(), "token"),
    ],
)
def test_what_is_wrong_with_an_id_token_is_told_apart(error: BaseException, reason: str) -> None:
    assert come_back("/", CLEARED, meanwhile=failing(error)) == f"/?sign_in={reason}"


def test_an_answer_without_an_id_token_is_not_called_stale() -> None:
    def log() -> None:
        logger = logging.getLogger("streamlit.web.server.starlette.starlette_auth_routes")
        logger.error("OAuth provider '%s' did not return user information during callback.", "default")

    assert come_back("/", REDIRECT, meanwhile=log) == "/?sign_in=no-token"


def test_a_discovery_document_of_no_use_is_not_called_a_failed_exchange() -> None:
    _, headers, _ = answer("/auth/login", 400, [], meanwhile=failing(ValueError("Expecting value")))
    assert headers["location"] == ["/?sign_in=discovery"]


def test_every_reason_has_its_sentence() -> None:
    assert set(FAILURES) == set(REASONS)


def test_a_refusal_of_the_provider_and_a_stale_answer_are_told_apart() -> None:
    assert come_back("/", REDIRECT, b"error=access_denied&state=s") == "/?sign_in=denied"
    assert come_back("/", REDIRECT, b"error=server_error&state=s") == "/?sign_in=provider-error"
    assert come_back("/", REDIRECT) == "/?sign_in=stale"


def test_coming_back_from_a_sign_out_is_no_failed_sign_in() -> None:
    assert come_back("/results", REDIRECT, b"") == "/"


def test_a_provider_that_is_down_leads_back_to_the_page() -> None:
    status, headers, body = answer(
        "/auth/login",
        400,
        [(b"content-length", b"20")],
        sent={"referer": "http://b.example.com/cluster"},
        meanwhile=failing(ConnectError()),
    )
    assert (status, headers["location"], headers["content-length"], body) == (
        302,
        ["/cluster?sign_in=provider"],
        ["0"],
        b"",
    )


UPLOAD = "/tuning/_stcore/upload_file/{}/file-1"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        (UPLOAD.format("let-in"), "PUT", 200),
        (UPLOAD.format("stranger"), "PUT", 403),
        (UPLOAD.format("stranger"), "DELETE", 403),
        (UPLOAD.format("stranger"), "OPTIONS", 200),  # asks only what may be sent
        ("/_stcore/upload_file/let-in", "PUT", 200),
        ("/_stcore/upload_file//let-in", "PUT", 403),
    ],
)
def test_only_a_session_that_was_let_in_uploads(path: str, method: str, status: int) -> None:
    reached: list[str] = []
    found, headers, body = answer(
        path, 200, [], meanwhile=lambda: reached.append(path), method=method, admitted={"let-in"}
    )
    assert (found, bool(reached)) == (status, status == 200)
    if status == 403:
        assert (headers["content-length"], body) == (["0"], b"")


def test_a_message_that_is_refused_does_not_reach_the_app() -> None:
    sent = [{"type": "websocket.connect"}, *({"type": "websocket.receive", "bytes": each} for each in (b"no", b"yes"))]
    sent += [{"type": "websocket.receive", "text": "no"}, {"type": "websocket.disconnect"}]
    came: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while not came or came[-1]["type"] != "websocket.disconnect":
            came.append(await receive())

    async def receive() -> Any:
        return sent.pop(0)

    async def send(message: Any) -> None:
        raise AssertionError("nothing is answered")

    edge = HttpEdge(app, is_refused=lambda data: data == b"no")
    asyncio.run(edge({"type": "websocket", "path": "/_stcore/stream"}, receive, send))
    assert [each.get("bytes", each.get("text")) for each in came] == [None, b"yes", "no", None]


def test_no_other_page_may_frame_it() -> None:
    _, headers, _ = answer("/", 200, [])
    assert headers["content-security-policy"] == ["frame-ancestors 'self'"]
    assert headers["x-frame-options"] == ["SAMEORIGIN"]
    _, headers, _ = answer("/", 200, [(b"Content-Security-Policy", b"default-src 'self'")])
    assert "content-security-policy" not in headers
