"""Autoscaling: who sets the number of workers, taken into one's own hand and given back, and its limits."""

from __future__ import annotations

import time
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import services
from dashboard.app_pages.cluster.seen import seen_state
from dashboard.app_pages.cluster.who_runs_what import outlook, running_tasks
from dashboard.app_pages.common.wording import age, verbatim
from dashboard.cluster import Autoscaling, Charge, ClusterState, ScalingRefused
from dashboard.cluster.autoscaling import in_charge, patience, zero_while_open
from dashboard.cluster.scaling import set_automatic, set_limits
from shared.domain import Action
from shared.errors import NotAllowed, ServiceUnavailable

#: its autoscaler is gone within 3 s where KEDA works; after so many seconds it is said that it may not
_PAUSES_WITHIN = 20.0


def autoscaling_panel() -> None:
    """Draw who is in charge; where nothing scales by itself, what to install."""
    state = seen_state()
    if state is None:
        return
    if state.no_autoscaling:
        st.caption(verbatim(state.no_autoscaling))
    if state.autoscaling is None:
        return
    _charge(state.autoscaling)
    if refusal := st.session_state.pop("autoscaling_refused", None):
        st.error(verbatim(refusal))
    _statistics(state, state.autoscaling)
    _facts(state.autoscaling)
    _limits(state, state.autoscaling)
    _events(state.autoscaling)


def _charge(autoscaling: Autoscaling) -> None:
    automatic = autoscaling.charge is Charge.AUTOMATIC
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(autoscaling.charge, color="green" if automatic else "orange", icon=":material/autoplay:")
        st.markdown(verbatim(in_charge(autoscaling)), width="stretch")
        if autoscaling.charge in (Charge.AUTOMATIC, Charge.HELD):
            _button("Change to manual", "autoscaling_manual", autoscaling, automatic=False)
        if not automatic:
            _button("Change to automatic", "autoscaling_automatic", autoscaling, automatic=True)
    if autoscaling.read_only is not None:
        st.caption(f"{verbatim(autoscaling.read_only)} The rule is below, under what is not shown.")
    since: float = st.session_state.setdefault("pausing_since", time.monotonic())
    if autoscaling.charge is not Charge.PAUSING:
        del st.session_state["pausing_since"]
    elif time.monotonic() - since > _PAUSES_WITHIN:
        st.warning(
            "The HorizontalPodAutoscaler is still there. KEDA takes its own away within seconds where its operator "
            "runs: `kubectl -n keda get pods`. One that somebody else made has to be deleted by hand.",
            icon=":material/hourglass_empty:",
        )


def _button(label: str, key: str, autoscaling: Autoscaling, *, automatic: bool) -> None:
    refusal = services.refusal(Action.AUTOSCALE)
    st.button(
        label,
        key=key,
        disabled=autoscaling.read_only is not None or refusal is not None,
        help=refusal,
        on_click=_change,
        args=(
            lambda: set_automatic(
                services.cluster(), automatic, autoscaling.charge, services.store(), services.actor()
            ),
        ),
    )


def _statistics(state: ClusterState, autoscaling: Autoscaling) -> None:
    """Say it where KEDA reads empty queues and there is work, once that has lasted."""
    known = outlook(state)
    told = zero_while_open(autoscaling, known.waiting_tasks + running_tasks(), known.open_trials)
    since: float = st.session_state.setdefault("statistics_differ_since", time.monotonic())
    if told is None:
        del st.session_state["statistics_differ_since"]
    elif time.monotonic() - since >= patience(autoscaling):
        st.error(verbatim(told), title="KEDA does not see the work", icon=":material/query_stats:")


def _facts(autoscaling: Autoscaling) -> None:
    for each in autoscaling.autoscalers:
        number = "–" if each.desired is None else f"{each.desired}"
        now = "–" if each.current is None else f"{each.current}"
        st.caption(verbatim(f"HorizontalPodAutoscaler {each.name}: {now} workers, wants {number}"))
    if autoscaling.restrained_by:
        st.caption(verbatim(f"It does not scale freely: annotation {', '.join(autoscaling.restrained_by)}."))
    said = [*autoscaling.conditions, *(each for one in autoscaling.autoscalers for each in one.conditions)]
    with st.container(horizontal=True, gap="small"):
        for condition in said:
            if not condition.is_trouble:
                verdict = {True: "yes", False: "no", None: "unknown"}[condition.holds]
                about = condition.message or condition.reason
                st.badge(f"{condition.type.lower()}: {verdict}", color="gray", help=verbatim(about) if about else None)
    for condition in said:
        # what a paused one last said of itself is no news
        if condition.is_trouble and autoscaling.charge is Charge.AUTOMATIC:
            verdict = {True: "yes", False: "no", None: "unknown"}[condition.holds]
            st.warning(
                verbatim(f"{condition.type}: {verdict}. {condition.message or condition.reason}"),
                icon=":material/warning:",
            )


def _limits(state: ClusterState, autoscaling: Autoscaling) -> None:
    shown = (autoscaling.minimum, autoscaling.maximum)
    refusal = services.refusal(Action.AUTOSCALE)
    most = max(state.maximum, autoscaling.maximum)
    with (
        st.form(f"limits_{shown[0]}_{shown[1]}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        minimum = st.number_input("Least workers", 0, most, shown[0], key=f"limits_least_{shown}", width=140)
        maximum = st.number_input("Most workers", 1, most, shown[1], key=f"limits_most_{shown}", width=140)
        sent = st.form_submit_button(
            "Set limits",
            disabled=autoscaling.read_only is not None or refusal is not None,
            key="limits_set",
            help=refusal,
        )
    if sent:
        wanted = (int(minimum), int(maximum))
        _change(lambda: set_limits(services.cluster(), *wanted, shown, services.store(), services.actor()))
        st.rerun()
    st.caption(
        "The next `kubectl apply` of the overlay sets them to what it says. To keep them, change minReplicaCount and "
        "maxReplicaCount there too."
    )


def _events(autoscaling: Autoscaling) -> None:
    if not autoscaling.events:
        return
    with st.expander("Last scaling events", key="scaling_events_open"):
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "": "⚠" if each.is_warning else "",
                        "when": age(each.last_at),
                        "reason": each.reason,
                        "about": each.about,
                        "message": each.message,
                    }
                    for each in autoscaling.events
                ]
            ),
            hide_index=True,
            alt="The last scaling events, newest first",
        )


def _change(change: Callable[[], None]) -> None:
    try:
        change()
    except (ScalingRefused, NotAllowed) as refusal:
        st.session_state["autoscaling_refused"] = str(refusal)
    except ServiceUnavailable as outage:
        st.session_state["autoscaling_refused"] = f"{outage.reason}. {outage.hint}"
