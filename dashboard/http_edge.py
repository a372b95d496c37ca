"""What stands around Streamlit's answers: no frames, no figures and no memory for strangers, the way of a sign-in.

Streamlit leads every sign-in to ``/`` and tells only its log why one failed. Plain ASGI, without imports.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Container, Iterable, MutableMapping
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

#: Streamlit tells whoever reaches the server how many sessions there are, and has no option to switch that off
_FIGURES = "/_stcore/metrics"
#: followed by a session's id: Streamlit keeps what comes there in memory for whoever is connected, signed in or not
_UPLOADS = "/_stcore/upload_file/"
LOGIN, CALLBACK = "/auth/login", "/oauth2callback"
#: query parameter of a page: why the sign-in that led to it failed, a key of ``dashboard.sign_in_failures``
REASON = "sign_in"
_RETURN = "boostgrid_return"
_RETURN_SECONDS = 900
_USER_COOKIE = "_streamlit_user="
_FRAMES = ((b"x-frame-options", b"SAMEORIGIN"), (b"content-security-policy", b"frame-ancestors 'self'"))
#: the module that logs why a sign-in failed
_AUTH_LOGGER = "streamlit.web.server.starlette.starlette_auth_routes"

#: what it logs, without an exception, of an answer that has no ID token
_WITHOUT_CLAIMS = "did not return user information"
#: what a token's checker says of one that is not valid yet, whichever claim says so
_TOO_EARLY = ("issued in the future", "not yet valid")
#: every reason there is
REASONS = frozenset(
    {"expired", "provider", "provider-error", "denied", "clock", "issuer", "token", "no-token", "exchange", "stale"}
    | {"discovery"}
)

_trouble: ContextVar[list[BaseException] | None] = ContextVar("sign_in_trouble", default=None)


class _NoIdToken(Exception):
    """The provider's answer to the code had no ID token."""


class _Listener(logging.Handler):
    """Keeps the exception of a failed sign-in for the request that it failed in."""

    def emit(self, record: logging.LogRecord) -> None:
        seen = _trouble.get()
        if seen is None:
            return
        if record.exc_info and record.exc_info[1] is not None:
            seen.append(record.exc_info[1])
        elif _WITHOUT_CLAIMS in record.getMessage():
            seen.append(_NoIdToken())


class HttpEdge:
    """ASGI middleware around the whole app."""

    def __init__(
        self, app: App, admitted: Container[str] = (), is_refused: Callable[[bytes], bool] = lambda data: False
    ) -> None:
        """``admitted`` has the sessions that may upload; ``is_refused`` says which of a browser's messages get lost."""
        self._app, self._admitted, self._is_refused = app, admitted, is_refused
        logger = logging.getLogger(_AUTH_LOGGER)
        if not any(isinstance(handler, _Listener) for handler in logger.handlers):
            logger.addHandler(_Listener())
        if not logger.isEnabledFor(logging.WARNING):  # whatever else is not logged, a failed sign-in is
            logger.setLevel(logging.WARNING)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, self._without_refused(receive), send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if str(scope["path"]).rstrip("/").endswith(_FIGURES):
            await _refuse(send, 404)
            return
        if self._is_strangers_upload(scope):
            await _refuse(send, 403)
            return
        trouble: list[BaseException] = []
        token = _trouble.set(trouble)
        replaced = False

        async def answer(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                headers = list(message.get("headers") or [])
                path = str(scope["path"])
                if path.endswith(LOGIN):
                    replaced = message["status"] >= 400
                    headers = _leaving(scope, headers, trouble if replaced else None)
                elif path.endswith(CALLBACK):
                    headers = _coming_back(scope, headers, trouble)
                names = {name.lower() for name, _ in headers}
                headers += [each for each in _FRAMES if each[0] not in names]
                message = {**message, "headers": headers, "status": 302 if replaced else message["status"]}
            elif replaced:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            _trouble.reset(token)

    def _without_refused(self, receive: Receive) -> Receive:
        async def next_message() -> Message:
            while True:
                message = await receive()
                data = message.get("bytes")
                if message["type"] != "websocket.receive" or data is None or not self._is_refused(data):
                    return message
                log.warning("a browser's message was refused", extra={"event": "browser.refused"})

        return next_message

    def _is_strangers_upload(self, scope: Message) -> bool:
        _, uploads, rest = str(scope["path"]).partition(_UPLOADS)
        return bool(uploads) and scope["method"] != "OPTIONS" and rest.partition("/")[0] not in self._admitted


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0"), *_FRAMES]})
    await send({"type": "http.response.body", "body": b""})


def _leaving(
    scope: Message, headers: list[tuple[bytes, bytes]], trouble: list[BaseException] | None
) -> list[tuple[bytes, bytes]]:
    """Keep where the visitor leaves from; one who cannot leave is led back there with the reason."""
    here = _left_from(scope)
    if trouble is not None:
        # nothing is exchanged yet: what goes wrong without the network is the document
        reason = "provider" if _reason(trouble, "") == "provider" else "discovery"
        kept = [each for each in headers if each[0].lower() not in (b"content-length", b"content-type")]
        return [*kept, (b"content-length", b"0"), (b"location", _with_reason(here, reason).encode())]
    return [*headers, _cookie(scope, quote(here, safe="/"), _RETURN_SECONDS)]


def _coming_back(
    scope: Message, headers: list[tuple[bytes, bytes]], trouble: list[BaseException]
) -> list[tuple[bytes, bytes]]:
    """Lead the visitor to where they left from, with the reason where they are not signed in."""
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
    if not query.keys() & {"state", "error"}:  # a sign-out comes back here too
        return headers
    came_in = any(
        name.lower() == b"set-cookie"
        and value.decode("latin-1").startswith(_USER_COOKIE)
        and value.decode("latin-1").split(";")[0].removeprefix(_USER_COOKIE).strip('"')
        for name, value in headers
    )
    to = _kept(scope)
    if not came_in:
        to = _with_reason(to or "/", _reason(trouble, query.get("error", "")))
    if to:
        headers = [each for each in headers if each[0].lower() != b"location"] + [(b"location", to.encode())]
    return [*headers, _cookie(scope, "", 0)]


def _left_from(scope: Message) -> str:
    """Return path and query of the page of this host from which the request comes."""
    try:
        referer = urlsplit(_header(scope, b"referer"))
    except ValueError:
        return "/"
    if referer.netloc != _header(scope, b"host"):
        return "/"
    query = urlencode([each for each in parse_qsl(referer.query, keep_blank_values=True) if each[0] != REASON])
    return _own_path(f"{referer.path}?{query}" if query else referer.path)


def _kept(scope: Message) -> str | None:
    try:
        morsel = SimpleCookie(_header(scope, b"cookie")).get(_RETURN)
    except CookieError:
        return None
    return _own_path(unquote(morsel.value)) if morsel is not None and morsel.value else None


def _own_path(path: str) -> str:
    """Return the path, or / where a browser could take it for another host's, or it is no text for a header."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isascii() and path.isprintable()
    return path if own and not path.split("?")[0].endswith((LOGIN, CALLBACK)) else "/"


def _with_reason(path: str, reason: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{REASON}={reason}"


def _reason(trouble: Iterable[BaseException], error: str) -> str:
    if error:
        return "denied" if error == "access_denied" else "provider-error"
    for each in trouble:
        kind, module = type(each).__name__, type(each).__module__
        if kind == "ExpiredTokenError":
            return "expired"
        if module.startswith(("httpx", "httpcore")):
            return "provider"
        if kind == "InvalidTokenError" or any(words in str(each) for words in _TOO_EARLY):
            return "clock"
        if module.startswith("joserfc"):
            claim = getattr(each, "claim", None) if kind == "InvalidClaimError" else None
            return "issuer" if claim == "iss" else "token"
        return "no-token" if isinstance(each, _NoIdToken) else "exchange"
    return "stale"


def _header(scope: Message, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")


def _cookie(scope: Message, value: str, seconds: int) -> tuple[bytes, bytes]:
    https = scope.get("scheme") == "https" or _header(scope, b"x-forwarded-proto") == "https"
    secure = "; Secure" if https else ""
    text = f"{_RETURN}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    return b"set-cookie", text.encode("latin-1")
