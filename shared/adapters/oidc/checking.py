"""Whether the provider answers, and says what the sign-in needs."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from shared.adapters.oidc.auth_file import read_auth

_DISCOVERY = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_TIMEOUT_SECONDS = 5.0
_MOST_BYTES = 2**20
#: an ID token that is more than two minutes off is refused; providers' own answers take a second
_SKEW_SECONDS = 60.0


def check_provider(path: Path, address: str | None = None, clock: Callable[[], float] = time.time) -> list[str]:
    """Return what is wrong with the sign-in, a sentence each; ``address`` is where browsers reach the dashboard.

    Raises OidcMisconfigured where the file itself is wrong.
    """
    auth = read_auth(path)
    problems = list(_redirect(auth["redirect_uri"], address)) if address else []
    return problems + list(_discovery(auth["server_metadata_url"], clock))


def _redirect(redirect_uri: str, address: str) -> Iterator[str]:
    wanted = urlsplit(redirect_uri)
    try:
        seen = urlsplit(address if "://" in address else f"//{address}")
    except ValueError:
        yield "The address under which the dashboard is seen is none: write it as https://boostgrid.example.com."
        return
    here = seen.netloc.rpartition("@")[2]
    if here != wanted.netloc or (seen.scheme and seen.scheme != wanted.scheme):
        yield (
            f"The dashboard is seen at {here}, and redirect_uri leads to {wanted.scheme}://{wanted.netloc}: a sign-in "
            "would end there. Set redirect_uri to the address that browsers use, here and at the provider."
        )


def _discovery(url: str, clock: Callable[[], float]) -> Iterator[str]:
    parts = urlsplit(url)
    host = parts.netloc
    if parts.scheme not in ("http", "https") or not host:
        yield "server_metadata_url is no http or https address."
        return
    try:
        request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - checked above
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            body, date = answer.read(_MOST_BYTES), answer.headers.get("Date")
        found = json.loads(body)
    except urllib.error.HTTPError as error:
        yield f"The discovery address at {host} answers with status {error.code}: server_metadata_url is another one."
        return
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        yield f"The provider at {host} does not answer ({reason}). Is it up, and may this host reach it?"
        return
    except http.client.HTTPException:  # its message quotes what came
        yield f"What answers at {host} does not speak HTTP: server_metadata_url is another one."
        return
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        yield f"The discovery address at {host} gives no JSON object: server_metadata_url is another one."
        return
    issuer = str(found.get("issuer", ""))
    if issuer.rstrip("/") + _DISCOVERY != url.partition("?")[0].partition("#")[0]:
        yield (
            f"The provider calls itself {issuer or 'nothing'}, which is not where its discovery "
            f"address is; set server_metadata_url to the issuer with {_DISCOVERY} at its end."
        )
    lacks = [name for name in _ENDPOINTS if not found.get(name)]
    if lacks:
        yield f"The provider's discovery document lacks {', '.join(lacks)}."
    if (skew := _skew(date, clock())) is not None and abs(skew) > _SKEW_SECONDS:
        ahead = "ahead of" if skew > 0 else "behind"
        yield f"The provider's clock is {abs(skew):.0f} s {ahead} this one: tokens would be refused. Set both by NTP."


def _skew(date: str | None, now: float) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - now if date else None
    except (TypeError, ValueError):
        return None
