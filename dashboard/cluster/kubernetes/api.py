"""Requests to the API server: raw JSON in and out, every one bounded in time and size, errors translated."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3
from kubernetes.client import ApiClient, ApiException, Configuration

from shared.errors import BLOCKED, BoostgridError, ServiceUnavailable, blocked_hint

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
#: of a whole answer, however it drips
ANSWER_SECONDS = 15.0
#: thousands of pods with their managed fields; beyond that the answer is not for a page
ANSWER_BYTES = 64 * 2**20
#: what the server is told to give up after, in seconds
SERVER_SECONDS = 10
SERVICE = "Kubernetes"
_UNREACHABLE = "Look at the API server's address and whether it runs."
_MERGE_PATCH = "application/merge-patch+json"


class Refused(BoostgridError):
    """Raised when the API server answers no: 4xx, but for too many requests and a login that it does not know."""

    def __init__(self, status: int, reason: str, message: str, verb: str = "get") -> None:
        self.status, self.reason = status, reason
        #: of the rule that would allow it
        self.verb = verb
        super().__init__(message)


class NotNow(ServiceUnavailable):
    """Raised when the API server cannot be reached, is too slow, or asks to be left alone for a while."""

    def __init__(self, reason: str, hint: str, *, status: int | None = None, retry_after: float = 0.0) -> None:
        #: HTTP's, where there was an answer
        self.status = status
        #: how long the server asks to be left alone, in seconds
        self.retry_after = retry_after
        super().__init__(SERVICE, reason, hint)


class KubernetesApi:
    """One client for the process. Thread-safe, as urllib3's pools are."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        configuration.retries = False  # retries and their pauses are the reader's
        self._client = ApiClient(configuration)
        self._client.user_agent = "boostgrid-dashboard"
        self._where = urlsplit(configuration.host).netloc.rpartition("@")[2]
        self._timeout = (connect_seconds, read_seconds)
        self._answer_seconds = answer_seconds

    def get(self, path: str, **query: str | int | bool) -> dict[str, Any]:
        """Return the JSON at ``path``. Raises Refused, NotNow."""
        return self._json(self._request("GET", path, query))

    def list(self, path: str, **query: str | int | bool) -> list[dict[str, Any]]:
        """Return the items of a list that the server keeps in memory anyway. Raises Refused, NotNow."""
        return list(self.get(path, resourceVersion="0", timeoutSeconds=SERVER_SECONDS, **query).get("items") or ())

    def text(self, path: str, **query: str | int | bool) -> str:
        """Return the text at ``path``. Raises Refused, NotNow."""
        return self._request("GET", path, query).decode(errors="replace")

    def patch(self, path: str, body: Mapping[str, Any], **query: str) -> dict[str, Any]:
        """Merge ``body`` into the object at ``path`` and return it. Raises Refused, NotNow."""
        return self._json(self._request("PATCH", path, query, body, _MERGE_PATCH))

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object and return it. Raises Refused, NotNow."""
        return self._json(self._request("POST", path, {}, body, "application/json"))

    def close(self) -> None:
        """Release the connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int | bool],
        body: Mapping[str, Any] | None = None,
        content_type: str | None = None,
    ) -> bytes:
        serialized = self._client.param_serialize(
            method,
            path,
            query_params=[
                (name, str(value).lower() if isinstance(value, bool) else value) for name, value in query.items()
            ],
            header_params={"Accept": "application/json, */*"}
            | ({"Content-Type": content_type} if content_type else {}),
            body=dict(body) if body is not None else None,
            auth_settings=["BearerToken"],
        )
        until = time.monotonic() + self._answer_seconds
        try:
            response = self._client.call_api(*serialized, _request_timeout=self._timeout).response
            try:
                content = self._read(response, until)
            finally:
                response.release_conn()
        except urllib3.exceptions.TimeoutError as error:
            if isinstance(error, urllib3.exceptions.NewConnectionError):  # a refused connection is one of them
                raise NotNow(_first_line(error), _UNREACHABLE) from error
            if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
                raise NotNow(BLOCKED, blocked_hint(self._where, "its address")) from error
            waited = f"no answer within {self._timeout[1]:g} s"
            raise NotNow(waited, "It may be overloaded, or a firewall may swallow requests.") from error
        except (urllib3.exceptions.HTTPError, ApiException, OSError) as error:  # ApiException: TLS, in this client
            raise NotNow(_first_line(error), _UNREACHABLE) from error
        if response.status < 300:
            return content
        raise _refusal(method, response.status, response.headers, content)

    def _read(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        """The whole body: a read time-out alone would let a server drip bytes for ever."""
        chunks: list[bytes] = []
        size = 0
        while chunk := response.read1(2**16):
            chunks.append(chunk)
            size += len(chunk)
            if time.monotonic() > until or size > ANSWER_BYTES:
                response.close()
                what = f"{size:,} bytes in {self._answer_seconds:g} s" if size <= ANSWER_BYTES else "more than 64 MiB"
                raise NotNow(f"an answer that does not end ({what})", "It may be overloaded.")
        return b"".join(chunks)

    @staticmethod
    def _json(content: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise NotNow("an answer that is no JSON", "Something else may listen at its address.") from error
        if not isinstance(answer, dict):
            raise NotNow("an answer that is no object", "Something else may listen at its address.")
        return answer


def _refusal(method: str, status: int, headers: Mapping[str, str], content: bytes) -> BoostgridError:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        told = {}
    told = told if isinstance(told, dict) else {}
    message = str(told.get("message") or f"HTTP {status}")
    if status == 401:
        return NotNow(
            "it does not know this login (401)", "The token may have expired; look at the kubeconfig.", status=401
        )
    if status == 429 or status >= 500:
        after = headers.get("Retry-After", "")
        wait = float(after) if after.isdigit() else 0.0
        hint = "It asks to be left alone for a while." if status == 429 else "Look at the API server's own log."
        return NotNow(f"HTTP {status}: {message}", hint, status=status, retry_after=min(wait, 60.0))
    verb = "create" if method == "POST" else method.lower()
    return Refused(status, str(told.get("reason") or ""), message, verb)


def _first_line(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    return (str(reason).strip() or type(error).__name__).splitlines()[-1]
