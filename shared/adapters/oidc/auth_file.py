"""The mounted file with Streamlit's [auth] section. No value of it is ever in a message."""

from __future__ import annotations

import importlib
import tomllib
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from shared.errors import BoostgridError
from shared.wording import listed

_NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_CALLBACK = "/oauth2callback"
#: what signs everybody's session must not be guessed
_SHORTEST_SECRET = 32


class OidcMisconfigured(BoostgridError):
    """Raised when the sign-in cannot work as it is set up; names the file and the key, never a value."""


def read_auth(path: Path) -> dict[str, Any]:
    """Return the [auth] section, complete. Raises OidcMisconfigured."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise OidcMisconfigured(f"BOOSTGRID_OIDC_SECRETS: {path} cannot be read ({reason})") from None
    except tomllib.TOMLDecodeError:  # its message quotes the text
        raise OidcMisconfigured(f"BOOSTGRID_OIDC_SECRETS: {path} is not TOML; docs/sign-in.md has an example") from None
    auth = read.get("auth")
    if not isinstance(auth, dict):
        raise OidcMisconfigured(f"{path} has no section [auth]; docs/sign-in.md has an example")
    missing = [key for key in _NEEDED if not isinstance(auth.get(key), str) or not auth[key].strip()]
    if missing:
        raise OidcMisconfigured(f"{path}: [auth] lacks {listed(missing)}")
    redirect, metadata = (_address(path, key, auth[key]) for key in ("redirect_uri", "server_metadata_url"))
    if redirect.scheme not in ("http", "https") or not redirect.netloc or not redirect.path.endswith(_CALLBACK):
        raise OidcMisconfigured(
            f"{path}: redirect_uri must be the dashboard's whole address with {_CALLBACK} at its end, such as "
            f"https://boostgrid.example.com{_CALLBACK}"
        )
    if len(auth["cookie_secret"]) < _SHORTEST_SECRET:
        raise OidcMisconfigured(
            f"{path}: cookie_secret has fewer than {_SHORTEST_SECRET} characters, and it signs every session; make "
            "one with `openssl rand -hex 32`"
        )
    for key, parts in (("redirect_uri", redirect), ("server_metadata_url", metadata)):
        if "@" in parts.netloc:
            raise OidcMisconfigured(f"{path}: {key} has a user or password in it, which logs would show")
    if auth.get("expose_tokens"):
        raise OidcMisconfigured(f"{path}: expose_tokens puts tokens into pages, which need none; remove it")
    try:  # what Streamlit imports once somebody signs in
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # between its packages, nobody's here to mend
            importlib.import_module("authlib.integrations.starlette_client")
    except ImportError as error:
        raise OidcMisconfigured(
            f"the sign-in needs the package {error.name}, which is not installed: `pip install 'streamlit[auth]'`"
        ) from error
    return auth


def _address(path: Path, key: str, text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - which is looked at only now
    except ValueError:  # its message quotes the text
        parts = None
    if parts is None or not text.isprintable() or " " in text:
        raise OidcMisconfigured(f"{path}: {key} is no address; docs/sign-in.md has an example") from None
    return parts
