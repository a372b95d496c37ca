"""Whose session it is: the claims of an ID token -> an actor, or why there is none. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain import Actor, Role
from shared.errors import NotAllowed
from shared.settings import DashboardSettings
from shared.wording import listed, shortened, shown

#: claims that say who somebody is, the most readable first; ``sub`` is in every ID token
_NAMES = ("email", "preferred_username", "name", "sub")
#: what Streamlit puts beside the claims
_NOT_CLAIMS = {"is_logged_in", "provider", "tokens"}
#: clocks differ by as much, and providers are believed within it
SKEW = timedelta(seconds=120)
_MISSING = object()
#: an address has at most 254 characters
_LONGEST_NAME = 200
_OTHER_KINDS = ((Mapping, "an object"), (bool, "true or false"), (int | float, "a number"))


class SignInNeeded(NotAllowed):
    """Raised where nobody is signed in, or no longer; says why."""


class NoRole(NotAllowed):
    """Raised where somebody is signed in whose token gives them no role; names what was looked for and what came."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider said of whoever is signed in; empty where nobody is."""

    values: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """The names of the claims, without their values."""
        return sorted(set(self.values) - _NOT_CLAIMS)


def actor_of(claims: Claims, settings: DashboardSettings, now: datetime) -> Actor:
    """Return who is signed in and with which role. Raises SignInNeeded and NoRole."""
    if claims.values.get("is_logged_in") is not True:
        raise SignInNeeded("Nobody is signed in in this window.")
    began = claims.values.get("iat")
    if isinstance(began, bool) or not isinstance(began, int | float):
        raise SignInNeeded(_missing("iat", "which says when the session began", claims))
    # of an open session ``exp`` says nothing: ID tokens live for minutes and are not renewed
    try:
        since = datetime.fromtimestamp(began, UTC)
        ends = since + timedelta(hours=settings.session_hours)
    except (ValueError, OverflowError, OSError):
        raise SignInNeeded("The ID token's iat is no time, so nobody knows when the session ends.") from None
    if since > now + SKEW:
        raise SignInNeeded(
            f"The provider's clock is {int((since - now).total_seconds())} s ahead of this server's; set both by NTP."
        )
    if now >= ends:
        raise SignInNeeded(f"Your session ended: it lasts {settings.session_hours:g} hours.")
    name = next(filter(None, (_name(claims.values.get(each)) for each in _NAMES)), None)
    if name is None:
        raise SignInNeeded(_missing(listed(_NAMES), "one of which names who signs in", claims))
    return Actor(name=name, role=_role(claims, settings))


def _name(value: Any) -> str:
    """Return a claim as logs, the audit and pages can show it in a line; nothing where it is no text to read."""
    if not isinstance(value, str):
        return ""
    shortest = " ".join("".join(each if each.isprintable() else " " * each.isspace() for each in value).split())
    return shortened(shortest, _LONGEST_NAME)


def _role(claims: Claims, settings: DashboardSettings) -> Role:
    everybody = "*" in _split(settings.oidc_viewer_roles)
    found = _at(claims.values, settings.oidc_roles_claim)
    if found is _MISSING and not everybody:
        raise NoRole(_missing(settings.oidc_roles_claim, "which BOOSTGRID_OIDC_ROLES_CLAIM names", claims))
    kind = next((word for type_, word in _OTHER_KINDS if isinstance(found, type_)), None)
    if kind is not None and not everybody:
        raise NoRole(
            f"The ID token's claim {settings.oidc_roles_claim} is {kind}, where a text or a list of texts is looked "
            "for; BOOSTGRID_OIDC_ROLES_CLAIM may name a path below it."
        )
    has = _as_names(found)
    if has & _split(settings.oidc_operator_roles):
        return Role.OPERATOR
    if everybody or has & _split(settings.oidc_viewer_roles):
        return Role.VIEWER
    wanted = sorted(_split(settings.oidc_operator_roles) | _split(settings.oidc_viewer_roles))
    came = listed(map(shown, sorted(has))) if has else "no role"
    raise NoRole(f"Your account gives you no role here: {listed(wanted)} are looked for, and the provider sent {came}.")


def _missing(claim: str, why: str, claims: Claims) -> str:
    return (
        f"The ID token has no claim {claim}, {why}; it has {listed(claims.names)}. "
        "Whoever runs the provider can add it to the ID token of this client."
    )


def _at(values: Any, path: str) -> Any:
    """Return what stands at a path; a name may have dots of its own, as in https://example.com/roles."""
    if not isinstance(values, Mapping):
        return _MISSING
    if path in values:
        return values[path]
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        first = ".".join(parts[:length])
        if first in values:
            return _at(values[first], ".".join(parts[length:]))
    return _MISSING


def _as_names(found: Any) -> set[str]:
    """Return the roles of a claim: a text, or a list of them. Keycloak writes groups with their path."""
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, Sequence):
        return set()
    return {each.strip().removeprefix("/") for each in found if isinstance(each, str) and each.strip()}


def _split(names: str) -> set[str]:
    return _as_names(names.split(","))
