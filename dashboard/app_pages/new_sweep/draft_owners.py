"""Which session each draft belongs to, so that two tabs with one address do not write over each other."""

from __future__ import annotations

import threading

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


class DraftOwners:
    """Gives each draft to one session at a time, of those that this process serves.

    It begins empty: after a restart there is nobody whom a draft could be taken from. A rollout's two dashboards know
    nothing of each other, and the draft of a page that is open at both is the one that was stored last.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, str] = {}

    def take(self, draft_id: str) -> bool:
        """Make the draft this session's, where it is nobody's whose browser is connected; whether it is now."""
        session = this_session()
        with self._lock:
            # the few that are open; nobody tells when a tab is closed
            self._sessions = {draft: owner for draft, owner in self._sessions.items() if is_connected(owner)}
            return self._sessions.setdefault(draft_id, session) == session


@st.cache_resource(show_spinner=False)
def draft_owners() -> DraftOwners:
    """Return the owners of this process, for all its sessions."""
    return DraftOwners()


def this_session() -> str:
    """Return the id of the session that the page is drawn for."""
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""


def is_connected(session: str) -> bool:
    """Whether the session's browser is connected, or it is the one that asks."""
    return session == this_session() or (runtime.exists() and runtime.get_instance().is_active_session(session))
