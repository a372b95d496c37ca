"""What can be done to a sweep, from the list and from its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import NoReturn

import streamlit as st

from dashboard import services
from dashboard.app_pages.common.outage import show_outage, show_refusal
from dashboard.app_pages.common.publishing import Publishing
from dashboard.app_pages.common.task_location import TaskLocation
from dashboard.app_pages.common.wording import verbatim
from shared import operations
from shared.domain import Action, Sweep, SweepSummary
from shared.errors import BoostgridError, NotAllowed, ServiceUnavailable, SweepNotFound
from shared.ports import WorkerReport
from shared.wording import counted

#: session-state key of the action that waits for its dialog: (action, sweep id)
PENDING_ACTION = "pending_action"
#: session-state key of the spec that the form of a new sweep takes over
CLONED_SPEC = "cloned_spec"


class MenuEntry(StrEnum):
    """An entry of a sweep's menu."""

    CANCEL = "cancel"
    RESUME = "resume"
    RETRY_FAILED = "retry failed"
    CLONE = "clone"
    DELETE = "delete"


_LABELS = {
    MenuEntry.CANCEL: ":material/block: Cancel",
    MenuEntry.RESUME: ":material/play_arrow: Resume",
    MenuEntry.RETRY_FAILED: ":material/replay: Retry failed trials",
    MenuEntry.CLONE: ":material/content_copy: Clone into a new sweep",
    MenuEntry.DELETE: ":material/delete: Delete…",
}


_PERMISSIONS = {
    MenuEntry.CANCEL: Action.CANCEL,
    MenuEntry.RESUME: Action.RESUME,
    MenuEntry.RETRY_FAILED: Action.RETRY,
    MenuEntry.DELETE: Action.DELETE_SWEEP,
}


def possible_actions(summary: SweepSummary, task_location: TaskLocation) -> list[MenuEntry]:
    """Return what makes sense in the sweep's present state."""
    offered = {
        MenuEntry.CANCEL: summary.status.goes_on,
        MenuEntry.RESUME: task_location.may_lack_tasks(summary),
        MenuEntry.RETRY_FAILED: summary.failed > 0,
        MenuEntry.CLONE: True,
        MenuEntry.DELETE: True,
    }
    return [action for action, makes_sense in offered.items() if makes_sense]


def _refusal(action: MenuEntry) -> str | None:
    """Return why whoever is signed in may not do that; a clone is a form, which asks for itself."""
    permission = _PERMISSIONS.get(action)
    return None if permission is None else services.refusal(permission)


def action_menu(summary: SweepSummary, task_location: TaskLocation, key: str) -> None:
    """Draw the sweep's menu and remember what is chosen; ``run_pending_action`` does it."""
    possible = possible_actions(summary, task_location)
    refusals = {action: why for action in possible if (why := _refusal(action)) is not None}
    chosen = st.menu_button(
        "Actions",
        [action for action in possible if action not in refusals],
        help=next(iter(refusals.values()), None),
        key=key,
        format_func=_LABELS.__getitem__,
        type="tertiary",
        icon=":material/more_horiz:",
    )
    if chosen is not None:
        _ask_for(MenuEntry(chosen), summary)


def interruption_notice(summary: SweepSummary, key: str, *, lost: bool, mute: bool = False) -> None:
    """Say that the sweep's launch was interrupted, or its queue is ``lost`` or ``mute``, and offer to complete it."""
    if lost:
        sentence = operations.lost_queue_sentence(summary)
    elif mute:
        sentence = operations.mute_queue_sentence(summary)
    else:
        sentence = "Its launch was interrupted: some trials may not be queued. Nothing that has a result is lost."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":orange[:material/warning: {sentence}]", width="content")
        refusal = _refusal(MenuEntry.RESUME)
        if st.button("Resume", icon=":material/play_arrow:", key=key, disabled=refusal is not None, help=refusal):
            _ask_for(MenuEntry.RESUME, summary)


def suitability_notice(summary: SweepSummary, workers: Sequence[WorkerReport], key: str) -> None:
    """Say why no live worker can do the sweep, where that is so, and offer what helps."""
    if operations.has_no_queue(summary):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":orange[:material/warning: A version before this one launched it. Resume it to let workers of this "
                "one go on with it; nothing that has a result is lost.]",
                width="content",
            )
            refusal = _refusal(MenuEntry.RESUME)
            if st.button(
                "Resume",
                icon=":material/play_arrow:",
                key=f"{key}_resume",
                disabled=refusal is not None,
                help=refusal,
            ):
                _ask_for(MenuEntry.RESUME, summary)
        return
    unsuited = operations.nobody_suited(summary, workers)
    if unsuited is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":orange[:material/warning: {verbatim(unsuited.sentence)}]", width="content")
        if unsuited.anew_helps and st.button(
            "Launch anew",
            icon=":material/rocket_launch:",
            key=key,
            help="Take its declaration into a new sweep, which asks for the version of today.",
        ):
            _ask_for(MenuEntry.CLONE, summary)


def run_pending_action() -> None:
    """Do the action that was chosen, in a dialog where it asks or takes time. Call once, outside fragments."""
    action, sweep_id = st.session_state.get(PENDING_ACTION, (None, ""))
    with _sweep_may_be_gone():
        match action:
            case MenuEntry.CANCEL:
                _forget()
                operations.cancel(sweep_id, services.store(), services.queue(), by=services.actor())
                st.toast("Cancelled. Running trials end without a result; resume continues.", icon=":material/block:")
            case MenuEntry.CLONE:
                _forget()
                st.session_state[CLONED_SPEC] = services.store().sweep(sweep_id).named_spec
                st.switch_page("app_pages/new_sweep/page.py")
            case MenuEntry.RESUME:
                _resume(sweep_id)
            case MenuEntry.RETRY_FAILED:
                _retry_failed(sweep_id)
            case MenuEntry.DELETE:
                _delete(sweep_id)


@contextmanager
def _sweep_may_be_gone() -> Iterator[None]:
    try:
        yield
    except SweepNotFound:
        _forget()
        st.info("That sweep was deleted meanwhile.", icon=":material/search_off:")


@contextmanager
def _in_dialog() -> Iterator[None]:
    """A dialog is drawn by itself: what goes wrong in it is said in it."""
    try:
        with _sweep_may_be_gone():
            yield
    except NotAllowed as refusal:
        show_refusal(refusal)
    except ServiceUnavailable as outage:
        show_outage(outage)


def _ask_for(action: MenuEntry, summary: SweepSummary) -> NoReturn:
    st.session_state[PENDING_ACTION] = (action, summary.sweep.sweep_id)
    st.rerun()


def _forget() -> None:
    st.session_state.pop(PENDING_ACTION, None)


@st.dialog("Resume", on_dismiss=_forget)
@_in_dialog()
def _resume(sweep_id: str) -> None:
    summary = _summary(sweep_id)
    st.write(
        f"**{verbatim(summary.sweep.spec.name)}** has {counted(summary.missing, 'trial')} without a result. "
        "Only those are published; what has a result keeps it."
    )
    if st.button("Resume", type="primary", icon=":material/play_arrow:", key="confirm_resume"):
        _publish(operations.resume, sweep_id)


@st.dialog("Retry failed trials", on_dismiss=_forget)
@_in_dialog()
def _retry_failed(sweep_id: str) -> None:
    summary = _summary(sweep_id)
    st.write(
        f"The {counted(summary.failed, 'failed trial')} of **{verbatim(summary.sweep.spec.name)}** and their errors "
        "are forgotten and tried again. A trial that failed because of its parameters will fail again."
    )
    if st.button("Retry", type="primary", icon=":material/replay:", key="confirm_retry"):
        _publish(operations.retry_failed, sweep_id)


@st.dialog("Delete this sweep?", on_dismiss=_forget)
@_in_dialog()
def _delete(sweep_id: str) -> None:
    summary = _summary(sweep_id)
    known = summary.sweep.size - summary.open
    st.write(
        f"**{verbatim(summary.sweep.spec.name)}** and its {counted(known, 'result')} are deleted for good. "
        "Results that another sweep shares stay with that one."
    )
    with st.container(horizontal=True):
        if st.button(":red[Delete]", icon=":material/delete:", key="confirm_delete"):
            operations.delete(sweep_id, services.store(), services.queue(), by=services.actor())
            _forget()
            st.rerun()
        if st.button("Keep", key="keep_sweep"):
            _forget()
            st.rerun()


def _publish(publish: Callable[..., Sweep], sweep_id: str) -> None:
    store, queue, actor = services.store(), services.queue(), services.actor()
    publishing = Publishing(lambda show: publish(sweep_id, store, queue, on_progress=show, by=actor))
    try:
        publishing.result()
    except ServiceUnavailable:
        raise
    except BoostgridError as error:
        st.error(verbatim(str(error)))
        return
    _forget()
    st.rerun()


def _summary(sweep_id: str) -> SweepSummary:
    for summary in services.store().summaries([sweep_id]):
        return summary
    raise SweepNotFound(sweep_id)
