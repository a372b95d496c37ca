"""What the workers stand on, where the cluster runs it: broker and store with their volumes, the quota, the events."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.app_pages.cluster.pod_facts import facts, state_badges
from dashboard.app_pages.cluster.seen import seen_state
from dashboard.app_pages.common.wording import age, verbatim
from dashboard.cluster import EventGroup, QuotaUse, ServiceStatus
from dashboard.cluster.amounts import size

_NAMES = {"rabbitmq": "RabbitMQ", "mongodb": "MongoDB"}
_FOLDED_EVENTS = 50


def services_below() -> None:
    """Draw broker, store and quota."""
    state = seen_state()
    if state is None:
        return
    if state.services:
        st.subheader("Broker and store")
        with st.grid(2, min_column_width=320):
            for service in state.services:
                _service_card(service)
    if state.quota:
        st.subheader("Quota")
        with st.grid(4, min_column_width=200):
            for use in state.quota:
                _quota(use)


def events() -> None:
    """Draw what the cluster said, newest first, folded by reason."""
    state = seen_state()
    if state is None or not state.events:
        return
    st.subheader("Events")
    st.dataframe(
        pd.DataFrame([_event_row(group) for group in state.events[:_FOLDED_EVENTS]]),
        hide_index=True,
        column_config={
            "": st.column_config.TextColumn(width=20),
            "times": st.column_config.NumberColumn(width="small"),
            "message": st.column_config.TextColumn(width="large"),
        },
        alt="Events of the namespace, newest first, folded by reason",
    )


def _service_card(service: ServiceStatus) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{_NAMES.get(service.name, service.name)}**")
        if not service.processes:
            st.caption("No pod of it in this namespace: it runs elsewhere, or cannot be listed.")
        for process in service.processes:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(verbatim(process.name), width="content")
                state_badges(process)
            facts(process)
        for volume in service.volumes:
            parts = [volume.name, volume.phase.lower() + (", being deleted" if volume.stopping else "")]
            parts += [size(volume.size)] if volume.size is not None else []
            parts += [volume.storage_class] if volume.storage_class else []
            st.caption(f":material/hard_drive: {verbatim(' · '.join(parts))}")


def _quota(use: QuotaUse) -> None:
    amounts = [
        size(each) if "memory" in use.resource or "storage" in use.resource else f"{each:,.7g}"
        for each in (use.used, use.hard)
    ]
    share = min(1.0, use.used / use.hard) if use.hard else 1.0
    st.progress(share, f"{verbatim(use.resource)}: {amounts[0]} of {amounts[1]} ({verbatim(use.quota)})")


def _event_row(group: EventGroup) -> dict[str, object]:
    others = f" and {group.objects - 1} more" if group.objects > 1 else ""
    return {
        "": "⚠" if group.is_warning else "",
        "last": age(group.last_at),
        "reason": group.reason,
        "times": group.count,
        "about": group.about + others,
        "message": group.message,
    }
