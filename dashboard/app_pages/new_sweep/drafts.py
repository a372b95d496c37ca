"""The form's draft in the store: what a reload, a lost connection and a restart of the server leave as it was.

Its id is in the page's address. A form that was not touched yet has none: it is the same for everybody.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import services
from dashboard.app_pages.common.sweep_actions import CLONED_SPEC
from dashboard.app_pages.common.wording import verbatim
from dashboard.app_pages.new_sweep import form_state
from dashboard.app_pages.new_sweep.draft_owners import draft_owners
from dashboard.sentences import sentence
from dashboard.sweep_form import Draft, UnreadableDraft
from shared.errors import RecordRefused, ServiceUnavailable
from shared.ports import DRAFTS_KEPT_DAYS, LARGEST_DRAFT_BYTES

#: in the page's address
PARAMETER = "draft"
#: the id; and the form as it was stored last, or as it was before anybody touched it
_ID, _KEPT = "new_draft_id", "new_draft_kept"
_NOTICE = "new_draft_notice"
#: a browser that lost its connection asks for nothing when it is back, unless a part of the page is to be redrawn by
#: itself: then for the whole page at once, and so the form that it shows is the session's before anybody touches it
_REDRAWN_SECONDS = 3_600


def take_up() -> None:
    """Fill the form with the draft of the address, once a session, else as a first visit. Raises ServiceUnavailable."""
    state = st.session_state
    if _ID not in state:
        asked = st.query_params.get(PARAMETER)
        if asked is not None:
            _load(asked)
    elif not draft_owners().take(state[_ID]):  # while this one was not connected, another tab took it
        _begin_anew()
    if CLONED_SPEC in state:
        state.setdefault(_KEPT, "")  # it is nobody's first form
    form_state.start()
    st.fragment(lambda: None, run_every=_REDRAWN_SECONDS)()


def keep(place: DeltaGenerator) -> None:
    """Store the form where it changed since; call it once its fields are settled. ``place`` says where that fails."""
    state = st.session_state
    draft = form_state.draft()
    body = draft.encode()
    if len(body) > LARGEST_DRAFT_BYTES:  # a large spec over another: this session alone can bring the other back
        body = replace(draft, before=None, placed="").encode()
    if body != state.setdefault(_KEPT, body):
        try:
            _store(body)
        except ServiceUnavailable as outage:
            _say_unkept(place, outage.reason)
        except RecordRefused as refused:
            _say_unkept(place, refused.reason)
    if _ID in state and st.query_params.get(PARAMETER) != state[_ID]:
        st.query_params[PARAMETER] = state[_ID]


def notices() -> None:
    """Say once what became of the draft that was asked for, and of a form that another took the place of."""
    if notice := st.session_state.pop(_NOTICE, None):
        st.warning(verbatim(notice), icon=":material/edit_off:")
    if st.session_state.get(form_state.BEFORE) is not None:
        with st.container(horizontal=True, vertical_alignment="center", key="new_form_before"):
            placed = verbatim(st.session_state[form_state.PLACED])
            st.markdown(f"**{placed}** took the place of what was on the form.", width="content")
            st.button(
                "Bring back what was typed",
                key="new_form_back",
                icon=":material/undo:",
                type="tertiary",
                on_click=form_state.bring_back_form,
            )
            st.button("Dismiss", key="new_form_kept", type="tertiary", on_click=form_state.let_go)


def _load(asked: str) -> None:
    state = st.session_state
    body = services.store().load_draft(asked) if re.fullmatch(r"[\w-]{1,64}", asked, re.ASCII) else None
    if body is None:
        _refuse(
            f"There is no draft {asked[:64]} any more: one that is not used for {DRAFTS_KEPT_DAYS} days is removed."
        )
        return
    try:
        form_state.restore(Draft.decode(body))
    except UnreadableDraft as unreadable:
        _refuse(f"The draft {asked} cannot be read: {unreadable}.")
        return
    if draft_owners().take(asked):
        state[_ID], state[_KEPT] = asked, body
    else:
        _begin_anew()


def _refuse(reason: str) -> None:
    st.session_state[_NOTICE] = f"{reason} The form starts afresh."
    st.query_params.pop(PARAMETER, None)


def _begin_anew() -> None:
    """Leave the draft to the other tab, and make a copy of it at the next ``keep``."""
    st.session_state.pop(_ID, None)
    st.session_state[_KEPT] = ""


def _store(body: str) -> None:
    state, store = st.session_state, services.store()
    draft_id = state.get(_ID) or secrets.token_urlsafe(12)
    store.save_draft(draft_id, body)
    state[_KEPT] = body
    if _ID not in state:
        draft_owners().take(draft_id)
        state[_ID] = draft_id
        store.forget_drafts(timedelta(days=DRAFTS_KEPT_DAYS))


def _say_unkept(place: DeltaGenerator, reason: str) -> None:
    place.warning(
        verbatim(f"{sentence(reason)} A reload would lose what changed since."),
        title="The form is not kept at the moment",
        icon=":material/cloud_off:",
    )
