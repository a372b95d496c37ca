"""What is shown to whoever is not signed in, or has no role, and who is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.wording import verbatim
from dashboard.http_edge import REASON
from dashboard.sign_in import NoRole, SignInNeeded
from shared.domain import Actor, Role

#: why a sign-in failed, as the address says it -> a sentence; a forged address chooses among these only
FAILURES = {
    "expired": "The ID token had expired when it came. Sign in again; if it happens again, the clocks of provider and "
    "server differ.",
    "provider": "The sign-in's provider does not answer. Try again in a moment; `python -m shared check-oidc` says "
    "more.",
    "provider-error": "The provider refused the sign-in; the dashboard's log has its reason.",
    "denied": "The sign-in was cancelled, or the provider does not let this account in.",
    "clock": "The ID token is not valid yet: the clocks of provider and server differ. Set both by NTP.",
    "issuer": "The ID token comes from another issuer than the discovery address names; `python -m shared check-oidc` "
    "says which.",
    "token": "The ID token is not believed: it is signed by another key, made for another client or sign-in, or lacks "
    "a claim. The dashboard's log says which.",
    "no-token": "The provider answered without an ID token: client_kwargs in the sign-in's file asks for a scope "
    "without openid.",
    "discovery": "The discovery address does not give what a sign-in needs; `python -m shared check-oidc` says what.",
    "exchange": "The provider's answer could not be exchanged for an ID token: as a rule client_id, client_secret or "
    "redirect_uri differ from what the provider has. The dashboard's log has its reason.",
    "stale": "That answer of the provider belongs to no sign-in that was begun here in the last minutes. Sign in "
    "again.",
}


def sign_in_page(why: SignInNeeded) -> None:
    """Offer to sign in; never by itself, so that nothing leads in a circle."""
    st.title("Boostgrid")
    if failure := FAILURES.get(st.query_params.get(REASON, "")):
        st.error(failure, title="You are not signed in", icon=":material/lock:")
    else:
        st.markdown(verbatim(str(why)))
    _say_other_host()
    if st.button("Sign in", type="primary", icon=":material/login:", key="sign_in"):
        st.login()


def no_role_page(why: NoRole) -> None:
    """Say what is missing, and let somebody else sign in."""
    st.title("You have no role here")
    st.markdown(verbatim(str(why)))
    _sign_out_button()


def whose_session(actor: Actor) -> None:
    """Say at the foot of a page who is signed in, and offer the way out."""
    if services.settings().oidc_secrets is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        told = "" if actor.role is Role.OPERATOR else ": you see everything and change nothing"
        st.caption(verbatim(f"Signed in as {actor.name}, {actor.role}{told}."), width="content")
        _sign_out_button()


def _sign_out_button() -> None:
    if st.button("Sign out", icon=":material/logout:", key="sign_out", type="tertiary"):
        st.logout()


def _say_other_host() -> None:
    """The cookie of a session belongs to the host that the provider leads back to."""
    wanted, seen = services.redirect_host(), urlsplit(st.context.url or "").netloc
    if wanted and seen and wanted != seen:
        st.warning(
            verbatim(
                f"This page is at {seen}, and the sign-in leads to {wanted}: open it there, or set redirect_uri to an "
                "address of this host."
            )
        )
