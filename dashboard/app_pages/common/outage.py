"""What a page shows while a service is away, and how it comes back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.wording import verbatim
from dashboard.sentences import sentence
from dashboard.sign_in import NoRole, SignInNeeded
from shared.errors import NotAllowed, ServiceUnavailable

#: how often a page tries again, in seconds
_RETRY_SECONDS = 3
#: how often a page that watches something is drawn again, in seconds
REFRESH_SECONDS = 2
#: how often a page that stands still looks whether somebody else has changed what it shows, in seconds
_LOOK_SECONDS = 5


@contextmanager
def outage_notice() -> Iterator[None]:
    """Show which service is away and what to do in place of what needed it; rerun the page once it is back."""
    try:
        yield
    except (SignInNeeded, NoRole):  # the session ended between the look at the door and an action
        st.rerun()
    except NotAllowed as refusal:
        show_refusal(refusal)
    except ServiceUnavailable as outage:
        show_outage(outage)
        st.session_state["_outage_shown_at"] = time.monotonic()
        _wait_for_recovery()


def live(body: Callable[[], None], *, every: float | None) -> None:
    """Draw ``body`` now and every ``every`` seconds, by itself; an outage shows in its place and passes by itself."""

    @wraps(body)
    def guarded() -> None:
        try:
            services.actor()  # what is drawn by itself ends with its session
            body()
        except (SignInNeeded, NoRole):
            st.rerun()
        except NotAllowed as refusal:
            show_refusal(refusal)
        except ServiceUnavailable as outage:
            show_outage(outage)

    st.fragment(guarded, run_every=every)()


def drawn_anew_when_changed(look: Callable[[], object], drawn: object) -> None:
    """Draw the whole page anew as soon as ``look`` tells something else than what is ``drawn``: it stands still."""

    @st.fragment(run_every=_LOOK_SECONDS)
    def watch() -> None:
        with suppress(ServiceUnavailable):  # what stands there is still what was last known
            if look() != drawn:
                st.rerun()

    watch()


def show_refusal(refusal: NotAllowed) -> None:
    """Say what may not be done, and who may."""
    st.error(verbatim(sentence(str(refusal))), title="Not allowed", icon=":material/lock:")


def show_outage(outage: ServiceUnavailable) -> None:
    """Say which service is away and what to do."""
    what = f"{verbatim(outage.reason)}\n\n{verbatim(outage.hint)}"
    st.error(
        f"{what}\n\nThis page comes back by itself as soon as it answers.",
        title=f"{outage.service} does not answer",
        icon=":material/cloud_off:",
    )


@st.fragment(run_every=_RETRY_SECONDS)
def _wait_for_recovery() -> None:
    # also drawn as part of the page itself, where another rerun would never end
    shown_at: float = st.session_state["_outage_shown_at"]
    if time.monotonic() - shown_at > _RETRY_SECONDS / 2:
        st.rerun()
