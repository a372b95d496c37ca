"""The mounted file with Streamlit's [auth] section. No value of it is ever in a message."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
    redirect = urlsplit(auth["redirect_uri"])
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
    if "@" in urlsplit(auth["server_metadata_url"]).netloc:
        raise OidcMisconfigured(f"{path}: server_metadata_url has a user or password in it, which logs would show")
    if auth.get("expose_tokens"):
        raise OidcMisconfigured(f"{path}: expose_tokens puts tokens into pages, which need none; remove it")
    try:  # what Streamlit imports once somebody signs in
        importlib.import_module("authlib.integrations.starlette_client")
    except ImportError as error:
        raise OidcMisconfigured(
            f"the sign-in needs the package {error.name}, which is not installed: `pip install 'streamlit[auth]'`"
        ) from error
    return auth
