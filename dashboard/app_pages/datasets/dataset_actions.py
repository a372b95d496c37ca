"""What can be done to a stored data set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.outage import show_outage, show_refusal
from dashboard.app_pages.common.wording import verbatim
from dashboard.sentences import sentence
from shared import domain, operations
from shared.domain import DatasetInfo
from shared.errors import DatasetError, NotAllowed, ServiceUnavailable
from shared.wording import agreeing, counted

#: session-state key of the action that waits for its dialog: (action, content hash)
_PENDING = "pending_dataset_action"


class Action(StrEnum):
    """An entry of a data set's menu."""

    RENAME = "rename"
    DELETE = "delete"


_LABELS = {Action.RENAME: ":material/edit: Rename…", Action.DELETE: ":material/delete: Delete…"}


def action_menu(info: DatasetInfo, key: str) -> None:
    """Draw the data set's menu and remember what is chosen; ``run_pending_action`` does it."""
    own = operations.named_in(info)
    refusal = services.refusal(domain.Action.RENAME_DATASET) or services.refusal(domain.Action.DELETE_DATASET)
    chosen = st.menu_button(
        "Actions",
        [action for action in Action if own or action is Action.DELETE],
        key=key,
        format_func=_LABELS.__getitem__,
        type="tertiary",
        icon=":material/more_horiz:",
        disabled=refusal is not None,
        help=refusal,
    )
    if chosen is not None:
        st.session_state[_PENDING] = (Action(chosen), info.content_hash)
        st.rerun()


def run_pending_action() -> None:
    """Open the dialog of the action that was chosen."""
    action, content_hash = st.session_state.get(_PENDING, (None, ""))
    match action:
        case Action.RENAME:
            _rename(content_hash)
        case Action.DELETE:
            _delete(content_hash)


def _forget() -> None:
    st.session_state.pop(_PENDING, None)


@contextmanager
def _in_dialog() -> Iterator[None]:
    """A dialog is drawn by itself: what goes wrong in it is said in it."""
    try:
        yield
    except NotAllowed as refusal:
        show_refusal(refusal)
    except ServiceUnavailable as outage:
        show_outage(outage)
    except DatasetError as error:
        st.error(verbatim(sentence(str(error))))


@st.dialog("Rename", on_dismiss=_forget)
@_in_dialog()
def _rename(content_hash: str) -> None:
    info = operations.find_dataset(content_hash, services.store())
    own = operations.named_in(info)
    old = own[0]
    if len(own) > 1:
        old = st.selectbox("Which of its names", own, key="renamed_dataset")
    with st.form("rename_dataset", border=False):
        name = st.text_input("Name", old, key=f"dataset_name_{old}", max_chars=200)
        st.caption("Sweeps find it by its content, so those that use it are not touched. Specs call it so from now on.")
        if st.form_submit_button("Rename", type="primary", key="confirm_rename"):
            operations.rename_dataset(old, name, services.store(), by=services.actor())
            _forget()
            st.rerun()


@st.dialog("Delete this data set?", on_dismiss=_forget)
@_in_dialog()
def _delete(content_hash: str) -> None:
    store = services.store()
    info = operations.find_dataset(content_hash, store)
    names = ", ".join(operations.named_in(info) or info.all_names)
    users = operations.dataset_users(store).get(content_hash, [])
    if users:
        st.write(
            f"**{verbatim(names)}** is used by {counted(len(users), 'sweep')}. Delete "
            f"{agreeing(len(users), 'it', 'them')} first; without the table no trial could be evaluated again."
        )
        for sweep in users:
            st.page_link(
                "app_pages/results/page.py",
                label=verbatim(f"{sweep.spec.name} · {sweep.sweep_id.rpartition('-')[2]}"),
                query_params={"sweep": sweep.sweep_id},
            )
        return
    st.write(f"**{verbatim(names)}** with its {counted(info.rows, 'row')} is deleted for good. No sweep uses it.")
    with st.container(horizontal=True):
        if st.button(":red[Delete]", icon=":material/delete:", key="confirm_delete_dataset"):
            operations.delete_dataset(content_hash, store, by=services.actor())
            _forget()
            st.rerun()
        if st.button("Keep", key="keep_dataset"):
            _forget()
            st.rerun()
