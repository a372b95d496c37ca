"""The slider: how many workers, what setting it would do, and who set it last."""

from __future__ import annotations

import time

import streamlit as st

from dashboard import services
from dashboard.app_pages.cluster.seen import seen_state
from dashboard.app_pages.cluster.who_runs_what import idle_processes, outlook
from dashboard.app_pages.common.wording import age, verbatim
from dashboard.cluster import Charge, ClusterState, ScaledMeanwhile, ScalingRefused
from dashboard.cluster.foresight import what_happens, who_scaled
from dashboard.cluster.scaling import set_workers
from shared.domain import Action
from shared.errors import NotAllowed, ServiceUnavailable
from shared.wording import counted

#: after so many seconds the slider is drawn as the cluster has it, whatever was sent
_SHOWN_WITHIN = 20.0


def scale_panel() -> None:
    """Draw the slider, or why there is none."""
    state = seen_state()
    if state is None:
        return
    if state.read_only is not None:
        if state.autoscaling is None or state.autoscaling.charge is Charge.MANUAL:  # else it is said above
            st.caption(verbatim(state.read_only))
        if any(gap.remedy and gap.reason == state.read_only for gap in state.gaps):
            st.caption("The rule to add is below, under what is not shown.")
        return
    if (sent := _not_shown_yet(state)) is not None:
        st.slider(
            f"Number of workers ({state.kind})",
            state.minimum,
            max(state.maximum, sent),
            sent,
            key=f"workers_sent_{sent}",
            width=420,
            disabled=True,
        )
        st.caption(f":material/hourglass_empty: {counted(sent, 'worker')} asked for; the cluster shows it in a moment.")
        return
    refusal = services.refusal(Action.SCALE)
    with st.container():  # there without a word too: the slider keeps its place, and the hand on it
        if told := _changed_under_the_hand(state):
            st.info(verbatim(told), icon=":material/group:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.slider(
            f"Number of workers ({state.kind})",
            state.minimum,
            state.maximum,
            state.desired,
            key=f"workers_{state.desired}",
            width=420,
            disabled=refusal is not None,
        )
        st.session_state["workers_chosen"] = wanted
        if wanted != state.desired:
            st.button(
                f"Start {wanted - state.desired} more" if wanted > state.desired else f"Stop {state.desired - wanted}",
                type="primary",
                key="apply_workers",
                on_click=_apply,
                args=(wanted, state.desired),
            )
    if refusal is not None:
        st.caption(verbatim(refusal))
    if refused := st.session_state.pop("scaling_refused", None):
        st.error(verbatim(refused))
    if wanted != state.desired:
        st.caption(verbatim(" ".join(what_happens(state, wanted, outlook(state)))))
    elif state.scaled is not None:
        when = "" if state.scaled.at is None else f", {age(state.scaled.at)}"
        st.caption(verbatim(f"Last set by {who_scaled(state.scaled)}{when}."))


def _not_shown_yet(state: ClusterState) -> int | None:
    """The number that was just sent from here, until the cluster shows it or that takes too long."""
    sent: int | None = st.session_state.get("workers_sent")
    if sent is None or sent == state.desired or time.monotonic() - st.session_state["workers_sent_at"] > _SHOWN_WITHIN:
        return None
    return sent


def _changed_under_the_hand(state: ClusterState) -> str | None:
    """What to say to whoever had another number in hand when somebody else set one: that was never sent."""
    before = st.session_state.get("workers_shown")
    st.session_state["workers_shown"] = state.desired
    if before is not None and before != state.desired and st.session_state.pop("workers_sent", None) != state.desired:
        chosen = st.session_state.get("workers_chosen", before)
        by = "" if state.scaled is None else f" by {who_scaled(state.scaled)}"
        told = f"The number of workers was changed{by} from {before} to {state.desired}."
        if chosen not in (before, state.desired):
            told += f" Your {chosen} was not sent."
        st.session_state["workers_told"] = (state.desired, told)
    number, told = st.session_state.get("workers_told", (None, None))
    return told if number == state.desired else None


def _apply(wanted: int, shown: int) -> None:
    st.session_state.pop("workers_told", None)
    try:
        idle = idle_processes(services.cluster().state()) if wanted < shown else ()
        set_workers(services.cluster(), wanted, shown, services.store(), services.actor(), idle)
    except ScaledMeanwhile as meanwhile:
        st.session_state["scaling_refused"] = str(meanwhile)
    except (ScalingRefused, NotAllowed) as refusal:
        st.session_state["scaling_refused"] = str(refusal)
    except ServiceUnavailable as outage:
        st.session_state["scaling_refused"] = f"{outage.reason}. {outage.hint}"
    else:
        st.session_state["workers_sent"], st.session_state["workers_sent_at"] = wanted, time.monotonic()
